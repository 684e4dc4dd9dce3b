import Logging
import MessageWire
import Microservices
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2))) struct ServerStatusTests {
    @Test func `status and events tell of start, connections, mishaps and stop`() async throws {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, shutdownTimeout: .milliseconds(200),
            logger: .quiet)
        var status = service.status.makeAsyncIterator()
        var events = service.events.makeAsyncIterator()
        try await service.start()
        let port = try #require(service.address?.port)
        #expect(await status.next() == .connected)
        guard case .listening(let address)? = await events.next() else {
            Issue.record("not listening")
            return
        }
        #expect(address == NetworkAddress(host: "127.0.0.1", port: port))

        let peer = try await ServerPeer.connect(port: port)
        guard case .connection(let from)? = await events.next() else {
            Issue.record("no connection")
            return
        }
        #expect(from?.host == "127.0.0.1")
        try await peer.send(Array("abc#".utf8))
        guard case .error(let error, peer: let who)? = await events.next() else {
            Issue.record("no error")
            return
        }
        #expect(error is MessageWireError)
        #expect(who == from)
        await peer.close()

        await service.shutdown()
        #expect(await status.next() == .disconnected)
        #expect(await status.next() == nil)
        guard case .close? = await events.next() else {
            Issue.record("not closed")
            return
        }
        #expect(await events.next() == nil)
        var late = service.status.makeAsyncIterator()
        #expect(await late.next() == .disconnected)
        #expect(await late.next() == nil)
    }

    @Test func `whoever hears that a service is connected finds its address and its channels`() async throws {
        for _ in 0..<20 {
            let service = Microservice(
                transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, logger: .quiet)
            async let started: Void = service.start()
            for await status in service.status where status == .connected { break }
            #expect(service.address != nil)
            #expect(throws: Never.self) { try service.unwrap() }
            try await started
            await service.shutdown()
        }
    }

    @Test func `a connection above the limit is told as dropped`() async throws {
        var limits = TCPServerLimits.defaults
        limits.maxConnections = 1
        try await ServerHarness.run(limits: limits) { _ in
        } _: { harness in
            var events = harness.service.events.makeAsyncIterator()
            let first = try await ServerPeer.connect(port: harness.port)
            guard case .connection? = await events.next() else {
                Issue.record("no connection")
                return
            }
            let second = try await ServerPeer.connect(port: harness.port)
            guard case .drop? = await events.next() else {
                Issue.record("not dropped")
                return
            }
            await first.close()
            await second.close()
        }
    }

    @Test func `an address that is in use is an event and no status`() async throws {
        try await ServerHarness.run { _ in
        } _: { harness in
            let second = Microservice(
                transport: .tcp(host: "127.0.0.1", port: harness.port), eventLoopCount: 1, logger: .quiet)
            let events = second.events
            var status = second.status.makeAsyncIterator()
            await #expect(throws: MicroserviceError.self) { try await second.start() }
            let seen = await events.reduce(into: []) { $0.append($1) }
            #expect(seen.count == 1)
            guard case .error(let error, peer: nil)? = seen.first else {
                Issue.record("no error")
                return
            }
            #expect((error as? MicroserviceError)?.code == .cannotListen)
            #expect(await status.next() == nil)
        }
    }

    @Test func `unwrap gives the listening channels while there are some`() async throws {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 2, logger: .quiet)
        let before = #expect(throws: MicroserviceError.self) { try service.unwrap() }
        #expect(before?.code == .notRunning)
        try await service.start()
        let channels = try service.unwrap()
        #expect(channels.count == 2)
        #expect(Set(channels.map { $0.localAddress?.port }) == [service.address?.port])
        await service.shutdown()
        #expect(throws: MicroserviceError.self) { try service.unwrap() }
    }

    @Test func `a service that is never started ends its streams`() async throws {
        let service = Microservice(eventLoopCount: 1, logger: .quiet)
        let events = service.events
        await service.shutdown()
        #expect(await events.reduce(0) { count, _ in count + 1 } == 0)
    }
}
