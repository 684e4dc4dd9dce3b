import Foundation
import TestSupport
import Testing

/// Clients behind a balancer that speaks the PROXY protocol.
@Suite struct ProxyProtocolTests {
    private static let listen = "{ address: \"127.0.0.1:0\", proxyProtocol: { from: [127.0.0.0/8] } }"

    /// A service that answers with the address of the client.
    private func gateway(
        listen: String = ProxyProtocolTests.listen, limits: String = "", gateway more: String = "",
        service: ScriptedServer
    ) async throws -> TestGateway {
        try await TestGateway(
            routes: "  - { id: ip, match: GET /ip, payload: { ip: $request.ip }, send: { service: s, pattern: ip } }",
            servicePorts: [service.port], listen: listen, limits: limits, gateway: more)
    }

    private func withGateway(
        listen: String = ProxyProtocolTests.listen, limits: String = "", gateway more: String = "",
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        let service = try await ScriptedServer()
        let answers = answering(service) { packet, id in
            let address = packet.components(separatedBy: "\"ip\":\"").dropFirst().first?.split(separator: "\"").first
            return value("\"\(address ?? "none")\"", id)
        }
        let gateway = try await gateway(listen: listen, limits: limits, gateway: more, service: service)
        try await body(gateway)
        answers.cancel()
        await gateway.stop()
        await service.stop()
    }

    private let request = "GET /ip HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n"

    /// The address that the service heard; `nil` when the connection ended without an answer.
    private func address(_ gateway: TestGateway, _ bytes: [UInt8], byByte: Bool = false) async throws -> String? {
        let client = try await gateway.connect()
        if byByte {
            for byte in bytes { try? await client.send([byte]) }
        } else {
            try? await client.send(bytes)
        }
        let answers = ParsedResponse.parse(await client.receiveAll())
        return answers.first.map { $0.body }
    }

    private func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) + Array(request.utf8) }

    private func binary(_ command: UInt8, _ family: UInt8, _ block: [UInt8]) -> [UInt8] {
        Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [command, family, 0, UInt8(block.count)] + block + Array(request.utf8)
    }

    @Test func `the client is whom the balancer names, in both versions`() async throws {
        try await withGateway { (gateway: TestGateway) async throws in
            let four = line("PROXY TCP4 192.0.2.7 127.0.0.1 1234 80")
            #expect(try await address(gateway, four) == "\"192.0.2.7\"")
            #expect(try await address(gateway, four, byByte: true) == "\"192.0.2.7\"")
            #expect(try await address(gateway, line("PROXY TCP6 2001:db8::7 ::1 1234 80")) == "\"2001:db8::7\"")
            #expect(
                try await address(gateway, binary(0x21, 0x11, [192, 0, 2, 8, 127, 0, 0, 1, 4, 1, 0, 80]))
                    == "\"192.0.2.8\"")
            #expect(try await address(gateway, binary(0x21, 0x31, [UInt8](repeating: 0, count: 216))) == "\"unix\"")
        }
    }

    @Test func `the balancer's own requests have its address`() async throws {
        try await withGateway { (gateway: TestGateway) async throws in
            #expect(try await address(gateway, line("PROXY UNKNOWN")) == "\"127.0.0.1\"")
            #expect(try await address(gateway, binary(0x20, 0x00, [])) == "\"127.0.0.1\"")
        }
    }

    @Test func `without a header, or with a broken one, there is no answer`() async throws {
        try await withGateway { (gateway: TestGateway) async throws in
            #expect(try await address(gateway, Array(request.utf8)) == nil)
            #expect(try await address(gateway, line("PROXY TCP4 192.0.2.7")) == nil)
            #expect(try await address(gateway, binary(0x21, 0x11, [1, 2, 3])) == nil)
        }
    }

    @Test func `whoever is no balancer gets no answer`() async throws {
        let listen = "{ address: \"127.0.0.1:0\", proxyProtocol: { from: [192.0.2.0/24] } }"
        try await withGateway(listen: listen) { (gateway: TestGateway) async throws in
            #expect(try await address(gateway, line("PROXY TCP4 192.0.2.7 127.0.0.1 1234 80")) == nil)
        }
    }

    @Test func `a header that does not come in time ends the connection`() async throws {
        try await withGateway(limits: "headerTimeout: 100ms") { (gateway: TestGateway) async throws in
            let client = try await gateway.connect()
            try await client.send("PROXY TCP4 ")
            #expect(await client.receiveAll() == "")
        }
    }

    @Test func `the header is for the connection, not for each request`() async throws {
        try await withGateway { (gateway: TestGateway) async throws in
            let client = try await gateway.connect()
            try await client.send(
                "PROXY TCP4 192.0.2.7 127.0.0.1 1 80\r\nGET /ip HTTP/1.1\r\nhost: t\r\n\r\n" + request)
            let answers = ParsedResponse.parse(await client.receiveAll())
            #expect(answers.map(\.body) == ["\"192.0.2.7\"", "\"192.0.2.7\""])
        }
    }

    @Test func `a trusted proxy behind the balancer is asked for its client`() async throws {
        try await withGateway(gateway: "trustedProxies: [192.0.2.7]") { (gateway: TestGateway) async throws in
            let forwarded = "GET /ip HTTP/1.1\r\nhost: t\r\nx-forwarded-for: 198.51.100.9\r\nconnection: close\r\n\r\n"
            let header = Array("PROXY TCP4 192.0.2.7 127.0.0.1 1 80\r\n".utf8)
            #expect(try await address(gateway, header + Array(forwarded.utf8)) == "\"198.51.100.9\"")
        }
    }

    @Test func `the header comes before TLS and before HTTP 2`() async throws {
        let certificate =
            "tls: { cert: \(TestCertificates.path("rsa.pem")), key: \(TestCertificates.path("rsa.key")) }"
        for (tls, scheme) in [(", \(certificate)", "https"), ("", "http")] {
            let listen = "{ address: \"127.0.0.1:0\", proxyProtocol: { from: [127.0.0.1] }\(tls) }"
            try await withGateway(listen: listen) { (gateway: TestGateway) async throws in
                for version in ["--http1.1", scheme == "https" ? "--http2" : "--http2-prior-knowledge"] {
                    let arguments = ["-ks", version, "\(scheme)://127.0.0.1:\(gateway.port)/ip"]
                    let result = try await Command.run("curl", ["--haproxy-protocol"] + arguments)
                    #expect(result.output == "\"127.0.0.1\"", "\(scheme) \(version): \(result)")
                    #expect(try await Command.run("curl", arguments).status != 0)
                }
            }
        }
    }
}
