import Logging
import Microservices
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

/// Start, stop, and what happens to those who are connected.
@Suite(.timeLimit(.minutes(1)))
struct ServerLifecycleTests {
    private static func make(timeout: Duration = .seconds(10)) -> Microservice {
        Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 2, shutdownTimeout: timeout,
            logger: Logger(label: "test") { _ in LogRecorder() })
    }

    @Test func `shutdown waits for running handlers and closes idle connections`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let service = Self.make()
        service.onMessage("gated") { (_: JSONValue?, _) in
            start.finish()
            for await _ in gate {}
            return "done"
        }
        try await service.start()
        let port = try #require(service.address?.port)
        let busy = try await ServerPeer.connect(port: port)
        let idle = try await ServerPeer.connect(port: port)
        try await busy.send(frame: #"{"pattern":"gated","id":"1"}"#)
        for await _ in started {}
        async let stopped: Void = service.shutdown()
        #expect(await idle.receivedAll().bytes.isEmpty)
        #expect(!busy.soFar.isEnded)
        await #expect(throws: (any Error).self) { try await ServerPeer.connect(port: port) }
        open.finish()
        let received = await busy.receivedAll()
        #expect(received.text == #"46#{"response":"done","isDisposed":true,"id":"1"}"#)
        await idle.close()
        await busy.close()
        await stopped
        #expect(service.address == nil)
    }

    @Test func `shutdown cancels what is not done at the deadline`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let service = Self.make(timeout: .milliseconds(20))
        service.onMessage("hang") { (_: JSONValue?, _) in
            start.finish()
            try await Task.sleep(for: .seconds(3600))
        }
        try await service.start()
        let peer = try await ServerPeer.connect(port: try #require(service.address?.port))
        try await peer.send(frame: #"{"pattern":"hang","id":"1"}"#)
        for await _ in started {}
        await service.shutdown()
        #expect(await peer.receivedAll().bytes.isEmpty)
    }

    @Test func `shutdown ends a connection that is never idle between two of its requests`() async throws {
        let service = Self.make(timeout: .milliseconds(400))
        service.onMessage("pause") { (_: JSONValue?, _) in
            try await Task.sleep(for: .milliseconds(20))
            return 1
        }
        try await service.start()
        let peer = try await ServerPeer.connect(port: try #require(service.address?.port))
        let answer = #"41#{"response":1,"isDisposed":true,"id":"1"}"#
        let sender = Task {
            var sent = 0
            while !peer.soFar.isEnded {
                // Two at a time: the next is sent while one still runs.
                try? await peer.send(frame: #"{"pattern":"pause","id":"1"}"#)
                sent += 1
                if sent > 1 { _ = await peer.received(count: answer.utf8.count * (sent - 1)) }
            }
            return sent
        }
        _ = await peer.received(count: 1)
        await service.shutdown()
        let received = await peer.receivedAll()
        let sent = await sender.value
        // Whole answers only, and every request that was taken was answered.
        #expect(received.bytes.count % answer.utf8.count == 0)
        #expect(received.bytes.count / answer.utf8.count >= sent - 3)
        await peer.close()
    }

    @Test func `an address in use is a clear error`() async throws {
        let first = Self.make()
        try await first.start()
        let port = try #require(first.address?.port)
        let second = Microservice(transport: .tcp(host: "127.0.0.1", port: port), eventLoopCount: 1)
        let error = await #expect(throws: MicroserviceError.self) { try await second.start() }
        #expect(error?.code == .cannotListen)
        #expect(error?.message.contains("already in use") == true)
        await first.shutdown()
    }

    @Test func `a service starts once`() async throws {
        let service = Self.make()
        try await service.start()
        let error = await #expect(throws: MicroserviceError.self) { try await service.start() }
        #expect(error?.code == .alreadyStarted)
        await service.shutdown()
        await service.shutdown()
    }

    @Test func `run ends when its task is cancelled`() async throws {
        let service = Self.make()
        let task = Task { try await service.run() }
        try await eventually("listening") { service.address != nil }
        task.cancel()
        try await task.value
        #expect(service.address == nil)
    }

    @Test func `run ends when the service is shut down`() async throws {
        let service = Self.make()
        let task = Task { try await service.run() }
        try await eventually("listening") { service.address != nil }
        await service.shutdown()
        try await task.value
    }

    @Test func `a service group stops it gracefully`() async throws {
        let service = Self.make()
        service.onMessage("hello") { (name: String, _) in "Hello, \(name)!" }
        let group = ServiceGroup(services: [service], logger: Logger(label: "test") { _ in LogRecorder() })
        let task = Task { try await group.run() }
        try await eventually("listening") { service.address != nil }
        let peer = try await ServerPeer.connect(port: try #require(service.address?.port))
        try await peer.send(frame: #"{"pattern":"hello","data":"world","id":"1"}"#)
        #expect(await peer.received(upTo: "}").text == #"55#{"response":"Hello, world!","isDisposed":true,"id":"1"}"#)
        await group.triggerGracefulShutdown()
        #expect(await peer.receivedAll().isEnded)
        await peer.close()
        try await task.value
    }

    @Test func `an event loop group that is given stays`() async throws {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in LogRecorder() })
        service.onMessage("one") { (_: JSONValue?, _) in 1 }
        try await service.start()
        let peer = try await ServerPeer.connect(port: try #require(service.address?.port))
        try await peer.send(frame: #"{"pattern":"one","id":"1"}"#)
        #expect(await peer.received(upTo: "}").text == #"41#{"response":1,"isDisposed":true,"id":"1"}"#)
        await peer.close()
        await service.shutdown()
    }
}
