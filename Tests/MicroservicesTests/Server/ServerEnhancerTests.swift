import Microservices
import Synchronization
import Testing

/// Guards, interceptors, pipes and filters around handlers. Their order stands in PipelineTests.
@Suite(.timeLimit(.minutes(1)))
struct ServerEnhancerTests {
    private static let deny = Enhancers(guards: [ClosureGuard { _ in false }])

    // MARK: The context

    @Test func `enhancers see the message`() async throws {
        let seen = Mutex<[JSONValue]>([])
        let look = ClosureGuard { context in
            let rpc = context.switchToRPC()
            let facts: JSONValue = [
                .string(context.kind.rawValue), .string(context.handler), context.pattern, .bool(context.isEvent),
                context.payload ?? "none", .string(rpc.metadata["x-tenant"] ?? "-"),
                .bool(rpc.peer?.hasPrefix("127.0.0.1:") ?? false), .bool(context.switchToHTTP() == nil),
            ]
            seen.withLock { $0.append(facts) }
            return true
        }
        try await ServerHarness.run { service in
            service.use(guards: [look])
            service.onMessage(["b": 1, "a": 2]) { (_: JSONValue?, _) in }
            service.onEvent("told") { (_: JSONValue?, _) in }
            service.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(
                frame: #"{"pattern":{"b":1,"a":2},"data":[5],"id":"1","metadata":{"x-tenant":"blue"}}"#)
            _ = await peer.received(upTo: #""id":"1"}"#)
            try await peer.send(frame: #"{"pattern":"told"}"#)
            try await harness.barrier(peer)
            await peer.close()
        }
        #expect(
            seen.withLock { $0.prefix(2) } == [
                ["rpc", #"{"a":2,"b":1}"#, ["b": 1, "a": 2], false, [5], "blue", true, true],
                ["rpc", "told", "told", true, "none", "-", true, true],
            ])
    }

    @Test func `a handler sees what its guards have found out`() async throws {
        let identify = ClosureGuard {
            $0.claims["auth"] = ["sub": "u1"]
            return true
        }
        try await ServerHarness.run {
            $0.onMessage("who", use: Enhancers(guards: [identify])) { (_: JSONValue?, context) in
                context.execution?.claims["auth"]?["sub"]
            }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"who","id":"1"}"#)
            #expect(answer == #"44#{"response":"u1","isDisposed":true,"id":"1"}"#)
        }
    }

    // MARK: Payloads

    @Test func `pipes change the payload before it is decoded`() async throws {
        let parse = ClosurePipe { value in value?.stringValue.flatMap(Int.init).map { JSONValue(integerLiteral: $0) } }
        try await ServerHarness.run { service in
            service.use(pipes: [parse])
            service.onMessage("next") { (number: Int, _) in number + 1 }
            service.onMessage("maybe") { (number: Int?, _) in number == nil }
        } _: { harness in
            let next = try await harness.answer(to: #"{"pattern":"next","data":"41","id":"1"}"#)
            #expect(next == #"42#{"response":42,"isDisposed":true,"id":"1"}"#)
            let maybe = try await harness.answer(to: #"{"pattern":"maybe","data":"x","id":"1"}"#)
            #expect(maybe == #"44#{"response":true,"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `a payload that does not fit is an error like any other`() async throws {
        let show = ClosureFilter { .value(($0 as? RPCError)?.value ?? .null) }
        try await ServerHarness.run {
            $0.onMessage("plain", use: Enhancers(guards: [ClosureGuard { _ in true }])) { (_: Int, _) in }
            $0.onMessage("filtered", use: Enhancers(filters: [show])) { (_: Int, _) in }
        } _: { harness in
            let error = #"{"statusCode":400,"message":["payload must be an integer"],"error":"Bad Request"}"#
            let plain = try await harness.answer(to: #"{"pattern":"plain","data":"x","id":"1"}"#)
            #expect(plain.hasSuffix(#"#{"err":\#(error),"isDisposed":true,"id":"1"}"#), "\(plain)")
            let filtered = try await harness.answer(to: #"{"pattern":"filtered","data":"x","id":"1"}"#)
            #expect(filtered.hasSuffix(#"#{"response":\#(error),"isDisposed":true,"id":"1"}"#), "\(filtered)")
        }
    }

    @Test func `a retry runs the handler again`() async throws {
        let calls = Mutex(0)
        let retry = ClosureInterceptor { _, next in
            do { return try await next.handle() } catch { return try await next.handle() }
        }
        try await ServerHarness.run {
            $0.onMessage("flaky", use: Enhancers(interceptors: [retry])) { (data: Int, _) in
                let call = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                if call == 1 { throw RPCError("not yet") }
                return data + call
            }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"flaky","data":40,"id":"1"}"#)
            #expect(answer == #"42#{"response":42,"isDisposed":true,"id":"1"}"#)
        }
    }

    // MARK: Errors

    @Test func `an error that no filter handles is logged, one that a filter handles is not`() async throws {
        let recover = ClosureFilter { $0 is RecordedService.PlainError ? .value("recovered") : nil }
        try await ServerHarness.run {
            $0.onMessage("open", use: Enhancers(guards: [ClosureGuard { _ in true }])) { (_: JSONValue?, _) in
                throw RecordedService.PlainError()
            }
            $0.onMessage("filtered", use: Enhancers(filters: [recover])) { (_: JSONValue?, _) in
                throw RecordedService.PlainError()
            }
        } _: { harness in
            let filtered = try await harness.answer(to: #"{"pattern":"filtered","id":"1"}"#)
            #expect(filtered == #"51#{"response":"recovered","isDisposed":true,"id":"1"}"#)
            #expect(!harness.log.contains("handler failed"))
            let open = try await harness.answer(to: #"{"pattern":"open","id":"1"}"#)
            #expect(
                open
                    == #"87#{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":"1"}"#)
            #expect(harness.log.contains("error handler failed"))
        }
    }

    // MARK: Events

    @Test func `each handler of an event has its own pipeline`() async throws {
        let ran = Mutex<[String]>([])
        let broken = Enhancers(pipes: [ClosurePipe { _ in throw RecordedService.PlainError() }])
        try await ServerHarness.run { service in
            service.onEvent("told", use: Self.deny) { (_: JSONValue?, _) in ran.withLock { $0.append("denied") } }
            service.onEvent("told", use: broken) { (_: JSONValue?, _) in ran.withLock { $0.append("broken") } }
            service.onEvent("told", use: Enhancers(pipes: [ClosurePipe { _ in "changed" }])) { (data: String, _) in
                ran.withLock { $0.append(data) }
            }
            service.onEvent("told") { (data: String, _) in ran.withLock { $0.append(data) } }
            service.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"told","data":"sent"}"#)
            try await harness.barrier(peer)
            #expect(ran.withLock { $0 } == ["changed", "sent"])
            #expect(peer.soFar.text == #"28#{"isDisposed":true,"id":"b"}"#)
            #expect(harness.log.contains("debug event refused"))
            #expect(!harness.log.contains("warning event"))
            #expect(harness.log.contains("error handler failed"))
            await peer.close()
        }
    }

    @Test func `a request that meets event handlers behind enhancers is answered`() async throws {
        let shout = ClosureInterceptor { _, next in
            try await next.handle().map { .string(($0.stringValue ?? "").uppercased()) }
        }
        try await ServerHarness.run { service in
            service.onEvent("told", use: Enhancers(interceptors: [shout])) { (_: JSONValue?, _) in "first" }
            service.onEvent("told") { (_: JSONValue?, _) in "second" }
            service.onEvent("denied", use: Self.deny) { (_: JSONValue?, _) in "first" }
            service.onEvent("denied") { (_: JSONValue?, _) in "second" }
        } _: { harness in
            let told = try await harness.answer(to: #"{"pattern":"told","id":"1"}"#, endingWith: #""id":"1"}"#)
            #expect(told.hasSuffix(#"{"response":{"current":"FIRST","next":"second"},"isDisposed":true,"id":"1"}"#))
            let denied = try await harness.answer(to: #"{"pattern":"denied","id":"1"}"#, endingWith: #""id":"1"}"#)
            #expect(
                denied
                    == #"84#{"err":{"status":"error","message":"Forbidden resource"},"isDisposed":true,"id":"1"}"#)
        }
    }

    // MARK: Scopes

    @Test func `a group's enhancers are around its handlers only`() async throws {
        try await ServerHarness.run { service in
            service.controller(use: Self.deny) { group in
                group.onMessage("inside") { (_: JSONValue?, _) in "answer" }
            }
            service.onMessage("outside") { (_: JSONValue?, _) in "answer" }
        } _: { harness in
            let inside = try await harness.answer(to: #"{"pattern":"inside","id":"1"}"#)
            #expect(inside.contains("Forbidden resource"))
            let outside = try await harness.answer(to: #"{"pattern":"outside","id":"1"}"#)
            #expect(outside.contains("answer"))
        }
    }

    @Test func `nothing is added once the service has started`() async {
        await #expect(processExitsWith: .failure) {
            let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1)
            try await service.start()
            service.use(guards: [])
        }
    }
}
