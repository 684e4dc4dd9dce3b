import Microservices
import Synchronization
import Testing

/// Services written with the macros, over real connections.
@Suite(.timeLimit(.minutes(1)))
struct ControllerTests {
    private func answer(
        _ harness: ServerHarness, _ pattern: String, _ data: String? = nil, is expected: String,
        at location: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let member = data.map { #","data":\#($0)"# } ?? ""
        let received = try await harness.answer(
            to: #"{"pattern":\#(pattern)\#(member),"id":"1"}"#, endingWith: #""isDisposed":true,"id":"1"}"#)
        let frames = expected.split(separator: "\n").map { "\($0.utf16.count)#\($0)" }.joined()
        #expect(received == frames, sourceLocation: location)
    }

    /// One value, and nothing else.
    private func answer(
        _ harness: ServerHarness, _ pattern: String, _ data: String? = nil, gives value: String,
        at location: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let packet = #"{"response":\#(value),"isDisposed":true,"id":"1"}"#
        try await answer(harness, pattern, data, is: packet, at: location)
    }

    /// What the caller of a payload that does not fit is told.
    private func refusal(_ problem: String) -> String {
        #"{"err":{"statusCode":400,"message":["\#(problem)"],"error":"Bad Request"},"isDisposed":true,"id":"1"}"#
    }

    @Test func `payloads come whole, by key and by key path`() async throws {
        try await ServerHarness.run {
            $0.add(PayloadController())
        } _: { harness in
            try await answer(harness, #""whole""#, "[1,2]", gives: "3")
            try await answer(harness, #""key""#, #"{"a":0,"id":7}"#, gives: "7")
            try await answer(harness, #""path""#, #"{"id":7,"sku":"x"}"#, gives: #""x""#)
            try await answer(harness, #""none""#, "7", gives: #""none""#)
            try await answer(harness, #""none""#, gives: #""none""#)
            try await answer(harness, #""dotted""#, #"{"a.b":1,"a":{"b":2}}"#, gives: "1")
        }
    }

    @Test func `a member that is missing is nil to an optional and refused otherwise`() async throws {
        try await ServerHarness.run {
            $0.add(PayloadController())
        } _: { harness in
            for data in [nil, "{}", "7", #"{"id":null}"#, "[]"] {
                try await answer(harness, #""optional""#, data, gives: "-1")
            }
            for data in [nil, "{}", "7"] { try await answer(harness, #""key""#, data, is: refusal("id is required")) }
            try await answer(harness, #""key""#, #"{"id":"7"}"#, is: refusal("id must be an integer"))
            try await answer(harness, #""key""#, #"{"id":null}"#, is: refusal("id must be an integer"))
            try await answer(harness, #""path""#, #"{"id":7}"#, is: refusal("sku is required"))
            try await answer(
                harness, #""nested""#, #"{"item":{"id":"x","sku":"y"}}"#, is: refusal("item.id must be an integer"))
        }
    }

    @Test func `results are values, several values, nothing or an error`() async throws {
        try await ServerHarness.run {
            $0.add(ResultController())
        } _: { harness in
            try await answer(harness, #""value""#, gives: "1")
            try await answer(harness, #"{"v":2,"cmd":"value"}"#, gives: "1")
            try await answer(harness, #""nil""#, is: #"{"isDisposed":true,"id":"1"}"#)
            try await answer(harness, #""nothing""#, is: #"{"isDisposed":true,"id":"1"}"#)
            let three = """
                {"response":1,"id":"1"}
                {"response":2,"id":"1"}
                {"response":3,"isDisposed":true,"id":"1"}
                """
            try await answer(harness, #""stream""#, is: three)
            try await answer(harness, #""awaited stream""#, is: three)
            try await answer(
                harness, #""rpc error""#, is: #"{"err":{"status":"error","message":"no"},"isDisposed":true,"id":"1"}"#)
            try await answer(
                harness, #""plain error""#,
                is: #"{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":"1"}"#)
            try await answer(harness, #""secret""#, gives: #""secret""#)
        }
    }

    @Test func `actors, classes of a global actor and nested types are controllers`() async throws {
        try await ServerHarness.run {
            $0.add(CounterController())
            $0.add(Outer.Inner())
        } _: { harness in
            try await answer(harness, #""count""#, "2", gives: "2")
            try await answer(harness, #""count""#, "3", gives: "5")
            try await answer(harness, #""name""#, gives: #""counter""#)
            try await answer(harness, #""inner""#, gives: #""inner""#)
        }
    }

    @Test func `a fileprivate nested type is a controller, its methods may be private`() async throws {
        try await ServerHarness.run {
            Outer.addHidden(to: $0)
        } _: { harness in
            try await answer(harness, #""hidden""#, gives: #""hidden""#)
        }
    }

    @Test func `a generic type is a controller`() async throws {
        try await ServerHarness.run {
            $0.add(EchoController<Item>())
        } _: { harness in
            try await answer(
                harness, #""echo""#, #"{"sku":"x","id":1,"a":0}"#, gives: #"{"id":1,"sku":"x"}"#)
            try await answer(harness, #""main""#, "[]", gives: "0")
        }
    }

    @Test func `the context is recognised by its type`() async throws {
        try await ServerHarness.run {
            $0.add(ContextController())
        } _: { harness in
            try await answer(
                harness, #"{"b":1,"a":2}"#, "5",
                gives: #"["{\"b\":1,\"a\":2}","{\"a\":2,\"b\":1}","5"]"#)
        }
    }

    @Test func `handlers of one event run at the same time`() async throws {
        let (seen, see) = AsyncStream.makeStream(of: String.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await ServerHarness.run {
            $0.add(EventController(see: see, gate: gate, open: open))
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"paid","data":{"id":3}}"#)
            var names: Set<String> = []
            for await name in seen {
                names.insert(name)
                if names.count == 3 { break }
            }
            #expect(names == ["first 3", "second", "after the gate"])
            #expect(harness.log.contains("event handler failed"))
            await peer.close()
        }
    }

    @Test func `the closure form takes parts of the payload, too`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("key", payload: "id") { (id: Int, context) in id }
            service.onMessage("awaiting", payload: "id") { (id: Int, context) in
                await Task.yield()
                return id
            }
            service.onMessage("path", payload: .at(\Item.sku)) { (sku: String, _) in sku }
            service.onMessage("none", payload: .ignored) { _, _ in "none" }
            service.onMessage("bare path", payload: \Item.sku) { (sku: String, _) in sku }
        } _: { harness in
            try await answer(harness, #""key""#, #"{"id":7}"#, gives: "7")
            try await answer(harness, #""awaiting""#, #"{"id":7}"#, gives: "7")
            try await answer(harness, #""path""#, #"{"id":7,"sku":"x"}"#, gives: #""x""#)
            try await answer(harness, #""none""#, "[1]", gives: #""none""#)
            try await answer(harness, #""bare path""#, #"{"id":7,"sku":"x"}"#, gives: #""x""#)
        }
    }
}

struct Item: Codable, Sendable {
    var id: Int
    var sku: String
}

private struct Cart: Codable, Sendable {
    var item: Item
}

private struct PlainError: Error {}

@Controller
private struct PayloadController {
    @MessagePattern("whole") func whole(_ numbers: [Int]) -> Int { numbers.reduce(0, +) }
    @MessagePattern("key") func key(@Payload("id") id: Int) -> Int { id }
    @MessagePattern("path") func path(@Payload(\Item.sku) _ sku: String) -> String { sku }
    @MessagePattern("none") func none() -> String { "none" }
    @MessagePattern("dotted") func dotted(@Payload("a.b") _ value: Int) -> Int { value }
    @MessagePattern("optional") func optional(@Payload("id") id: Int?) -> Int { id ?? -1 }
    @MessagePattern("nested") func nested(@Payload("item") item: Item) async -> Int { item.id }
}

enum Patterns {
    static let value: MessagePattern = ["cmd": "value", "v": 2]
}

@Controller
private struct ResultController: Sendable {
    @MessagePattern("value", Patterns.value) func value() -> Int { 1 }
    @MessagePattern("nil") func absent() async -> Int? { nil }
    @MessagePattern("nothing") func nothing() {}
    @MessagePattern("stream") func stream() -> AsyncStream<Int> { .of(1, 2, 3) }
    @MessagePattern("awaited stream") func awaited() async throws -> some AsyncSequence<Int, Never> & Sendable {
        AsyncStream.of(1, 2, 3)
    }
    @MessagePattern("rpc error") func refused() throws -> Int { throw RPCError("no") }
    @MessagePattern("plain error") func broken() async throws { throw PlainError() }
    @MessagePattern("secret") private func secret() -> String { "secret" }
}

@Controller
private actor CounterController {
    private var count = 0

    @MessagePattern("count") func count(_ step: Int) -> Int {
        count += step
        return count
    }

    @MessagePattern("name") nonisolated func name() -> String { "counter" }
}

@Controller
private struct EchoController<Model: Codable & Sendable> {
    @MessagePattern("echo") func echo(_ model: Model) async -> Model { model }
    @MessagePattern("main") @MainActor func main(_ model: [Model]) -> Int { model.count }
}

private enum Outer {
    @Controller
    fileprivate struct Hidden {
        private struct Name: Encodable { let name = "hidden" }
        @MessagePattern("hidden") private func hidden() -> String { Name().name }
    }

    static func addHidden(to service: Microservice) { service.add(Hidden()) }

    @MainActor @Controller
    final class Inner {
        nonisolated init() {}

        @MessagePattern("inner") func inner() -> String { "inner" }
    }
}

/// A public controller; the conformance is public, too.
@Controller
public struct ContextController: Sendable {
    typealias Context = MessageContext

    @MessagePattern(["a": 2, "b": 1])
    func all(_ context: MessageContext, number: Int, request: RequestContext, @Ctx same: Context) -> [String] {
        [context.pattern, same.route, request.data?.serialized() ?? "-"]
    }
}

@Controller
private struct EventController {
    let see: AsyncStream<String>.Continuation
    let gate: AsyncStream<Void>
    let open: AsyncStream<Void>.Continuation

    @EventPattern("paid") func waits(@Payload("id") id: Int) async {
        see.yield("first \(id)")
        for await _ in gate {}
        see.yield("after the gate")
    }

    @EventPattern("paid") func fails() async throws { throw RPCError("no") }

    @EventPattern("paid") func opens(_ item: JSONValue) {
        see.yield("second")
        open.finish()
    }
}
