import Foundation
import MartletGateway
import Routing
import Synchronization
import TestSupport
import Testing

/// The route file is read again while the gateway serves.
@Suite(.timeLimit(.minutes(2))) struct ReloadTests {
    private typealias Rig = ReloadingGateway

    @Test func `routes come and go, and the outcome says which`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let rig = try await Rig(Rig.text([Rig.get], endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        #expect(try await rig.status(Ask.get("/other")) == 404)
        let outcome = try await rig.reload(Rig.text([Rig.other], endpoint: server.port))
        #expect(outcome.isApplied && outcome.generation == 2 && outcome.errors.isEmpty)
        #expect(outcome.changes.contains("routes added: other") && outcome.changes.contains("routes removed: get"))
        #expect(try await rig.status(Ask.get("/get/1")) == 404)
        #expect(try await rig.status(Ask.get("/other")) == 200)
        #expect(rig.log.contains("notice configuration reloaded"))
        #expect(rig.gateway.reloadFacts.generation == 2 && rig.gateway.reloadFacts.succeeded == 1)
        await rig.stop()
    }

    @Test func `the same files again are no new generation`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        let outcome = await rig.gateway.reload(cause: "test")
        #expect(outcome.isApplied && outcome.generation == 1 && outcome.changes.isEmpty)
        #expect(rig.gateway.reloadFacts.succeeded == 1)
        await rig.stop()
    }

    @Test(arguments: [
        "", "version: 1\n", "version: 1\nroutes: [\n", "version: 1\nservices: {}\nroutes: [ { id: a, match: GET /a ",
        "version: 2\n", "\u{0}\u{1}",
    ])
    func `a file with a fault is refused with its place, and the old table stays`(text: String) async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let good = Rig.text([Rig.get], endpoint: server.port)
        let rig = try await Rig(good)
        let outcome = try await rig.reload(text)
        #expect(!outcome.isApplied && outcome.generation == 1)
        let first = try #require(outcome.errors.first)
        #expect(first.contains("routes.yaml:"), "\(first)")
        #expect(rig.log.lines.contains { $0.hasPrefix("error configuration not reloaded") && $0.contains(first) })
        #expect(!rig.gateway.reloadFacts.lastSucceeded && rig.gateway.reloadFacts.failed == 1)
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        // What it was before is a success again.
        #expect(try await rig.reload(good).isApplied)
        #expect(rig.gateway.reloadFacts.lastSucceeded)
        await rig.stop()
    }

    @Test func `a missing file is refused`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        try FileManager.default.removeItem(at: rig.folder.appending(path: "routes.yaml"))
        let outcome = await rig.gateway.reload(cause: "test")
        #expect(!outcome.isApplied && outcome.errors.first?.contains("no such file") == true)
        await rig.stop()
    }

    @Test func `a request in flight ends on the table it began with`() async throws {
        let server = try await ScriptedServer()
        let rig = try await Rig(
            Rig.text(
                ["\(Rig.get), response: { headers: { x-generation: \"old\" } }"], endpoint: server.port), loops: 1)
        let client = try await rig.connect()
        try await client.send(Ask.get("/get/1"))
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        // The service is the same: its connection goes on, under a table without the route.
        #expect(try await rig.reload(Rig.text([Rig.other], endpoint: server.port)).isApplied)
        try await service.send(Packet.answer("7", to: packet))
        let answer = await client.receive(until: "7")
        #expect(answer?.contains("200 OK") == true && answer?.contains("x-generation: old") == true)
        // The connection outlives the reload; its next request is looked up in the new table.
        try await client.send(Ask.get("/get/1"))
        #expect(await client.receive(until: "\r\n\r\n")?.contains("404") == true)
        await rig.stop()
    }

    @Test func `a body that is still coming is sent by the table that admitted it`() async throws {
        let first = try await ScriptedServer()
        let second = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.post], endpoint: first.port), loops: 1)
        let client = try await rig.connect()
        let request = Ask.post("/post", "{\"a\":1}")
        // That the connection has read the part of a request is seen by the answer to the one before it.
        try await client.send(Ask.get("/nowhere") + request.dropLast(3))
        #expect(await client.receive(until: "\r\n\r\n") != nil)
        #expect(try await rig.reload(Rig.text([Rig.other], endpoint: second.port)).isApplied)
        #expect(try await rig.reload(Rig.text([Rig.get], endpoint: second.port)).isApplied)
        try await client.send(String(request.suffix(3)))
        let service = try await first.accept()
        let packet = try #require(await service.packets(1).first)
        #expect(packet.contains("{\"a\":1}"))
        try await service.send(Packet.answer("8", to: packet))
        #expect(await client.receive(until: "8")?.contains("200 OK") == true)
        // Now nothing holds on to the first table: its pool closes the connection.
        try await client.close()
        await service.receiveEnd()
        await rig.stop()
    }

    @Test func `a body on HTTP/2 is sent by the table that admitted it`() async throws {
        let first = try await ScriptedServer()
        let second = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.post], endpoint: first.port), loops: 1)
        let client = try await HTTP2TestConnection.open(port: rig.port)
        try await client.send(
            .request(1, "POST", "/post", endsStream: false), .data(1, "{\"a\":", endsStream: false), .ping())
        _ = await client.other { $0.kind == .ping && $0.flags & 1 == 1 }
        #expect(try await rig.reload(Rig.text([Rig.other], endpoint: second.port)).isApplied)
        try await client.send(.data(1, "1}"))
        let service = try await first.accept()
        let packet = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("8", to: packet))
        let answer = try #require(await client.answer(1))
        #expect(answer.status == 200 && answer.body == "8")
        await service.receiveEnd()
        await rig.stop()
    }

    @Test func `a client behind a proxy stays who the table that admitted it says`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { packet, id in value(Packet.payload(packet), id) }
        let who = "id: who, match: POST /who, send: { service: s, pattern: who }, payload: $request.ip"
        let proxies = "listen: [\"127.0.0.1:0\"], trustedProxies: [127.0.0.1]"
        let rig = try await Rig(Rig.text([who], endpoint: server.port, gateway: proxies), loops: 1)
        let client = try await HTTP2TestConnection.open(port: rig.port)
        try await client.send(
            .request(1, "POST", "/who", fields: [("x-forwarded-for", "192.0.2.7")], endsStream: false),
            .data(1, "{", endsStream: false), .ping())
        _ = await client.other { $0.kind == .ping && $0.flags & 1 == 1 }
        // Nobody's word is taken from now on.
        #expect(try await rig.reload(Rig.text([Rig.other], endpoint: server.port)).isApplied)
        try await client.send(.data(1, "}"))
        #expect(await client.answer(1)?.body == "\"192.0.2.7\"")
        await rig.stop()
        service.cancel()
    }

    @Test func `connections to a service stay when its settings did`() async throws {
        let server = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.get], endpoint: server.port), loops: 1)
        let client = try await rig.connect()
        try await client.send(Ask.get("/get/1"))
        let service = try await server.accept()
        for generation in 2...6 {
            let routes = [Rig.get, generation.isMultiple(of: 2) ? Rig.other : Rig.post]
            #expect(try await rig.reload(Rig.text(routes, endpoint: server.port)).generation == generation)
            let packet = try #require(await service.packets(1).first)
            try await service.send(Packet.answer("\(generation)", to: packet))
            #expect(await client.receive(until: "\r\n\r\n\(generation)") != nil)
            // The next on the same connection to the service: `packets` would wait for ever otherwise.
            try await client.send(Ask.get("/get/\(generation)"))
        }
        let last = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("\"end\"", to: last))
        #expect(await client.receive(until: "end") != nil)
        await rig.stop()
    }

    @Test func `rate limits go on counting`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let limited = "\(Rig.get), use: { guards: [ { RateLimit: { limit: 2, per: 1h } } ] }"
        let rig = try await Rig(Rig.text([limited], endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        #expect(try await rig.reload(Rig.text([Rig.other, limited], endpoint: server.port)).isApplied)
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        #expect(try await rig.reload(Rig.text([limited], endpoint: server.port)).isApplied)
        #expect(try await rig.status(Ask.get("/get/1")) == 429)
        await rig.stop()
    }
}

