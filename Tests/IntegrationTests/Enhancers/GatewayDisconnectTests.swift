import MartletGateway
import TestSupport
import Testing

/// A client that goes away while an enhancer runs: the task is cancelled, nothing is sent any more, nothing is kept.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct GatewayDisconnectTests {
    /// A gateway whose enhancers of one stage wait.
    private func gateway(
        _ stage: String, _ gate: Gate, _ recorder: Recorder, _ traces: Traces,
        answer: @escaping @Sendable (String, String) -> String?
    ) async throws -> EnhancedGateway {
        try await EnhancedGateway(
            routes: """
                  - { id: post, match: POST /post, send: { service: s, pattern: p }, use: { guards: [G], interceptors: [I], pipes: [P], filters: [F] } }
                  - { id: event, match: POST /event, emit: { service: s, pattern: e }, use: { guards: [G], interceptors: [I], pipes: [P], filters: [F] } }
                """, recorder: recorder, answer: answer
        ) { enhancers in
            let wait = { @Sendable (here: String) in if here == stage { try await gate.wait(here) } }
            enhancers.addGuard("G") { _ in
                AnyGuard { context in
                    traces.keep(context)
                    try await wait("guard")
                    return true
                }
            }
            enhancers.addInterceptor("I") { _ in
                AnyInterceptor { _, next in
                    try await wait("before")
                    let result = try await next.handle()
                    try await wait("after")
                    return try await result.map { value in
                        try await wait("value")
                        return value
                    }
                }
            }
            enhancers.addPipe("P") { _ in
                AnyPipe { value in
                    try await wait("pipe")
                    return value
                }
            }
            enhancers.addFilter("F") { _ in
                AnyFilter { _ in
                    recorder.note("filter")
                    try await wait("filter")
                    return nil
                }
            }
        }
    }

    @Test(arguments: ["guard", "before", "pipe", "after", "value", "filter"], ["/post", "/event"])
    func `the task is cancelled, whatever it does`(_ stage: String, _ path: String) async throws {
        if path == "/event", stage == "value" || stage == "filter" { return }
        let (recorder, traces) = (Recorder(), Traces())
        let gate = Gate(recorder)
        let rig = try await gateway(stage, gate, recorder, traces) { packet, id in
            if stage == "filter" {
                return frame(#"{"err":"no","isDisposed":true,"id":"\#(id)"}"#)
            }
            return packet.contains("\"id\"") ? Packet.part("1", to: packet) : nil
        }
        let client = try await rig.gateway.connect()
        try await client.send(EnhancerRequest.post(path, "accept: text/event-stream\r\n"))
        await recorder.wait(for: "\(stage) waits")
        try await client.reset()
        await recorder.wait(for: "\(stage) cancelled")
        try await eventually("everything is forgotten") {
            let metrics = await rig.gateway.gateway.metrics()
            return metrics.requestsInFlight == 0 && metrics.upstreamInFlight == 0 && metrics.upstreamQueued == 0
                && metrics.requestsAbandoned == 1 && traces.alive == 0
        }
        let isBeforePacket = ["guard", "before", "pipe"].contains(stage)
        // Nobody waits for the service to have an event.
        if !isBeforePacket { await recorder.wait(for: "packet {}") }
        #expect(rig.packets == (isBeforePacket ? 0 : 1))
        // Nobody waits for the answer: filters are not asked about the cancellation.
        #expect(recorder.count(of: "filter") == (stage == "filter" ? 1 : 0))
        // The gateway goes on.
        gate.open()
        let next = try await rig.ask(EnhancerRequest.post("/event"))
        #expect(next?.status == 202)
        await rig.stop()
    }

    @Test func `a message that is on its way is forgotten`() async throws {
        let (recorder, traces) = (Recorder(), Traces())
        let rig = try await gateway("", Gate(recorder), recorder, traces) { _, _ in nil }
        let client = try await rig.gateway.connect()
        try await client.send(EnhancerRequest.post("/post"))
        await recorder.wait(for: "packet {}")
        try await client.reset()
        try await eventually("everything is forgotten") {
            let metrics = await rig.gateway.gateway.metrics()
            return metrics.requestsInFlight == 0 && metrics.upstreamInFlight == 0 && traces.alive == 0
        }
        await rig.stop()
    }

    @Test(arguments: ["/post", "/event"])
    func `what waits for a connection is never sent`(_ path: String) async throws {
        let (recorder, traces) = (Recorder(), Traces())
        var enhancers = EnhancerRegistry()
        enhancers.addInterceptor("I") { _ in
            AnyInterceptor { context, next in
                traces.keep(context)
                defer { recorder.note("over") }
                return try await next.handle()
            }
        }
        // It takes the connection and never says a word of TLS.
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(
            routes: """
                  - { id: post, match: POST /post, send: { service: s, pattern: p }, use: { interceptors: [I] } }
                  - { id: event, match: POST /event, emit: { service: s, pattern: e }, use: { interceptors: [I] } }
                """, servicePorts: [server.port],
            service: "timeout: 5m, pool: { queueTimeout: 5m, connectTimeout: 5m }, tls: { insecure: true }",
            enhancers: enhancers)
        let client = try await gateway.connect()
        try await client.send(EnhancerRequest.post(path))
        try await eventually("it waits") { await gateway.gateway.metrics().upstreamQueued == 1 }
        try await client.reset()
        await recorder.wait(for: "over")
        try await eventually("nothing is kept") {
            await gateway.gateway.metrics().upstreamQueued == 0 && traces.alive == 0
        }
        await gateway.stop()
    }
}
