import Configuration
import Foundation
import Logging
import MartletGateway
import Microservices
import Routing
import ServiceLifecycle
import TestSupport
import Testing
import UnixSignals

/// NestJS's hybrid application, and the code of docs/hybrid-application.md: an HTTP gateway and microservices in one process, in one service group.
@Suite(.timeLimit(.minutes(1)))
struct HybridApplicationTests {
    @Test func `requests go through the gateway to both services, which answer other callers as well`() async throws {
        try await HybridApplication.run { application in
            let order = try await application.curl("/orders/7")
            #expect(order.output == #"{"id":"7","state":"packed"} 200"#)
            let stock = try await application.curl("/stock", "--json", #"{"sku":"x"}"#)
            #expect(stock.output == #"{"sku":"x","count":3} 200"#)
            let paid = try await application.curl("/orders/7/paid", "--json", "{}")
            #expect(paid.output.hasSuffix("202"))
            await application.events.wait(for: "paid")

            let port = try #require(application.orders.address?.port)
            let client = ClientProxy(
                ClientConfiguration(host: "127.0.0.1", port: port), logger: CollectedLog().logger)
            let direct: [String: String] = try await client.send(["cmd": "order"], ["id": "8"]).decoded()
            #expect(direct == ["id": "8", "state": "packed"])
            await client.close()
        }
    }

    @Test func `the snippet of the page is compiled here`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/hybrid-application.md"), encoding: .utf8)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let lines = Set(source.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
        let snippet = page.components(separatedBy: "<!-- snippet: hybrid -->\n```swift\n")[1]
        for line in snippet.components(separatedBy: "```")[0].split(separator: "\n") {
            #expect(lines.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
        }
    }

    @Test func `the gateway drains before its services, and what is in flight is answered`() async throws {
        let log = try await HybridApplication.run { application in
            async let answer = application.curl("/slow")
            await application.events.wait(for: "slow begins")
            await application.group.triggerGracefulShutdown()
            try await eventually("the gateway stops accepting") {
                application.log.contains("stopped accepting, finishing requests in flight")
            }
            // The services are still there for what the gateway has begun, and for everybody else.
            let port = try #require(application.stock.address?.port)
            let client = ClientProxy(
                ClientConfiguration(host: "127.0.0.1", port: port), logger: CollectedLog().logger)
            let count: JSONValue = try await client.send(["cmd": "stock"], ["sku": "x"]).decoded()
            #expect(count["count"] == 3)
            await client.close()
            application.events.note("slow may end")
            #expect(try await answer.output == #""done" 200"#)
        }
        let steps = log.lines.filter {
            $0.hasPrefix("notice stopped accepting") || $0.hasPrefix("notice stopped ")
                || $0.hasPrefix("info microservice stop")
        }
        .map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
        #expect(
            steps == [
                "notice stopped accepting,", "notice stopped cut_off=0", "info microservice stops",
                "info microservice stopped", "info microservice stops", "info microservice stopped",
            ])
    }
}

/// The example of docs/hybrid-application.md on ports of the system's choice.
private struct HybridApplication {
    let orders: Microservice
    let stock: Microservice
    let group: ServiceGroup
    let log: CollectedLog
    /// What handlers note and wait for.
    let events: Recorder
    let port: Int