/// Addresses and files that change.
@Suite(.timeLimit(.minutes(2))) struct ReloadListenerTests {
    private typealias Rig = ReloadingGateway

    @Test func `an address that comes or goes leaves the others alone`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        let client = try await rig.connect()
        try await client.send(Ask.get("/nowhere"))
        #expect(await client.receive(until: "\r\n\r\n") != nil)
        let both = "listen: [\"127.0.0.1:0\", { address: \"127.0.0.1:0\", protocols: [h2c] }]"
        #expect(try await rig.reload(Rig.text([Rig.get], endpoint: 1, gateway: both)).isApplied)
        let addresses = rig.gateway.addresses
        #expect(addresses.count == 2 && addresses[0] == "127.0.0.1:\(rig.port)")
        let added = try #require(addresses[1].split(separator: ":").last.flatMap { Int($0) })
        let second = try await HTTP2TestConnection.open(port: added)
        #expect(try await rig.reload(Rig.text([Rig.get], endpoint: 1)).isApplied)
        #expect(rig.gateway.addresses == ["127.0.0.1:\(rig.port)"])
        await #expect(throws: (any Error).self) { try await RawConnection.connect(port: added) }
        // Both connections live on.
        try await client.send(Ask.get("/nowhere"))
        #expect(await client.receive(until: "\r\n\r\n") != nil)
        try await second.send(.ping())
        #expect(await second.other { $0.kind == .ping && $0.flags & 1 == 1 } != nil)
        await rig.stop()
    }

    @Test func `an address that is taken refuses the whole file`() async throws {
        let occupied = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        let taken = "listen: [\"127.0.0.1:0\", \"127.0.0.1:0\", \"127.0.0.1:\(occupied.port)\"]"
        let outcome = try await rig.reload(Rig.text([Rig.other], endpoint: 1, gateway: taken))
        #expect(!outcome.isApplied && outcome.errors.first?.contains("\(occupied.port)") == true)
        #expect(rig.gateway.addresses == ["127.0.0.1:\(rig.port)"])
        await rig.stop()
    }

    @Test func `what an address speaks can change while it listens`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1))
        #expect(try await rig.status(Ask.get("/nowhere")) == 404)
        let only = "listen: [ { address: \"127.0.0.1:0\", protocols: [h2c] } ]"
        #expect(try await rig.reload(Rig.text([Rig.get], endpoint: 1, gateway: only)).isApplied)
        #expect(rig.gateway.addresses == ["127.0.0.1:\(rig.port)"])
        #expect(try await rig.status(Ask.get("/nowhere")) != 404)
        let client = try await HTTP2TestConnection.open(port: rig.port)
        try await client.send(.ping())
        #expect(await client.other { $0.kind == .ping && $0.flags & 1 == 1 } != nil)
        await rig.stop()
    }

    @Test func `files that change are read again by themselves`() async throws {
        let started = Mutex<String?>(nil)
        let text = Rig.text([Rig.get], endpoint: 1)
        let rig = try await Rig(text, starts: false)
        let run = Task { try await rig.gateway.run { addresses in started.withLock { $0 = addresses.first } } }
        try await eventually("it listens") { started.withLock { $0 } != nil }
        // Half-written, then whole.
        try rig.write(String(text.prefix(40)))
        try await eventually("the fault is noticed") { !rig.gateway.reloadFacts.lastSucceeded }
        try rig.write(Rig.text([Rig.other], endpoint: 1))
        try await eventually("the second generation") { rig.gateway.reloadFacts.generation == 2 }
        // Another file behind the same name, by a link, as Kubernetes does it.
        let files = FileManager.default
        try rig.write(Rig.text([Rig.post], endpoint: 1), to: "next.yaml")
        let (link, path) = (rig.folder.appending(path: "link"), rig.folder.appending(path: "routes.yaml"))
        try files.createSymbolicLink(atPath: link.path, withDestinationPath: "next.yaml")
        #expect(rename(link.path, path.path) == 0)
        try await eventually("the third generation") { rig.gateway.reloadFacts.generation == 3 }
        #expect(rig.gateway.file.routes.map(\.id) == ["post"])
        run.cancel()
        _ = try? await run.value
    }
}
