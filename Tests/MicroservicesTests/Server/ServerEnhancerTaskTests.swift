import Microservices
import Synchronization
import Testing

/// Where handlers with and without enhancers run, and what stops them.
@Suite(.timeLimit(.minutes(1)))
struct ServerEnhancerTaskTests {
    private static let pass = Enhancers(guards: [ClosureGuard { _ in true }])
    private static let wrap = Enhancers(interceptors: [
        ClosureInterceptor { _, next in try await next.handle().map { ["v": $0] } }
    ])

    @Test func `a synchronous handler without enhancers needs no task`() async throws {
        let report: @Sendable (JSONValue?, MessageContext) throws -> JSONValue = { _, context in
            [.bool(withUnsafeCurrentTask { $0 != nil }), .bool(context.execution != nil)]
        }
        try await ServerHarness.run { service in
            service.onMessage("without", handler: report)
            service.onMessage("with", use: Self.pass, handler: report)
            service.controller(use: Enhancers()) { $0.onMessage("in an empty group", handler: report) }
            service.use(Enhancers())
        } _: { harness in
            let without = try await harness.answer(to: #"{"pattern":"without","id":"1"}"#)
            #expect(without.contains("[false,false]"))
            let grouped = try await harness.answer(to: #"{"pattern":"in an empty group","id":"1"}"#)
            #expect(grouped.contains("[false,false]"))
            let with = try await harness.answer(to: #"{"pattern":"with","id":"1"}"#)
            #expect(with.contains("[true,true]"))
        }
    }

    /// The places that may be waiting when the connection goes.
    enum Place: String, CaseIterable {
        case guarding, intercepting, piping, handling, streaming, filtering
    }

    @Test(arguments: Place.allCases)
    func `the end of the connection cancels what runs`(_ place: Place) async throws {
        let (began, begin) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        // Returns when it is cancelled only.
        let wait: @Sendable (Place) async throws -> Void = { here in
            guard here == place else { return }
            begin.finish()
            do { try await Task.sleep(for: .seconds(3600)) } catch {
                end.finish()
                throw error
            }
        }
        let enhancers = Enhancers(
            guards: [
                ClosureGuard { _ in
                    try await wait(.guarding)
                    return true
                }
            ],
            interceptors: [
                ClosureInterceptor { _, next in
                    try await wait(.intercepting)
                    return try await next.handle().map { value in
                        try await wait(.streaming)
                        return value
                    }
                }
            ],
            pipes: [
                ClosurePipe { value in
                    try await wait(.piping)
                    return value
                }
            ],
            filters: [
                ClosureFilter { _ in
                    try await wait(.filtering)
                    return nil
                }
            ])
        try await ServerHarness.run {
            $0.onMessage("wait", use: enhancers) { (_: JSONValue?, _) in
                try await wait(.handling)
                if place == .filtering { throw RPCError("for the filter") }
                return AsyncStream.of(1, 2)
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"wait","id":"1"}"#)
            for await _ in began {}
            await peer.close()
            for await _ in ended {}
        }
    }

    @Test func `enhancers may run anywhere, the answer leaves from the connection's loop`() async throws {
        let elsewhere = Enhancers(guards: [Turnstile()], interceptors: [Detour()])
        try await ServerHarness.run {
            $0.onMessage("one", use: elsewhere) { (data: Int, _) in data }
            $0.onMessage("some", use: elsewhere) { (_: JSONValue?, _) in AsyncStream<Int?>.of(1, nil) }
        } _: { harness in
            let one = try await harness.answer(to: #"{"pattern":"one","data":7,"id":"1"}"#)
            #expect(one == #"41#{"response":7,"isDisposed":true,"id":"1"}"#)
            let some = try await harness.answer(
                to: #"{"pattern":"some","id":"1"}"#, endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(some.contains(#"23#{"response":1,"id":"1"}"#) && some.contains(#"{"response":null,"#))
        }
    }

    // MARK: Streams

    @Test func `values pass interceptors as they come`() async throws {
        let (values, feed) = AsyncStream.makeStream(of: Int.self)
        try await ServerHarness.run {
            $0.onMessage("feed", use: Self.wrap) { (_: JSONValue?, _) in values }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"feed","id":"1"}"#)
            var expected = ""
            for number in 0..<3 {
                feed.yield(number)
                expected += #"29#{"response":{"v":\#(number)},"id":"1"}"#
                #expect(await peer.received(count: expected.utf8.count).text == expected)
            }
            feed.finish()
            expected += #"28#{"isDisposed":true,"id":"1"}"#
            #expect(await peer.received(count: expected.utf8.count).text == expected)
            await peer.close()
        }
    }

    @Test func `a stream behind interceptors waits for a peer that does not read`() async throws {
        try await Flood.run(use: Self.wrap)
    }

    @Test func `a filter answers a stream's error with a last value`() async throws {
        let recover = Enhancers(filters: [ClosureFilter { _ in .value("sorry") }])
        try await ServerHarness.run {
            $0.onMessage("breaks", use: recover) { (_: JSONValue?, _) in
                AsyncThrowingStream<Int, any Error> { continuation in
                    continuation.yield(1)
                    continuation.finish(throwing: RecordedService.PlainError())
                }
            }
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":"breaks","id":"1"}"#, endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(answer == #"23#{"response":1,"id":"1"}47#{"response":"sorry","isDisposed":true,"id":"1"}"#)
        }
    }
}

/// A guard with an executor of its own.
private actor Turnstile: Guard {
    private var passed = 0

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        passed += 1
        return passed < 100
    }
}

/// Handles the message, and takes each value of its result, in tasks that know nothing of the connection's loop.
private struct Detour: Interceptor {
    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        let result = try await Task.detached { try await next.handle() }.value
        guard case .values(let values) = result else { return result }
        let (copies, feed) = AsyncThrowingStream.makeStream(of: JSONValue.self)
        Task.detached {
            for try await value in values { feed.yield(value) }
            feed.finish()
        }
        return .values(copies)
    }
}
