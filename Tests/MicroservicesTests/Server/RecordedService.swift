import Microservices
import Synchronization

/// The service that the recorded NestJS server evidently was, its handlers written with this library.
///
/// A JavaScript service gives numbers back as doubles and puts integer-like keys first; `javaScriptNormalized` does that
/// here.
final class RecordedService: Sendable {
    private let events = Mutex<[JSONValue]>([])

    func register(on service: Microservice) {
        registerCommands(service)
        registerPatterns(service)
        registerEvents(service)
        registerReturns(service)
        registerFailures(service)
        registerStreams(service)
        registerEnhanced(service)
    }

    private func note(_ handler: String, _ data: JSONValue) {
        events.withLock { $0.append(["handler": .string(handler), "data": data]) }
    }

    private func registerCommands(_ service: Microservice) {
        service.onMessage(["cmd": "sum"]) { (data: [Double]?, _) in (data ?? []).reduce(0, +) }
        service.onMessage(["cmd": "echo"]) { (data: JSONValue?, _) in data?.javaScriptNormalized }
        service.onMessage(["cmd": "async"]) { (data: JSONValue, _) -> JSONValue in
            await Task.yield()
            return ["ok": true, "d": data]
        }
        service.onMessage(["cmd": "slow"]) { (data: Pause, _) -> JSONValue in
            // Longer than recorded, so that the order does not depend on how busy the machine is; `t` belongs to a
            // conversation that is over before the answer.
            try await Task.sleep(for: data.tag == "t" ? .seconds(3600) : .milliseconds(data.ms * 20))
            return ["slept": JSONValue(integerLiteral: data.ms), "tag": .string(data.tag)]
        }
        service.onMessage(["cmd": "hang"]) { (_: JSONValue, _) in try await Task.sleep(for: .seconds(3600)) }
        service.onMessage(["cmd": "big"]) { (data: Size, _) in String(repeating: "x", count: data.n) }
        service.onMessage("hello") { (name: String, _) in "Hello, \(name)!" }
        service.onMessage(["cmd": "ctx"]) { (data: JSONValue, context) -> JSONValue in
            [
                "pattern": .string(context.pattern), "patternType": "string", "args": 2,
                "socketClass": "JsonSocket", "arg1": .string(context.pattern), "data": data,
            ]
        }
        service.onMessage(["cmd": "no-params"]) { (data: JSONValue, _) -> JSONValue in
            ["argumentsLength": 1, "first": data]
        }
        service.onMessage(["cmd": "field"]) { (data: JSONValue?, _) -> JSONValue in
            ["got": data?["name"] ?? "undefined"]
        }
        service.onMessage(["cmd": "reset"]) { (_: JSONValue?, _) in
            self.events.withLock { $0 = [] }
            return "ok"
        }
        service.onMessage(["cmd": "stats"]) { (_: JSONValue?, _) -> JSONValue in
            ["events": .array(self.events.withLock { $0 }), "unsubscribed": 0, "ticks": 0]
        }
        service.onMessage("barrier") { (_: JSONValue?, _) in }
    }

    struct Pause: Codable {
        var ms: Int
        var tag: String
    }

    struct Size: Codable {
        var n: Int
    }

    private func registerPatterns(_ service: Microservice) {
        func matched(_ name: String, _ patterns: MessagePattern...) {
            let answer: @Sendable (JSONValue, MessageContext) async throws -> JSONValue = { data, _ in
                ["matched": .string(name), "d": data]
            }
            for pattern in patterns { service.onMessage(pattern, handler: answer) }
        }
        matched("b1a2", ["b": 1, "a": 2])
        matched("deep7", ["a": ["b": ["c": ["d": ["e": ["f": ["g": 1]]]]]]])
        matched("empty string", "")
        matched("42", 42)
        matched("quoted", ["q": "say \"hi\" \\ back"])
        matched("string object", "{\"z\":1,\"y\":2}")
        matched("string one", "1.0")
        matched("string true", "true")
        matched("symbols", "a/b.c:*>#+$[]{}")
        matched("unicode", ["명령": "합계😀"])
        matched("list", ["list": ["x", "y"]])
        matched("flag/nil", ["flag": true, "nil": nil])
        matched("n1.5", ["n": 1.5])
        service.onMessage("multi.a", "multi.b") { (data: JSONValue, _) -> JSONValue in
            ["matched": "multi", "d": data]
        }
        service.onMessage("dup.message") { (_: JSONValue, _) in "first" }
        service.onMessage("dup.message") { (_: JSONValue, _) in "second" }
    }

