import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// What `TCPClientLimits` bounds, and what happens at each bound.
@Suite(.timeLimit(.minutes(2))) struct ClientLimitTests {
    private func client(
        _ port: Int, timeout: Duration? = .seconds(60), _ change: (inout TCPClientLimits) -> Void = { _ in }
    ) -> ClientProxy {
        var limits = TCPClientLimits.defaults
        limits.connectTimeout = .seconds(60)
        change(&limits)
        return ClientProxy(.tcp(host: "127.0.0.1", port: port, timeout: timeout, limits: limits), logger: .quiet)
    }

    private func answer(_ packets: [String], _ connection: RawConnection) async throws {
        for packet in packets {
            try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}"))
        }
    }

    @Test func `what is set is what counts, within reason`() {
        var limits = TCPClientLimits.defaults
        limits.maxConnections = 3
        limits.idleTimeout = .seconds(9)
        #expect(ClientConfiguration.tcp(limits: limits).limits == limits)
        #expect(ClientConfiguration.tcp().limits == .defaults)
        limits.maxConnections = 0
        limits.maxRequestsInFlight = 1_000_000
        limits.maxQueued = -1
        limits.connectTimeout = .zero
        let configuration = ClientConfiguration.tcp(limits: limits)
        #expect(configuration.limits.maxConnections == 1)
        #expect(configuration.limits.maxRequestsInFlight == 65_535)
        #expect(configuration.limits.maxQueued == 1)
        #expect(configuration.limits.connectTimeout > .zero)
    }

    @Test func `thousands of requests share one connection, whenever they were made`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let calls = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3000 { group.addTask { _ = try await client.send("x", number).value } }
                try await group.waitForAll()
            }
        }
        let connection = try await server.accept()
        let packets = try await connection.receivePackets(3000)
        #expect(try await client.unwrap().count == 1)
        let answers = packets.map { frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(packetID($0))\"}") }
        try await connection.send(answers.joined())
        try await calls.value
        await client.close()
        await server.stop()
    }

    @Test func `the next connection is opened when those before it are full`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port) {
            $0.maxConnections = 2
            $0.maxRequestsInFlight = 1
        }
        let calls = (0..<2).map { number in Task { try await client.send("x", number).value } }
        // Answered when both are there: a call that begins late would find the first connection free again.
        var waiting: [(RawConnection, String)] = []
        for _ in calls {
            let connection = try await server.accept()
            waiting.append((connection, try await connection.receivePacket()))
        }
        for (connection, packet) in waiting { try await answer([packet], connection) }
        for call in calls { #expect(try await call.value == 1) }
        await client.close()
        await server.stop()
    }

    @Test func `a request waits for its turn as long as its own timeout lets it`() async throws {
        let clock = ManualClock()
        let network = InMemoryNetwork(clock: clock)
        let service = Microservice(transport: .inMemory(network), eventLoopCount: 1, logger: .quiet)
        let notes = Recorder()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        service.onMessage("hang") { (number: Int, _) in
            notes.note("started")
            for await _ in gate {}
            return number
        }
        try await service.start()
        var configuration = ClientConfiguration.inMemory(network, timeout: nil)
        configuration.limits.maxRequestsInFlight = 1
        let client = ClientProxy(configuration, logger: .quiet)
        let first = Task { try await client.send("hang", 1).value }
        await notes.wait(for: "started")
        let patient = Task { try await client.send("hang", 2).value }
        let hasty = Task {
            defer { notes.note("given up") }
            return try await client.send("hang", 3, timeout: .seconds(2)).value
        }
        try await eventually("its time is over") {
            await clock.advance(by: .seconds(1))
            return notes.count(of: "given up") == 1
        }
        await #expect(throws: UpstreamFailure.overloaded) { try await hasty.value }
        open.finish()
        #expect(try await first.value == 1)
        #expect(try await patient.value == 2)
        await client.close()
        await service.shutdown()
    }

    @Test(arguments: [(5, 2, "a"), (3, 1, String(repeating: "x", count: 100))])
    func `a full queue refuses, in messages or in bytes`(calls: Int, waiting: Int, text: String) async throws {
        let server = try await ScriptedServer()
        let client = client(server.port) {
            $0.maxRequestsInFlight = 1
            $0.maxQueued = 2
            // One that waits alone may be of any size.
            $0.maxQueueSize = 10
        }
        let first = Task { try await client.send("x", 1).value }
        let connection = try await server.accept()
        _ = try await connection.receivePacket()
        let outcomes = Recorder()
        let others = (0..<calls).map { _ in
            Task {
                let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("x", text).value }
                outcomes.note("\(failure == .overloaded)")
            }
        }
        await outcomes.wait(for: "true", count: calls - waiting)
        await client.close()
        for other in others { await other.value }
        #expect(outcomes.count(of: "false") == waiting)
        await #expect(throws: UpstreamFailure.lost) { try await first.value }
        await server.stop()
    }

    @Test func `an unused connection stays open, unless it has a time for that`() async throws {
        let clock = ManualClock()
        let network = InMemoryNetwork(clock: clock)
        let service = Microservice(transport: .inMemory(network), eventLoopCount: 1, logger: .quiet)
        service.onMessage("echo") { (number: Int, _) in number }
        try await service.start()
        for idle in [nil, Duration.seconds(60)] {
            var configuration = ClientConfiguration.inMemory(network)
            configuration.limits.idleTimeout = idle
            let client = ClientProxy(configuration, logger: .quiet)
            #expect(try await client.send("echo", 1).value == 1)
            await clock.advance(by: .seconds(59))
            #expect(try await client.unwrap().count == 1)
            await clock.advance(by: .seconds(1))
            if idle != nil {
                try await eventually("it is closed") { (try? await client.unwrap()) == nil }
            } else {
                await clock.advance(by: .seconds(86_400))
                #expect(try await client.unwrap().count == 1)
            }
            #expect(try await client.send("echo", 2).value == 2)
            await client.drain()
        }
        await service.shutdown()
    }

    @Test(arguments: ["bytes", "values"])
    func `a stream that nobody reads ends, its connection goes on`(bound: String) async throws {
        let server = try await ScriptedServer()
        let client = client(server.port) {
            if bound == "bytes" { $0.maxUnreadSize = 25 } else { $0.maxUnreadValues = 2 }
        }
        var values = client.send("watch", 1, as: String.self).makeAsyncIterator()
        let greeting = Task {
            let connection = try await server.accept()
            let id = packetID(try await connection.receivePacket())
            try await connection.send(frame("{\"response\":\"0\",\"id\":\"\(id)\"}"))
            return (connection, id)
        }
        #expect(try await values.next() == "0")
        let (connection, id) = try await greeting.value
        // Twelve bytes each with their quotes.
        for text in ["1123456789", "2123456789", "3123456789"] {
            try await connection.send(frame("{\"response\":\"\(text)\",\"id\":\"\(id)\"}"))
        }
        async let other = client.send("other", 1).value
        try await answer([try await connection.receivePacket()], connection)
        #expect(try await other == 1)
        #expect(try await values.next() == "1123456789")
        #expect(try await values.next() == "2123456789")
        await #expect(throws: UpstreamFailure.fellBehind) { try await values.next() }
        #expect(try await client.unwrap().count == 1)
        await client.close()
        await server.stop()
    }

    @Test func `a value that waits alone may be larger than the bound, and what was read makes room`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port) { $0.maxUnreadSize = 4 }
        let sums = Task {
            try await client.send("watch", 1, as: String.self).reduce(into: 0) { $0 += $1.count }
        }
        let connection = try await server.accept()
        let id = packetID(try await connection.receivePacket())
        try await connection.send(
            frame("{\"response\":\"\(String(repeating: "x", count: 1000))\",\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await sums.value == 1000)
        await client.close()
        await server.stop()
    }
}
