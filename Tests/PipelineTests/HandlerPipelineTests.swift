import MessageWire
import Pipeline
import TestSupport
import Testing

/// The order of everything around a call, without any service around it.
struct HandlerPipelineTests {
    private let recorder = Recorder()

    @Test func `everything runs in NestJS's order`() async throws {
        let pipeline = HandlerPipeline(.recording("own", recorder).within(.recording("outer", recorder)))
        let result = try await pipeline.run { _ in
            recorder.note("call")
            return .value(1)
        }
        #expect(try await result.all == [1])
        #expect(
            recorder.notes
                == lines(
                    """
                    outer guard 1
                    outer guard 2
                    own guard 1
                    own guard 2
                    outer interceptor 1 before
                    outer interceptor 2 before
                    own interceptor 1 before
                    own interceptor 2 before
                    outer pipe 1
                    outer pipe 2
                    own pipe 1
                    own pipe 2
                    call
                    own interceptor 2 after
                    own interceptor 1 after
                    outer interceptor 2 after
                    outer interceptor 1 after
                    """))
    }

    @Test func `filters are asked from the inside out, in the order written`() async throws {
        let pipeline = HandlerPipeline(.recording("own", recorder).within(.recording("outer", recorder)))
        await #expect(throws: RPCError("boom")) { try await pipeline.run { _ in throw RPCError("boom") } }
        #expect(
            recorder.notes.filter { $0.contains("filter") }
                == ["own filter 1", "own filter 2", "outer filter 1", "outer filter 2"])
    }

    @Test func `nothing runs behind a guard that refuses`() async throws {
        var enhancers = Enhancers.recording("own", recorder)
        enhancers.guards.insert(AnyGuard { _ in false }, at: 1)
        await #expect(throws: RPCError("Forbidden resource")) {
            try await HandlerPipeline(enhancers).run { _ in .none }
        }
        #expect(recorder.notes == ["own guard 1", "own filter 1", "own filter 2"])
    }

    @Test func `a refusal at a gateway is an HTTP exception`() {
        #expect(RPCError.forbidden(.http).statusCode == 403)
        #expect(RPCError.forbidden(.rpc).value == ["status": "error", "message": "Forbidden resource"])
    }

    @Test func `the context knows whether the guards have passed`() async throws {
        let refused = ExecutionContext.message()
        let isRefusing = HandlerPipeline(Enhancers(guards: [AnyGuard { _ in false }]))
        await #expect(throws: RPCError.self) { try await isRefusing.run(refused) { _ in .none } }
        #expect(!refused.guardsHavePassed)
        let passed = ExecutionContext.message()
        _ = try await HandlerPipeline(Enhancers(guards: [AnyGuard { _ in true }])).run(passed) { _ in .none }
        #expect(passed.guardsHavePassed)
    }

    @Test func `calling handle twice is a retry, and the pipes begin anew`() async throws {
        let retry = AnyInterceptor { _, next in
            do { return try await next.handle() } catch { return try await next.handle() }
        }
        let increment = AnyPipe { .number(String(($0?.intValue ?? 0) + 1)) }
        let pipeline = HandlerPipeline(Enhancers(interceptors: [retry], pipes: [increment]))
        let result = try await pipeline.run(.message(1)) { payload in
            recorder.note("call with \(payload?.serialized() ?? "-")")
            if recorder.notes.count == 1 { throw PlainError() }
            return .value(payload ?? .null)
        }
        #expect(try await result.all == [2])
        #expect(recorder.notes == ["call with 2", "call with 2"])
    }

    @Test func `pipes get what guards and interceptors have made of the payload`() async throws {
        let enhancers = Enhancers(
            guards: [
                AnyGuard {
                    $0.payload = ["guard"]
                    return true
                }
            ],
            interceptors: [
                AnyInterceptor { context, next in
                    let seen = context.payload
                    context.payload = ["interceptor", seen ?? .null]
                    let result = try await next.handle()
                    recorder.note("then \(context.payload?.serialized() ?? "-")")
                    return result
                }
            ], pipes: [AnyPipe { ["pipe", $0 ?? .null] }])
        let result = try await HandlerPipeline(enhancers).run(.message("sent")) { .value($0 ?? .null) }
        #expect(try await result.all == [["pipe", ["interceptor", ["guard"]]]])
        #expect(recorder.notes == [#"then ["pipe",["interceptor",["guard"]]]"#])
    }

    @Test func `an interceptor may answer in the call's place`() async throws {
        let enhancers = Enhancers(
            interceptors: [AnyInterceptor { _, _ in .value("kept") }], pipes: Enhancers.recording("own", recorder).pipes
        )
        let result = try await HandlerPipeline(enhancers).run { _ in
            recorder.note("call")
            return .none
        }
        #expect(try await result.all == ["kept"])
        #expect(recorder.notes.isEmpty)
    }

    @Test func `claims and attributes reach what stands behind`() async throws {
        let context = ExecutionContext.message()
        let enhancers = Enhancers(
            guards: [
                AnyGuard {
                    $0.claims["auth"] = ["sub": "u1"]
                    $0[attribute: "began"] = 7
                    return true
                }
            ])
        let result = try await HandlerPipeline(enhancers).run(context) { _ in
            .value([context.claims["auth"]?["sub"] ?? .null, .number("\(context[attribute: "began"] ?? 0)")])
        }
        #expect(try await result.all == [["u1", 7]])
    }

    @Test func `scopes add up, and an empty one adds nothing`() {
        let own = Enhancers.recording("own", recorder)
        let both = own.within(own).within(Enhancers())
        #expect(both.guards.count == 4 && both.interceptors.count == 4)
        #expect(both.pipes.count == 4 && both.filters.count == 4)
        #expect(Enhancers().isEmpty && Enhancers().within(Enhancers()).isEmpty)
        #expect(!Enhancers(filters: own.filters).isEmpty)
        let names = Enhancers.recording("a", recorder).followed(by: .recording("b", recorder)).filters
            .compactMap { ($0 as? RecordingFilter)?.stage.name }
        #expect(names == ["a filter 1", "a filter 2", "b filter 1", "b filter 2"])
    }
}
