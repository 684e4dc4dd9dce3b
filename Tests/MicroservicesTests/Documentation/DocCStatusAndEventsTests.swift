import Logging
import Microservices
import NIOCore
import TestSupport
import Testing

/// The code of the article "Status and events".
@Suite(.timeLimit(.minutes(1)))
struct DocCStatusAndEventsTests {
    private static func watch(_ client: ClientProxy) async {
        for await status in client.status { print(status) }  // connected, disconnected
    }

    private static func listen(_ service: Microservice) async throws {
        let events = service.events
        try await service.start()
        for await event in events {
            if case .listening(let address) = event { print("listening on", address) }
            if case .close = event { break }
        }
    }

    private static func unwrap(_ service: Microservice, _ client: ClientProxy) async throws -> [Int] {
        let listening = try service.unwrap().compactMap { $0.localAddress?.port }
        try await client.connect()
        let connected = try await client.unwrap().compactMap { $0.remoteAddress?.port }
        return listening + connected
    }

    @Test func `status, events and channels are those of the page`() async throws {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, logger: .quiet)
        async let listened: Void = Self.listen(service)
        for await status in service.status where status == .connected { break }
        let port = try #require(service.address?.port)
        let client = ClientProxy(.local(port), logger: .quiet)
        let statuses = client.status
        #expect(try await Self.unwrap(service, client) == [port, port])
        async let watched: Void = Self.watch(client)
        for await status in statuses where status == .connected { break }
        await client.drain()
        await watched
        await service.shutdown()
        try await listened
    }
}
