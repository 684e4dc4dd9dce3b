import Microservices
import Synchronization
import Testing

/// Enhancers at the scopes of microservice, controller and handler.
@Suite(.timeLimit(.minutes(1)))
struct ControllerEnhancerTests {
    private static let end = #""isDisposed":true,"id":"1"}"#

    @Test func `they run in NestJS's order`() async throws {
        Journal.shared.clear()
        try await ServerHarness.run { service in
            service.controller(use: .noting("group")) { $0.add(NotingController()) }
            service.use(.noting("global"))
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":"a","data":{"id":7},"id":"1"}"#, endingWith: Self.end)
            #expect(answer.hasSuffix(#"{"err":{"status":"error","message":"no"},"isDisposed":true,"id":"1"}"#))
        }
        let scopes = ["global", "group", "controller", "handler"]
        #expect(
            Journal.shared.lines == scopes.map { "guard \($0)" } + scopes.map { "interceptor \($0)" }
                + scopes.map { "pipe \($0) 7" } + ["method 7"] + scopes.reversed().map { "filter \($0)" })
    }

    @Test func `what pipes return is what the member is decoded from`() async throws {
        try await ServerHarness.run {
            $0.add(PipedController())
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":"text","data":{"id":"7"},"id":"1"}"#, endingWith: Self.end)
            #expect(answer == #"41#{"response":7,"isDisposed":true,"id":"1"}"#)
            let wrong = try await harness.answer(to: #"{"pattern":"text","data":{},"id":"1"}"#, endingWith: Self.end)
            #expect(wrong.contains(#""message":["id is required"]"#))
            let path = try await harness.answer(
                to: #"{"pattern":"path","data":{"id":1,"sku":"x"},"id":"1"}"#, endingWith: Self.end)
            #expect(path == #"43#{"response":"x","isDisposed":true,"id":"1"}"#)
        }
    }
}

/// What enhancers and handlers of ``NotingController`` have noted.
private final class Journal: Sendable {
    static let shared = Journal()
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }

    func note(_ line: String) { state.withLock { $0.append(line) } }
    func clear() { state.withLock { $0 = [] } }
}

extension Enhancers {
    /// One of each kind, which note that they ran.
    fileprivate static func noting(_ scope: String) -> Enhancers {
        Enhancers(
            guards: [
                ClosureGuard { _ in
                    Journal.shared.note("guard \(scope)")
                    return true
                }
            ],
            interceptors: [
                ClosureInterceptor { _, next in
                    Journal.shared.note("interceptor \(scope)")
                    return try await next.handle()
                }
            ],
            pipes: [
                ClosurePipe { value in
                    Journal.shared.note("pipe \(scope) \(value?.serialized() ?? "-")")
                    return value
                }
            ],
            filters: [
                ClosureFilter { _ in
                    Journal.shared.note("filter \(scope)")
                    return nil
                }
            ])
    }
}

@Controller(use: .noting("controller"))
private struct NotingController {
    @MessagePattern("a", use: .noting("handler"))
    func a(@Payload("id") id: Int) throws -> Int {
        Journal.shared.note("method \(id)")
        throw RPCError("no")
    }
}

@Controller
private struct PipedController {
    private static let number = Enhancers(pipes: [
        ClosurePipe { value in value?.stringValue.flatMap { Int($0) }.map { .number(String($0)) } }
    ])

    @MessagePattern("text", use: number) func text(@Payload("id") id: Int) -> Int { id }
    @MessagePattern("path", use: Enhancers(pipes: [ClosurePipe { $0 }]))
    func path(@Payload(\Item.sku) sku: String) -> String { sku }
}
