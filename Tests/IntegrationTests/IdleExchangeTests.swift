import MicroservicesCore
import NIOCore
import NIOPosix
import NetworkIO
import Routing
import Testing

@testable import MartletGateway

/// Exchanges are used again: what comes late for one request must not reach the next.
@Suite struct IdleExchangeTests {
    private static let text = """
        version: 1
        gateway: { listen: ["127.0.0.1:0"] }
        services: { s: { transport: tcp, endpoints: ["127.0.0.1:1"] } }
        routes:
          - { id: get, match: GET /get, send: { service: s, pattern: get } }

        """

    @Test func `a failure that comes when the request is over leaves nothing behind`() async throws {
        let file = try RouteFile.load(text: Self.text, name: "routes.yaml")
        let configuration = GatewayConfiguration(loops: 1, accessLog: nil)
        let generation = try await Generation(
            RouteFileReading(file), after: nil, enhancers: EnhancerRegistry(), configuration: configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let context = EventLoopContext(eventLoop: loop, index: 0)
        let found = try await loop.submit {
            let worker = GatewayWorker(
                loop: context, generation: generation, openConnections: ConnectionCount(),
                logger: configuration.logger)
            let exchange = worker.takeExchange()
            let id = exchange.id
            worker.give(exchange)
            exchange.replyFailed(.overloaded)
            exchange.requestSent(.none)
            exchange.eventHandedOver()
            let found = (exchange.isBusy(with: id), exchange.code, exchange.status)
            worker.stop().whenComplete { _ in }
            return found
        }.get()
        #expect(found == (false, "", 0))
        try await group.shutdownGracefully()
    }
}
