import Logging
import MessageWire
import Microservices
import NIOPosix
import NetworkIO
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

extension ClientToken {
    fileprivate static let math = ClientToken("MATH_SERVICE")
    fileprivate static let mail = ClientToken("MAIL_SERVICE")
}

@Suite(.timeLimit(.minutes(2))) struct ClientRegistryTests {
    private struct NoSettings: Error {}

    private func answer(_ connection: RawConnection, _ value: String) async throws {
        let packet = try await connection.receivePacket()
        try await connection.send(frame("{\"response\":\(value),\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}"))
    }

    @Test func `a token gives the same client each time`() async throws {
        let server = try await ScriptedServer()
        let clients = ClientRegistry(logger: .quiet)
            .register(.math, .tcp(host: "127.0.0.1", port: 1))
            .register(.math, .local(server.port))
        let math = try await clients.client(.math)
        #expect(try await clients.client(ClientToken("MATH_SERVICE")) === math)
        async let value = math.send("x", 1).value
        let connection = try await server.accept()
        try await answer(connection, "1")
        #expect(try await value == 1)
        await clients.close()
        await connection.receiveEnd()
    }

    @Test func `an unknown token says which are known`() async throws {
        let empty = ClientRegistry()
        let none = await #expect(throws: ClientError.self) { try await empty.client(.math) }
        #expect(none?.code == .unknownClient)
        #expect(none?.message == "no client is registered as \"MATH_SERVICE\"; registered: none")
        let clients = ClientRegistry().register(.mail, .tcp()).register(ClientToken("A"), .tcp())
        let error = await #expect(throws: ClientError.self) { try await clients.client(.math) }
        #expect(error?.message == "no client is registered as \"MATH_SERVICE\"; registered: A, MAIL_SERVICE")
    }

    @Test func `an asynchronous registration is asked once, by whoever comes first`() async throws {
        let calls = Mutex(0)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let clients = ClientRegistry(logger: .quiet).registerAsync(.math) {
            calls.withLock { $0 += 1 }
            for await _ in gate {}
            return .tcp(host: "127.0.0.1", port: 1)
        }
        let made = try await withThrowingTaskGroup(of: ClientProxy.self) { group in
            for _ in 0..<8 { group.addTask { try await clients.client(.math) } }
            open.finish()
            return try await group.reduce(into: [ClientProxy]()) { $0.append($1) }
        }
        #expect(Set(made.map(ObjectIdentifier.init)).count == 1)
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `an asynchronous registration that throws is asked again`() async throws {
        let calls = Mutex(0)
        let clients = ClientRegistry(logger: .quiet).registerAsync(.math) {
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call > 1 else { throw NoSettings() }
            return .tcp(host: "127.0.0.1", port: 1)
        }
        await #expect(throws: NoSettings.self) { try await clients.client(.math) }
        _ = try await clients.client(.math)
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `who waits for a factory that throws shares its error, the next one asks anew`() async throws {
        let calls = Mutex(0)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let clients = ClientRegistry(logger: .quiet).registerAsync(.math) {
            calls.withLock { $0 += 1 }
            for await _ in gate {}
            throw NoSettings()
        }
        // On one thread, in order: everybody waits before the gate is opened.
        let executor = LoopTaskExecutor(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        let waiting = (0..<8).map { _ in Task(executorPreference: executor) { try await clients.client(.math) } }
        await Task(executorPreference: executor) { open.finish() }.value
        for task in waiting { await #expect(throws: NoSettings.self) { try await task.value } }
        #expect(calls.withLock { $0 } == 1)
        await #expect(throws: NoSettings.self) { try await clients.client(.math) }
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `once it drains no client is made, and one that is being made is drained`() async throws {
        let server = try await ScriptedServer()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let clients = ClientRegistry(logger: .quiet)
            .register(.mail, .local(server.port))
            .registerAsync(.math) {
                start.finish()
                for await _ in gate {}
                return .local(server.port)
            }
        let making = Task { try await clients.client(.math) }
        for await _ in started {}
        await clients.drain()
        open.finish()
        let math = try await making.value
        await #expect(throws: UpstreamFailure.closing) { try await math.send("x", 1).value }
        #expect(try await clients.client(.math) === math)
        await #expect(throws: UpstreamFailure.closing) { try await clients.client(.mail) }
        await server.stop()
    }

    @Test func `a caller that is cancelled leaves the making to the next`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let calls = Mutex(0)
        let clients = ClientRegistry(logger: .quiet).registerAsync(.math) {
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call == 1 else { return .tcp(host: "127.0.0.1", port: 1) }
            start.finish()
            try await Task.sleep(for: .seconds(3600))
            return .tcp()
        }
        let first = Task { try await clients.client(.math) }
        for await _ in started {}
        let second = Task { try await clients.client(.math) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        _ = try await second.value
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `as a service it drains its clients on graceful shutdown`() async throws {
        let server = try await ScriptedServer()
        let clients = ClientRegistry(logger: .quiet)
            .register(.math, .local(server.port))
        let group = ServiceGroup(services: [clients], logger: .quiet)
        let running = Task { try await group.run() }
        let due = Task { try await clients.client(.math).send("x", 1).value }
        let connection = try await server.accept()
        let packet = try await connection.receivePacket()
        await group.triggerGracefulShutdown()
        let math = try await clients.client(.math)
        try await eventually("nothing new is taken") {
            do {
                _ = try await math.send("new", 1, timeout: .milliseconds(1)).value
                return false
            } catch {
                return error as? UpstreamFailure == .closing
            }
        }
        try await connection.send(frame("{\"response\":2,\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}"))
        #expect(try await due.value == 2)
        try await running.value
        await connection.receiveEnd()
    }

    @Test func `as a service it does not start without its configurations`() async throws {
        let clients = ClientRegistry(logger: .quiet).registerAsync(.math) { throw NoSettings() }
        await #expect(throws: NoSettings.self) { try await clients.run() }
    }
}