    private func registerEvents(_ service: Microservice) {
        service.onMessage("dual.message-first") { (data: JSONValue, _) in
            self.note("A.dualMsgFirst(message)", data)
            return "from-message"
        }
        service.onEvent("dual.message-first") { (data: JSONValue, _) in self.note("A.dualMsgFirst(event)", data) }
        service.onEvent(["event": "obj", "v": 1]) { (data: JSONValue, _) in
            self.note("A.obj", data)
            return "ret-obj"
        }
        service.onEvent("user_created") { (data: JSONValue, _) in
            self.note("A.created", data)
            return "ret-A"
        }
        service.onEvent("user_created") { (data: JSONValue, _) in
            self.note("B.created", data)
            return "ret-B"
        }
        service.onEvent("event.throws") { (data: JSONValue, _) in
            self.note("A.thrower", data)
            throw PlainError()
        }
        service.onEvent("event.rpc-throws") { (data: JSONValue, _) in
            self.note("A.rpcThrower", data)
            throw RPCError("event rpc")
        }
        service.onEvent("event.stream") { (data: JSONValue, _) in
            self.note("A.stream", data)
            return AsyncStream.of(1, 2).map { value in
                self.note("A.stream.value", JSONValue(integerLiteral: value))
                return value
            }
        }
    }

    /// An error that is none of the caller's business.
    struct PlainError: Error {}

    private func registerReturns(_ service: Microservice) {
        let results: [(String, JSONValue?)] = [
            ("1e-7", JSONValue(number: 1e-7)), ("1e21", JSONValue(number: 1e21)),
            ("control", "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1B}\u{7F}\u{80}\u{2028}\u{2029}\"\\/"), ("empty-array", []),
            ("empty-object", [:]), ("infinity", JSONValue(number: .infinity)), ("max-safe", 9_007_199_254_740_991),
            ("negzero", JSONValue(number: -0.0)), ("null", nil as JSONValue), ("undefined", nil), ("zero", 0),
        ]
        for (name, result) in results {
            service.onMessage(["ret": .string(name)]) { (_: JSONValue, _) in result }
        }
    }

