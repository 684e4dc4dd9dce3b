import Microservices
import TestSupport
import Testing

/// The order of everything around a handler, over a real connection, with two of each kind in every scope.
@Suite(.timeLimit(.minutes(1)))
struct ServiceOrderTests {
    private let recorder = Recorder()

    /// Registers handlers of every kind; the global scope is given in two steps, before and after them.
    private func register(on service: Microservice, failing: String? = nil, handling: String? = nil) {
        func scope(_ name: String) -> Enhancers {
            .recording(name, recorder, failing: failing, handling: handling)
        }
        let (global, stage) = (scope("global"), Stage(name: "handler", recorder: recorder, failing: failing))
        service.use(
            guards: [global.guards[0]], interceptors: [global.interceptors[0]], pipes: [global.pipes[0]],
            filters: [global.filters[0]])
        service.controller(use: scope("controller")) { group in
            group.onMessage("sync", use: scope("handler")) { (_: JSONValue?, _) -> String in
                try stage.pass()
                return "answer"
            }
            group.onMessage("async", use: scope("handler")) { (_: JSONValue?, _) -> String in
                await Task.yield()
                try stage.pass()
                return "answer"
            }
            group.onMessage("stream", use: scope("handler")) { (_: JSONValue?, _) in
                try stage.pass()
                return NotingSequence(count: 2, recorder: recorder)
            }
            group.onEvent("event", use: scope("handler")) { (_: JSONValue?, _) in
                try stage.pass()
            }
        }
        service.use(
            Enhancers(
                guards: [global.guards[1]], interceptors: [global.interceptors[1]], pipes: [global.pipes[1]],
                filters: [global.filters[1]]))
    }

    @Test(arguments: ["sync", "async"])
    func `a message with one value`(_ kind: String) async throws {
        try await ServiceUnderTest.run {
            register(on: $0)
        } _: { service in
            let answer = try await service.ask(#""\#(kind)""#)
            #expect(answer == frame(#"{"response":"answer","isDisposed":true,"id":"1"}"#))
        }
        let expected =
            ExpectedOrder.guards + ExpectedOrder.interceptorsIn + ExpectedOrder.pipes + ExpectedOrder.handler
            + ExpectedOrder.interceptorsOut
        #expect(recorder.notes == lines(expected))
    }

    @Test func `a message with several values`() async throws {
        try await ServiceUnderTest.run {
            register(on: $0)
        } _: { service in
            let answer = try await service.ask(#""stream""#)
            #expect(
                answer == frame(#"{"response":1,"id":"1"}"#) + frame(#"{"response":2,"isDisposed":true,"id":"1"}"#))
        }
        let expected =
            ExpectedOrder.guards + ExpectedOrder.interceptorsIn + ExpectedOrder.pipes + ExpectedOrder.handler
            + ExpectedOrder.interceptorsOut + ExpectedOrder.stream
        #expect(recorder.notes == lines(expected))
    }

    @Test func `an event`() async throws {
        try await ServiceUnderTest.run {
            register(on: $0)
        } _: { service in
            try await service.send(#"{"pattern":"event","data":1}"#)
            await recorder.wait(for: "global interceptor 1 after")
        }
        let expected =
            ExpectedOrder.guards + ExpectedOrder.interceptorsIn + ExpectedOrder.pipes + ExpectedOrder.handler
            + ExpectedOrder.interceptorsOut
        #expect(recorder.notes == lines(expected))
    }

    @Test(arguments: ExpectedOrder.untilFailure.indices, ["sync", "async", "stream"])
    func `an error goes to the filters, wherever it was thrown`(_ index: Int, _ kind: String) async throws {
        let (stage, ran) = ExpectedOrder.untilFailure[index]
        try await ServiceUnderTest.run {
            register(on: $0, failing: stage)
        } _: { service in
            let answer = try await service.ask(#""\#(kind)""#)
            #expect(
                answer == frame(#"{"err":{"status":"error","message":"\#(stage)"},"isDisposed":true,"id":"1"}"#))
        }
        #expect(recorder.notes == lines(ran + ExpectedOrder.filters))
    }

    @Test(arguments: ExpectedOrder.untilFailure.indices)
    func `an error of an event goes to the filters as well`(_ index: Int) async throws {
        let (stage, ran) = ExpectedOrder.untilFailure[index]
        try await ServiceUnderTest.run {
            register(on: $0, failing: stage)
        } _: { service in
            try await service.send(#"{"pattern":"event","data":1}"#)
            await recorder.wait(for: "global filter 2")
        }
        #expect(recorder.notes == lines(ran + ExpectedOrder.filters))
    }

    @Test(arguments: ExpectedOrder.untilFailure.indices)
    func `no filter is asked behind the one that handles`(_ index: Int) async throws {
        let (stage, ran) = ExpectedOrder.untilFailure[index]
        try await ServiceUnderTest.run {
            register(on: $0, failing: stage, handling: "controller filter 1")
        } _: { service in
            let answer = try await service.ask(#""sync""#)
            #expect(
                answer == frame(#"{"response":"handled by controller filter 1","isDisposed":true,"id":"1"}"#))
        }
        let filters = """
            handler filter 1
            handler filter 2
            controller filter 1
            """
        #expect(recorder.notes == lines(ran + filters))
    }
}

/// `1...count`, each value made and noted when it is asked for.
struct NotingSequence: AsyncSequence, AsyncIteratorProtocol {
    let count: Int
    let recorder: Recorder
    private var made = 0

    init(count: Int, recorder: Recorder) {
        self.count = count
        self.recorder = recorder
    }

    mutating func next() async -> Int? {
        guard made < count else { return nil }
        made += 1
        recorder.note("value \(made) made")
        return made
    }

    func makeAsyncIterator() -> NotingSequence { self }
}
