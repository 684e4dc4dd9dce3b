import MessageWire
import Pipeline
import TestSupport
import Testing

/// Exception filters, wherever the error comes from, and streams.
struct HandlerPipelineErrorTests {
    private let recorder = Recorder()

    /// Everything that can throw.
    static let thrower: [(place: String, enhancers: Enhancers)] = [
        ("guard", Enhancers(guards: [AnyGuard { _ in throw PlainError() }])),
        ("interceptor in", Enhancers(interceptors: [AnyInterceptor { _, _ in throw PlainError() }])),
        (
            "interceptor out",
            Enhancers(interceptors: [
                AnyInterceptor { _, next in
                    _ = try await next.handle()
                    throw PlainError()
                }
            ])
        ), ("pipe", Enhancers(pipes: [AnyPipe { _ in throw PlainError() }])), ("call", Enhancers()),
    ]

    @Test(arguments: thrower.indices)
    func `filters see the errors of every stage`(_ index: Int) async throws {
        let (place, enhancers) = Self.thrower[index]
        let filter = Enhancers(filters: [AnyFilter { $0 is PlainError ? .value("filtered") : nil }])
        let result = try await HandlerPipeline(enhancers.within(filter)).run { _ in
            if place == "call" { throw PlainError() }
            return .value("called")
        }
        #expect(try await result.all == ["filtered"], "\(place)")
    }

    @Test func `filters see a guard's refusal`() async throws {
        let enhancers = Enhancers(
            guards: [AnyGuard { _ in false }], filters: [AnyFilter { .value(($0 as? RPCError)?.value ?? .null) }])
        let result = try await HandlerPipeline(enhancers).run { _ in .none }
        #expect(try await result.all == [["status": "error", "message": "Forbidden resource"]])
    }

    @Test func `the first filter that handles wins`() async throws {
        let enhancers = Enhancers.recording("own", recorder, handling: "own filter 1")
            .within(.recording("outer", recorder, handling: "outer filter 1"))
        let result = try await HandlerPipeline(enhancers).run { _ in throw PlainError() }
        #expect(try await result.all == ["handled by own filter 1"])
        #expect(recorder.notes.last == "own filter 1")
    }

    @Test func `what a filter throws is final`() async throws {
        let enhancers = Enhancers(
            filters: [AnyFilter { _ in throw RPCError("other") }] + Enhancers.recording("own", recorder).filters)
        await #expect(throws: RPCError("other")) {
            try await HandlerPipeline(enhancers).run { _ in throw PlainError() }
        }
        #expect(recorder.notes.isEmpty)
    }

    @Test func `an interceptor may catch what is thrown behind it`() async throws {
        let enhancers = Enhancers(
            interceptors: [
                AnyInterceptor { _, next in
                    do { return try await next.handle() } catch { return .value("caught") }
                }
            ], filters: Enhancers.recording("own", recorder).filters)
        let result = try await HandlerPipeline(enhancers).run { _ in throw PlainError() }
        #expect(try await result.all == ["caught"])
        #expect(recorder.notes.isEmpty)
    }

    @Test func `no filter is asked about a call that was cancelled`() async throws {
        let pipeline = HandlerPipeline(Enhancers(filters: Enhancers.recording("own", recorder).filters))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await pipeline.run { _ in throw CancellationError() }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(recorder.notes.isEmpty)
    }

    // MARK: Streams

    @Test func `interceptors change the values of a stream as they come`() async throws {
        let (values, feed) = AsyncThrowingStream.makeStream(of: JSONValue.self)
        let wrap = AnyInterceptor { _, next in try await next.handle().map { ["wrapped": $0] } }
        let result = try await HandlerPipeline(Enhancers(interceptors: [wrap])).run { _ in .values(values) }
        guard case .values(let changed) = result else {
            Issue.record("no stream")
            return
        }
        var iterator = changed.makeAsyncIterator()
        for number in 1...3 {
            feed.yield(JSONValue(integerLiteral: number))
            #expect(try await iterator.next() == ["wrapped": JSONValue(integerLiteral: number)])
        }
        feed.finish()
        #expect(try await iterator.next() == nil)
    }

    @Test func `mapping keeps nothing nothing and one value one`() async throws {
        #expect(try await HandlerResult.none.map { ["x": $0] }.all.isEmpty)
        #expect(try await HandlerResult.value(1).map { ["x": $0] }.all == [["x": 1]])
        #expect(try await HandlerResult.stream(1, 2).map { ["x": $0] }.last == ["x": 2])
    }

    @Test func `a filter's value ends a stream that failed`() async throws {
        let pipeline = HandlerPipeline(Enhancers(filters: [AnyFilter { _ in .value("last") }]))
        let result = try await pipeline.run { _ in .stream(1, 2, error: PlainError()) }
        #expect(try await result.all == [1, 2, "last"])
    }

    @Test func `a filter's stream goes on in the place of one that failed`() async throws {
        let pipeline = HandlerPipeline(Enhancers(filters: [AnyFilter { _ in .stream(8, 9) }]))
        let result = try await pipeline.run { _ in .stream(1, error: PlainError()) }
        #expect(try await result.all == [1, 8, 9])
    }

    @Test func `an error in what a filter gives is final`() async throws {
        let filter = AnyFilter { _ in
            recorder.note("asked")
            return .stream(8, error: RPCError("again"))
        }
        let result = try await HandlerPipeline(Enhancers(filters: [filter])).run { _ in .stream(1, error: PlainError())
        }
        await #expect(throws: RPCError("again")) { try await result.all }
        #expect(recorder.notes == ["asked"])
    }

    @Test func `a filter that has nothing to say ends a stream, one that passes leaves its error`() async throws {
        let ending = HandlerPipeline(Enhancers(filters: [AnyFilter { _ in HandlerResult.none }]))
        #expect(try await ending.run { _ in .stream(1, error: PlainError()) }.all == [1])
        let passing = HandlerPipeline(Enhancers(filters: [AnyFilter { _ in nil }]))
        let result = try await passing.run { _ in .stream(1, error: PlainError()) }
        await #expect(throws: PlainError.self) { try await result.all }
    }

    @Test func `filters see what an interceptor's mapping throws`() async throws {
        let enhancers = Enhancers(
            interceptors: [AnyInterceptor { _, next in try await next.handle().map { _ in throw PlainError() } }],
            filters: [AnyFilter { $0 is PlainError ? .value("filtered") : nil }])
        #expect(try await HandlerPipeline(enhancers).run { _ in .stream(1, 2) }.all == ["filtered"])
    }
}