    private func registerFailures(_ service: Microservice) {
        let errors: [(String, any Error)] = [
            ("error", PlainError()), ("rpc-array", RPCError(["x", "y"])), ("rpc-empty-object", RPCError([:])),
            ("rpc-false", RPCError(false)), ("rpc-nomessage", RPCError(["code": 5])),
            ("rpc-null", RPCError(nil as JSONValue)), ("rpc-number", RPCError(404)),
            ("rpc-status-only", RPCError(["status": 404, "message": "status not statusCode"])),
            ("rpc-statuscode-1000", RPCError(statusCode: 1000, message: "above range")),
            ("rpc-statuscode-200", RPCError(statusCode: 200, message: "error with 200")),
            ("rpc-statuscode-204", RPCError(statusCode: 204, message: "error with 204")),
            ("rpc-statuscode-99", RPCError(statusCode: 99, message: "below range")),
            (
                "rpc-statuscode-arraymessage",
                RPCError(statusCode: 400, message: ["a bad", "b bad"], error: "Bad Request")
            ),
            ("rpc-statuscode-empty-message", RPCError(statusCode: 404, message: "")),
            ("rpc-statuscode-float", RPCError(["statusCode": 404.5, "message": "fraction"])),
            ("rpc-statuscode-nomessage", RPCError(["statusCode": 404])),
            ("rpc-statuscode-objmessage", RPCError(statusCode: 422, message: ["field": "x"])),
            ("rpc-statuscode-string", RPCError(["statusCode": "404", "message": "string code"])),
            ("rpc-statuscode-zero", RPCError(statusCode: 0, message: "zero")), ("rpc-string", RPCError("str")),
            (
                "rpc-subclass",
                RPCError(["code": "MY", "message": "mine", "details": [1, ["a": 2]]])
            ), ("rpc-subclass-bare", RPCError()), ("rpc-undefined", RPCError()), ("rpc-zero", RPCError(0)),
        ]
        for (name, error) in errors {
            service.onMessage(["fail": .string(name)]) { (_: JSONValue, _) in throw error }
        }
        service.onMessage(["fail": "async-reject"]) { (_: JSONValue, _) in
            await Task.yield()
            throw PlainError()
        }
        service.onMessage(["fail": "async-rpc"]) { (_: JSONValue, _) in
            await Task.yield()
            throw RPCError("later rpc")
        }
    }

    private func registerStreams(_ service: Microservice) {
        service.onMessage(["stream": "burst"]) { (data: Size, _) in AsyncStream.of(Array(0..<data.n)) }
        service.onMessage(["stream": "none"]) { (_: JSONValue, _) in AsyncStream<Int>.of() }
        service.onMessage(["stream": "async-observable"]) { (_: JSONValue, _) in
            await Task.yield()
            return AsyncStream.of("a", "b")
        }
        service.onMessage(["stream": "promise-of-array"]) { (_: JSONValue, _) in [1, 2, 3] }
        service.onMessage(["stream": "never"]) { (_: JSONValue, _) in AsyncStream<Int> { _ in } }
        service.onMessage(["stream": "ticks"]) { (data: Ticks, _) in TickSequence(count: data.n, pause: data.ms) }
        service.onMessage(["stream": "late-complete"]) { (data: Ticks, _) in
            AsyncThrowingStream<String, any Error>.after(value: "v", pause: data.ms)
        }
        service.onMessage(["stream": "two-then-rpc-error"]) { (_: JSONValue, _) in
            AsyncThrowingStream<Int, any Error> { continuation in
                continuation.yield(1)
                continuation.yield(2)
                continuation.finish(throwing: RPCError("boom after 2"))
            }
        }
    }

    struct Ticks: Codable {
        var n: Int?
        var ms: Int
    }
}

/// `0..<count`, with a pause before each value, and the end together with the last one.
struct TickSequence: AsyncSequence {
    let count: Int?
    let pause: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        var next = 0
        let count: Int
        let pause: Int

        mutating func next() async throws -> Int? {
            guard next < count else { return nil }
            try await Task.sleep(for: .milliseconds(pause))
            defer { next += 1 }
            return next
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(count: count ?? 0, pause: pause) }
}

extension AsyncStream where Element: Sendable {
    /// These values, at once.
    static func of(_ values: Element...) -> AsyncStream<Element> { of(values) }

    /// These values, at once.
    static func of(_ values: [Element]) -> AsyncStream<Element> {
        AsyncStream { continuation in
            for value in values { continuation.yield(value) }
            continuation.finish()
        }
    }
}

extension AsyncThrowingStream where Failure == any Error {
    /// A value at once, the end after a pause.
    static func after(value: Element, pause: Int) -> AsyncThrowingStream<Element, any Error> where Element: Sendable {
        let first = Mutex<Element?>(value)
        return AsyncThrowingStream {
            if let value = first.withLock({ $0.take() }) { return value }
            try await Task.sleep(for: .milliseconds(pause))
            return nil
        }
    }
}
