import Microservices
import Synchronization
import Testing

/// Controllers that are made for each message.
@Suite(.timeLimit(.minutes(1)))
struct RequestScopeTests {
    private static let end = #""isDisposed":true,"id":"1"}"#

    @Test func `each message has an instance of its own`() async throws {
        let made = Count()
        try await ServerHarness.run { service in
            service.add(SessionController.self) { request in
                SessionController(number: made.next(), tenant: request.metadata["x-tenant"] ?? "-")
            }
        } _: { harness in
            for number in 1...3 {
                let answer = try await harness.answer(
                    to: #"{"pattern":"who","metadata":{"x-tenant":"blue"},"id":"1"}"#, endingWith: Self.end)
                #expect(answer.hasSuffix(#"{"response":"blue \#(number) 1","isDisposed":true,"id":"1"}"#))
            }
            let sequence = try await harness.answer(to: #"{"pattern":"steps","id":"1"}"#, endingWith: Self.end)
            #expect(sequence == #"23#{"response":4,"id":"1"}41#{"response":1,"isDisposed":true,"id":"1"}"#)
        }
        #expect(made.value == 4)
    }

    @Test func `each handler of an event has an instance of its own`() async throws {
        let made = Count()
        let (seen, see) = AsyncStream.makeStream(of: Int.self)
        try await ServerHarness.run { service in
            service.add(ListenerController.self) { _ in
                await Task.yield()
                return ListenerController(number: made.next(), see: see)
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"paid"}"#)
            var numbers: Set<Int> = []
            for await number in seen where numbers.insert(number).inserted && numbers.count == 2 { break }
            #expect(numbers == [1, 2])
            await peer.close()
        }
    }

    @Test func `what the factory throws is answered as the handler's error`() async throws {
        try await ServerHarness.run { service in
            service.add(SessionController.self) { request in
                throw request.data == true ? RPCError("no session") : CancellationError() as any Error
            }
        } _: { harness in
            let told = try await harness.answer(to: #"{"pattern":"who","data":true,"id":"1"}"#, endingWith: Self.end)
            #expect(told.hasSuffix(#"{"err":{"status":"error","message":"no session"},"isDisposed":true,"id":"1"}"#))
            let hidden = try await harness.answer(to: #"{"pattern":"steps","id":"1"}"#, endingWith: Self.end)
            #expect(hidden.contains(#"{"err":{"status":"error","message":"Internal server error"},"#))
            #expect(harness.log.contains("handler failed"))
        }
    }

    @Test func `a message that is refused makes no instance`() async throws {
        let made = Count()
        try await ServerHarness.run { service in
            service.controller(use: Enhancers(guards: [ClosureGuard { $0.payload == 1 }])) { group in
                group.add(SessionController.self) { _ in SessionController(number: made.next(), tenant: "-") }
            }
        } _: { harness in
            let refused = try await harness.answer(to: #"{"pattern":"who","data":0,"id":"1"}"#, endingWith: Self.end)
            #expect(refused.contains("Forbidden resource"))
            #expect(made.value == 0)
            _ = try await harness.answer(to: #"{"pattern":"who","data":1,"id":"1"}"#, endingWith: Self.end)
            #expect(made.value == 1)
        }
    }
}

/// Counts instances.
final class Count: Sendable {
    private let state = Mutex(0)
    var value: Int { state.withLock { $0 } }

    func next() -> Int {
        state.withLock { count in
            count += 1
            return count
        }
    }
}

/// Not `Sendable`: one message has it to itself.
@Controller
private final class SessionController {
    let number: Int
    let tenant: String
    private var calls = 0

    init(number: Int, tenant: String) {
        self.number = number
        self.tenant = tenant
    }

    @MessagePattern("who") func who() -> String {
        calls += 1
        return "\(tenant) \(number) \(calls)"
    }

    @MessagePattern("steps") func steps() async -> AsyncStream<Int> {
        calls += 1
        return .of(number, calls)
    }
}

@Controller
private struct ListenerController {
    let number: Int
    let see: AsyncStream<Int>.Continuation

    @EventPattern("paid") func one() { see.yield(number) }
    @EventPattern("paid") func two() async { see.yield(number) }
}
