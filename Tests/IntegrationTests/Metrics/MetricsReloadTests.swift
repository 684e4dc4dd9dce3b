import MartletGateway
import TestSupport
import Testing

/// What becomes of the numbers when the route file changes.
@Suite(.timeLimit(.minutes(2))) struct MetricsReloadTests {
    private typealias Rig = ReloadingGateway

    @Test func `the text tells the generation, and what became of the latest reload`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        var text = await rig.gateway.metricsText().text
        #expect(text.contains("\nmartlet_config_generation 1.0\n"))
        #expect(text.contains("\nmartlet_config_last_reload_successful 1.0\n"))
        _ = try await rig.reload(Rig.text([Rig.get, Rig.other], endpoint: 1))
        _ = try await rig.reload("version: 1\nroutes: [\n")
        text = await rig.gateway.metricsText().text
        #expect(text.contains("\nmartlet_config_generation 2.0\n"))
        #expect(text.contains("\nmartlet_config_last_reload_successful 0.0\n"))
        #expect(text.contains("\nmartlet_config_reloads_total{result=\"success\"} 1\n"))
        #expect(text.contains("\nmartlet_config_reloads_total{result=\"failure\"} 1\n"))
        #expect(text.contains("\nmartlet_config_info{hash=\"\(rig.gateway.reloadFacts.hash)\"} 1.0\n"))
        await rig.stop()
    }

    @Test func `a route that stays goes on counting, one that goes is no longer shown`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let rig = try await Rig(Rig.text([Rig.get, Rig.other], endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        #expect(try await rig.status(Ask.get("/other")) == 200)
        _ = try await rig.reload(Rig.text([Rig.post, Rig.get], endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        // The old table goes at the end of a tick, on each loop.
        try await eventually("only the new routes are shown") {
            await rig.gateway.metrics().routes.map(\.id) == ["", "get", "post"]
        }
        let metrics = await rig.gateway.metrics()
        #expect(metrics.routes[1].finished == 2 && metrics.routes[2].finished == 0)
        await rig.stop()
    }

    @Test func `an endpoint goes on counting when its service's settings change, however often`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let rig = try await Rig(Rig.text([Rig.get], endpoint: server.port), loops: 1)
        for round in 1...3 {
            #expect(try await rig.status(Ask.get("/get/1")) == 200)
            // Another pool takes the place of the first.
            let settings = "timeout: 3\(round)s, pool: { queueTimeout: 30s, connectTimeout: 30s, max: \(round) }"
            let outcome = try await rig.reload(Rig.text([Rig.get], endpoint: server.port, service: settings))
            #expect(outcome.generation == round + 1)
            let endpoint = try #require(await rig.gateway.metrics().services.first?.endpoints.first)
            #expect(endpoint.requests == UInt64(round) && endpoint.latency.count == UInt64(round))
        }
        #expect(await rig.gateway.metrics().services.map(\.endpoints.count) == [1])
        await rig.stop()
    }

    @Test func `while an old pool has a request, it counts with the new one and not twice`() async throws {
        let server = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.get], endpoint: server.port), loops: 1)
        let client = try await rig.connect()
        try await client.send(Ask.get("/get/1"))
        let old = try await server.accept()
        let packet = try #require(await old.receive())
        let settings = "timeout: 31s, pool: { queueTimeout: 30s, connectTimeout: 30s }"
        let elsewhere = try await ScriptedServer()
        _ = try await rig.reload(Rig.text([Rig.get], endpoint: server.port, service: settings))
        var metrics = await rig.gateway.metrics()
        #expect(metrics.services.count == 1 && metrics.services[0].endpoints.count == 1)
        #expect(metrics.services[0].endpoints[0].requests == 1 && metrics.upstreamInFlight == 1)
        // Then the service moves: its old address is only there for what it still owes.
        _ = try await rig.reload(Rig.text([Rig.get], endpoint: elsewhere.port, service: settings))
        metrics = await rig.gateway.metrics()
        let gone = try #require(metrics.services[0].endpoints.first { $0.address.hasSuffix(":\(server.port)") })
        #expect(gone.state == .draining && gone.isRetired && gone.inFlight == 1)
        let text = await rig.gateway.metricsText().text
        #expect(!text.contains("requests_total{service=\"s\",endpoint=\"\(gone.address)"))
        try await old.send(value("1", packetID(frames(packet)[0])))
        #expect(await client.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 200") == true)
        try await eventually("the old address is gone") {
            await rig.gateway.metrics().services[0].endpoints.map(\.address) == ["127.0.0.1:\(elsewhere.port)"]
        }
        await rig.stop()
    }
}
