import ArgumentParser
import Logging
import MartletGateway
import Microservices
import NetworkIO
import Routing
import TestSupport
import Testing

@testable import martlet

/// `martlet demo`: what it says of itself is so.
@Suite struct DemoTests {
    private static let service = NetworkAddress(host: "127.0.0.1", port: 4000)

    private func file(_ listen: String, endpoint: String = "127.0.0.1:3000", routes: String = "") throws -> RouteFile {
        try RouteFile.load(
            text: """
                version: 1
                gateway: { listen: [\(listen)] }
                services: { s: { endpoints: ["\(endpoint)"] } }
                routes:
                  - { id: sum, match: POST /math/sum, send: { service: s, pattern: { cmd: sum } } }
                \(routes)
                """, name: "shop.yaml", variables: DemoPorts(gateway: 9000).variables(service: Self.service))
    }

    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ValidationError)?.message
        }
    }

    @Test(arguments: ["99999", "65536", "-1"])
    func `a port that is none is refused by its option's name`(port: String) {
        for option in ["--port", "--service-port"] {
            let message = #expect(throws: (any Error).self) { try Demo.parse(["\(option)=\(port)"]) }.map {
                Demo.message(for: $0)
            }
            #expect(message?.contains("\(option) must be between 0 (any free port) and 65535, not \(port)") == true)
        }
        #expect(throws: Never.self) { try Demo.parse(["--port", "0", "--service-port", "65535"]) }
    }

    @Test func `the options go before the environment, and that before the defaults`() throws {
        let set = ["MARTLET_DEMO_ADDRESS": "0.0.0.0:81", "MARTLET_DEMO_SERVICE": "localhost:82"]
        let given = DemoPorts(gateway: 1, service: 2) { set[$0] }
        #expect(try given.serviceAddress().description == "127.0.0.1:2")
        #expect(
            given.variables(service: Self.service) == [
                "MARTLET_DEMO_ADDRESS": "127.0.0.1:1", "MARTLET_DEMO_SERVICE": "127.0.0.1:4000",
            ])
        let environment = DemoPorts { set[$0] }
        #expect(try environment.serviceAddress().description == "localhost:82")
        #expect(environment.variables(service: Self.service)["MARTLET_DEMO_ADDRESS"] == nil)
        let bare = DemoPorts { _ in nil }
        #expect(try bare.serviceAddress().description == "127.0.0.1:3000")
        #expect(bare.variables(service: Self.service)["MARTLET_DEMO_ADDRESS"] == "127.0.0.1:8080")
        #expect(throws: ValidationError.self) { try DemoPorts { _ in "nowhere" }.serviceAddress() }
    }

    @Test func `ports that a route file does not take up are refused`() throws {
        let fixed = try file("\"127.0.0.1:8081\", \"[::1]:8082\"")
        let ports = DemoPorts(gateway: 9000, service: 4000)
        #expect(
            refusal { try ports.check(fixed, name: "shop.yaml", service: Self.service) }
                == "--port has no effect: shop.yaml listens on 127.0.0.1:8081, [::1]:8082; leave --port out, "
                + "or write in it `gateway: { listen: [\"${MARTLET_DEMO_ADDRESS}\"] }`")
        #expect(
            refusal { try DemoPorts(service: 4000).check(fixed, name: "shop.yaml", service: Self.service) }
                == "--service-port has no effect: no service of shop.yaml has port 4000; leave --service-port out, "
                + "or write under a service in it `endpoints: [\"${MARTLET_DEMO_SERVICE}\"]`")
        #expect(refusal { try DemoPorts().check(fixed, name: "shop.yaml", service: Self.service) } == nil)
        let open = try file("\"${MARTLET_DEMO_ADDRESS}\"", endpoint: "${MARTLET_DEMO_SERVICE}")
        #expect(refusal { try ports.check(open, name: "shop.yaml", service: Self.service) } == nil)
        let same = try file("\"0.0.0.0:9000\"", endpoint: "localhost:4000")
        #expect(refusal { try ports.check(same, name: "shop.yaml", service: Self.service) } == nil)
    }

    @Test func `the banner shows the route file's addresses, and only what works`() throws {
        let listen = "\"0.0.0.0:0\", { address: \"[::1]:0\", protocols: [h2c] }"
        let mine = DemoBanner(
            file: try file(listen, endpoint: "127.0.0.1:4000"), name: "shop.yaml", service: Self.service)
        #expect(
            mine.text(addresses: ["0.0.0.0:81", "[::1]:82"]) == """
                Demo service on 127.0.0.1:4000, gateway on http://0.0.0.0:81, http://[::1]:82. Try, in another terminal:

                  curl -s --json '[1,2,3]' localhost:81/math/sum                # 6
                  martlet send tcp://127.0.0.1:4000 '{"cmd":"sum"}' '[1,2,3]'   # without HTTP

                Ctrl-C stops both.
                """)
        let other = DemoBanner(file: try file("\"10.0.0.1:0\""), name: "shop.yaml", service: Self.service)
        #expect(
            other.text(addresses: ["10.0.0.1:83"]).hasPrefix(
                "Demo service on 127.0.0.1:4000 (which no service of shop.yaml leads to), gateway on http://10.0.0.1:83. Try"
            ))
        let prior = DemoBanner(
            file: try file("{ address: \"10.0.0.1:0\", protocols: [h2c] }", endpoint: "127.0.0.1:4000"),
            name: "shop.yaml", service: Self.service)
        #expect(
            prior.text(addresses: ["10.0.0.1:83"]).contains(
                "  curl --http2-prior-knowledge -s --json '[1,2,3]' 10.0.0.1:83/math/sum  "))
    }

    @Test func `with port 0 the banner has the ports that the system chose`() async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var demo = try await DemoProcess.start(
            DemoPorts(gateway: 0, service: 0) { _ in nil }, routes: nil,
            GatewayConfiguration(loops: 1, accessLog: nil, logger: logger))
        let (banners, continuation) = AsyncStream.makeStream(of: String.self)
        demo.announce = { continuation.yield($0) }
        let process = demo
        let running = Task { try await process.run() }
        let banner = try #require(await banners.first { _ in true })
        let port = try #require(banner.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\. Try/).flatMap { Int($0.1) })
        #expect(banner.contains("Demo service on 127.0.0.1:\(process.service.address?.port ?? 0), gateway"))
        #expect(banner.contains("curl -s --json '[1,2,3]' localhost:\(port)/math/sum"))
        #expect(banner.split(separator: "localhost:\(port)/").count == 7)
        let client = try await RawConnection.connect(port: port)
        try await client.send("GET /math/sum?values=1&values=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(ParsedResponse.parse(await client.receiveAll()).first?.body == "3")
        running.cancel()
        try await running.value
    }
}
