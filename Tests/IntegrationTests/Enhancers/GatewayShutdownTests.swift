import MartletGateway
import TestSupport
import Testing

/// A gateway that stops while enhancers are at work.
@Suite(.timeLimit(.minutes(1)))
struct GatewayShutdownTests {
    private let recorder = Recorder()

    private func gateway(_ gate: Gate, drain: String) async throws -> EnhancedGateway {
        try await EnhancedGateway(
            routes: "  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { guards: [Slow] } }",
            drain: drain, recorder: recorder
        ) {
            $0.addGuard("Slow") { _ in
                AnyGuard { _ in
                    try await gate.wait("guard")
                    return true
                }
            }
        }
    }

    @Test func `a request whose guard still thinks gets its answer`() async throws {
        let gate = Gate(recorder)
        let rig = try await gateway(gate, drain: "30s")
        let client = try await rig.gateway.connect()
        try await client.send(EnhancerRequest.get("/get"))
        await recorder.wait(for: "guard waits")
        async let stopped: Void = rig.gateway.stop()
        try await eventually("it stops listening") {
            do {
                try await rig.gateway.connect().close()
                return false
            } catch {
                return true
            }
        }
        gate.open()
        let answer = try #require(ParsedResponse.parse(await client.receiveAll()).first)
        #expect(answer.status == 200)
        #expect(answer.body == "1")
        await stopped
        await rig.stop()
    }

    @Test func `a guard that has not decided by the deadline is cancelled`() async throws {
        let gate = Gate(recorder)
        let rig = try await gateway(gate, drain: "50ms")
        let client = try await rig.gateway.connect()
        try await client.send(EnhancerRequest.get("/get"))
        await recorder.wait(for: "guard waits")
        await rig.stop()
        await recorder.wait(for: "guard cancelled")
        #expect(rig.packets == 0)
        _ = await client.receiveAll()
    }

    @Test func `a guard that comes back after the gateway is gone does no harm`() async throws {
        let (continuations, continuation) = AsyncStream.makeStream(of: CheckedContinuation<Void, Never>.self)
        let rig = try await EnhancedGateway(
            routes: "  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { guards: [Deaf] } }",
            drain: "50ms", recorder: recorder
        ) { enhancers in
            enhancers.addGuard("Deaf") { [recorder] _ in
                AnyGuard { _ in
                    await withCheckedContinuation { continuation.yield($0) }
                    recorder.note("guard over")
                    return true
                }
            }
        }
        let client = try await rig.gateway.connect()
        try await client.send(EnhancerRequest.get("/get"))
        var waiting = continuations.makeAsyncIterator()
        let deaf = try #require(await waiting.next())
        await rig.stop()
        deaf.resume()
        await recorder.wait(for: "guard over")
        #expect(rig.packets == 0)
    }
}
