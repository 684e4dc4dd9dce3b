import Microservices
import Synchronization
import Testing

/// Who sees the message without having been handed it.
@Suite(.timeLimit(.minutes(1)))
struct RequestContextTests {
    private static let end = #""isDisposed":true,"id":"1"}"#

    /// What code far below a handler knows.
    private static func trace() -> String {
        guard let request = RequestContext.current else { return "none" }
        return "\(request.pattern) \(request.data?.serialized() ?? "-") \(request.metadata["t"] ?? "-")"
    }

    private func answer(_ harness: ServerHarness, _ pattern: String) async throws -> String {
        try await harness.answer(
            to: #"{"pattern":"\#(pattern)","data":{"a":[1]},"metadata":{"t":"x"},"id":"1"}"#, endingWith: Self.end)
    }

    @Test func `there is none outside of a handler`() {
        #expect(RequestContext.current == nil)
    }

    @Test func `every kind of handler sees it, before and after it was suspended`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("plain") { (_: JSONValue, _) in Self.trace() }
            service.onMessage("awaiting") { (_: JSONValue, _) in
                await Task.yield()
                return Self.trace()
            }
            service.onMessage("child") { (_: JSONValue, _) in
                async let trace = Self.traceElsewhere()
                return await trace
            }
            service.onMessage("task") { (_: JSONValue, _) in await Task { Self.trace() }.value }
            service.onMessage("stream") { (_: JSONValue, _) in
                AsyncStream(unfolding: { RequestContext.current?.data == nil ? nil : Self.trace() }).prefix(1)
            }
        } _: { harness in
            for pattern in ["plain", "awaiting", "child", "task"] {
                let answer = try await answer(harness, pattern)
                #expect(answer.hasSuffix(#"{"response":"\#(pattern) {\"a\":[1]} x",\#(Self.end)"#))
            }
            #expect(try await answer(harness, "stream").contains(#"{"response":"stream {\"a\":[1]} x","#))
        }
    }

    @concurrent private static func traceElsewhere() async -> String { trace() }

    @Test func `it is there when the handler has long returned`() async throws {
        let (later, tell) = AsyncStream.makeStream(of: String.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await ServerHarness.run { service in
            service.onMessage("later") { (_: JSONValue, _) in
                Task {
                    for await _ in gate {}
                    tell.yield(Self.trace())
                }
                return 1
            }
        } _: { harness in
            _ = try await answer(harness, "later")
            open.finish()
            for await trace in later {
                #expect(trace == #"later {"a":[1]} x"#)
                break
            }
        }
    }

    @Test func `guards, interceptors, pipes and filters see it, and event handlers`() async throws {
        let (seen, see) = AsyncStream.makeStream(of: String.self)
        let note: @Sendable (String) -> Void = { see.yield("\($0): \(Self.trace())") }
        let all = Enhancers(
            guards: [
                ClosureGuard { _ in
                    note("guard")
                    return true
                }
            ],
            interceptors: [
                ClosureInterceptor { _, next in
                    note("interceptor")
                    return try await next.handle()
                }
            ],
            pipes: [
                ClosurePipe { _ in
                    note("pipe")
                    return 1
                }
            ],
            filters: [
                ClosureFilter { _ in
                    note("filter")
                    return nil
                }
            ])
        try await ServerHarness.run { service in
            service.onEvent("paid", use: all) { (_: Int, _) in
                note("handler")
                throw RPCError("no")
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"paid","data":{"a":[1]},"metadata":{"t":"x"}}"#)
            var notes: [String] = []
            for await note in seen {
                notes.append(note)
                if notes.count == 5 { break }
            }
            let expected = ["guard", "interceptor", "pipe", "handler", "filter"].map { $0 + #": paid {"a":[1]} x"# }
            #expect(notes == expected)
            await peer.close()
        }
    }

    @Test func `messages at the same time see each their own`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await ServerHarness.run { service in
            service.onMessage("waits") { (_: Int, _) in
                for await _ in gate {}
                return RequestContext.current?.data ?? nil
            }
            service.onMessage("opens") { (_: Int, _) in
                open.finish()
                return RequestContext.current?.data ?? nil
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"waits","data":1,"id":"1"}"#)
            try await peer.send(frame: #"{"pattern":"opens","data":2,"id":"2"}"#)
            let expected =
                #"41#{"response":2,"isDisposed":true,"id":"2"}41#{"response":1,"isDisposed":true,"id":"1"}"#
            #expect(await peer.received(count: expected.utf8.count).text == expected)
            await peer.close()
        }
    }
}