    /// Runs it as one service group until the body is through.
    ///
    /// - Returns: What the whole had to say.
    @discardableResult
    static func run(_ body: (HybridApplication) async throws -> Void) async throws -> CollectedLog {
        let (log, events) = (CollectedLog(), Recorder())
        let logger = log.logger
        let orders = Microservice(transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, logger: logger)
        orders.onMessage(["cmd": "order"]) { (query: JSONValue, context) in
            ["id": query["id"] ?? .null, "state": "packed"] as JSONValue
        }
        orders.onMessage(["cmd": "slow"]) { (_: JSONValue?, context) async in
            events.note("slow begins")
            await events.wait(for: "slow may end")
            return "done"
        }
        orders.onEvent("order_paid") { (_: JSONValue, context) in events.note("paid") }

        let options = InMemoryProvider(values: ["stock.host": "127.0.0.1", "stock.port": 0])
        let config = ConfigReader(provider: options)
        let stock = try Microservice(config: config.scoped(to: "stock"), eventLoopCount: 1, logger: logger)
        stock.onMessage(["cmd": "stock"]) { (query: JSONValue, context) in
            ["sku": query["sku"] ?? .null, "count": 3] as JSONValue
        }

        let gateway = LateGateway(services: [orders, stock], logger: logger)
        // Stopped in the reverse order: the gateway first, and when it has drained, its services.
        let group = ServiceGroup(services: [orders, stock, gateway], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try await gateway.port()
            try await body(
                HybridApplication(
                    orders: orders, stock: stock, group: group, log: log, events: events, port: port))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return log
    }

    /// What curl prints for a path: the body, a blank and the status.
    func curl(_ path: String, _ arguments: String...) async throws -> Command.Result {
        try await Command.run(
            "curl",
            ["-sS", "--max-time", "30", "-w", " %{http_code}"] + arguments + ["http://127.0.0.1:\(port)\(path)"])
    }
}

/// A gateway whose route file is written when the ports of the services are known.
private struct LateGateway: ServiceLifecycle.Service {
    let services: [Microservice]
    let logger: Logger
    private let ports = AsyncStream.makeStream(of: Int.self)

    init(services: [Microservice], logger: Logger) {
        self.services = services
        self.logger = logger
    }

    func port() async throws -> Int {
        for await port in ports.stream { return port }
        throw NeverStarted()
    }

    struct NeverStarted: Error {}

    func run() async throws {
        defer { ports.continuation.finish() }
        try await eventually("the services listen") { services.allSatisfy { $0.address != nil } }
        let addresses = services.map { $0.address?.description ?? "" }
        let text = """
            version: 1
            gateway:
              listen: ["127.0.0.1:0"]
            services:
              orders: { transport: tcp, endpoints: ["\(addresses[0])"], \(patient) }
              stock: { transport: tcp, endpoints: ["\(addresses[1])"], \(patient) }
            routes:
              - { id: order, match: GET /orders/:id, send: { service: orders, pattern: { cmd: order } } }
              - { id: paid, match: POST /orders/:id/paid, emit: { service: orders, pattern: order_paid } }
              - { id: slow, match: GET /slow, send: { service: orders, pattern: { cmd: slow } } }
              - { id: stock, match: POST /stock, send: { service: stock, pattern: { cmd: stock } } }
            """
        let routes = try RouteFile.load(text: text, name: "routes.yaml")
        let gateway = Gateway(
            routes: routes, configuration: GatewayConfiguration(loops: 1, accessLog: nil, logger: logger))
        try await gateway.run { addresses in
            if let port = addresses.first?.split(separator: ":").last.flatMap({ Int($0) }) {
                ports.continuation.yield(port)
            }
        }
    }
}

/// The code of the page; never run, since its ports are fixed.
private func page(logger: Logger) async throws {
    let config = ConfigReader(provider: EnvironmentVariablesProvider())

    let orders = Microservice(transport: .tcp(port: 3001), logger: logger)
    orders.onMessage(["cmd": "order"]) { (query: JSONValue, context) in
        ["id": query["id"] ?? .null, "state": "packed"] as JSONValue
    }

    let stock = try Microservice(config: config.scoped(to: "stock"), logger: logger)
    stock.onMessage(["cmd": "stock"]) { (query: JSONValue, context) in
        ["sku": query["sku"] ?? .null, "count": 3] as JSONValue
    }

    let gateway = try Gateway(routesAt: "routes.yaml", configuration: GatewayConfiguration(logger: logger))

    try await ServiceGroup(
        services: [orders, stock, gateway], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
}
