import Foundation
import Logging
import MartletGateway
import Microservices
import Routing
import TestSupport
import Testing

/// TLS at the edge, spoken to by curl and OpenSSL's own client.
@Suite(.serialized) struct TLSTests {
    private static let ca = TestCertificates.path("ca.pem")

    private static func pair(_ name: String, in folder: String? = nil) -> String {
        let path = { (file: String) in folder.map { $0 + "/" + file } ?? TestCertificates.path(file) }
        return "cert: \"\(path(name + ".pem"))\", key: \"\(path(name + ".key"))\""
    }

    /// A gateway with TLS whose service echoes.
    private func start(
        tls: String = pair("ec"), protocols: String = "[h2, http1]", limits: String = "", loops: Int = 1
    ) async throws -> (TestGateway, Task<Void, any Error>) {
        let server = try await ScriptedServer()
        let task = answering(server) { packet, id in value(Packet.payload(packet), id) }
        let gateway = try await TestGateway(
            routes: standardRoutes
                + "\n  - { id: who, match: GET /who, send: { service: s, pattern: who }, payload: { who: $tls.subject } }",
            servicePorts: [server.port],
            listen: "{ address: \"127.0.0.1:0\", protocols: \(protocols), tls: { \(tls) } }", limits: limits,
            loops: loops)
        return (gateway, task)
    }

    private func curl(_ gateway: TestGateway, _ path: String, _ arguments: String...) async throws -> Command.Result {
        try await Command.run(
            "curl",
            ["-sS", "--max-time", "20", "--cacert", Self.ca, "-w", "|%{http_version}|%{http_code}"] + arguments
                + ["https://localhost:\(gateway.port)\(path)"])
    }

    private func client(_ gateway: TestGateway, _ arguments: String..., input: String = "") async throws -> String {
        let result = try await Command.run(
            "openssl", ["s_client", "-connect", "127.0.0.1:\(gateway.port)", "-CAfile", Self.ca] + arguments,
            input: input)
        return result.output + result.errors
    }

    // MARK: Protocols

    @Test func `ALPN chooses the protocol`() async throws {
        let (gateway, task) = try await start()
        #expect(try await curl(gateway, "/get/7", "--http2").output == "{\"id\":\"7\"}|2|200")
        #expect(try await curl(gateway, "/get/7", "--http1.1").output == "{\"id\":\"7\"}|1.1|200")
        #expect(try await curl(gateway, "/get/7", "--no-alpn").output == "{\"id\":\"7\"}|1.1|200")
        let body = "[" + String(repeating: "1,", count: 200_000) + "1]"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(body.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        for version in ["--http2", "--http1.1"] {
            let answer = try await curl(
                gateway, "/sum", version, "-H", "content-type: application/json", "--data-binary", "@\(file.path)")
            #expect(answer.output.hasPrefix(body))
        }
        await gateway.stop()
        task.cancel()
    }

    /// On every answer: a value, an error, and HTTP/1.1's fast way and its other one.
    @Test(arguments: ["--http2", "--http1.1", "--http1.0"])
    func `browsers are told to believe the type`(version: String) async throws {
        let (gateway, task) = try await start()
        for path in ["/get/7", "/nope"] {
            let answer = try await curl(gateway, path, version, "-i").output
            #expect(answer.components(separatedBy: "x-content-type-options: nosniff\r\n").count == 2, "\(answer)")
        }
        await gateway.stop()
        task.cancel()
    }

    @Test func `a client with no protocol in common is turned away`() async throws {
        let (gateway, task) = try await start(protocols: "[h2]")
        #expect(try await client(gateway, "-alpn", "http/1.1").contains("no application protocol"))
        #expect(try await client(gateway, "-alpn", "http/1.1,h2").contains("ALPN protocol: h2"))
        await gateway.stop()
        task.cancel()
    }

    @Test func `HTTP without TLS is told so`() async throws {
        let (gateway, task) = try await start()
        for method in ["GET", "DELETE", "OPTIONS", "PRI"] {
            let request = "\(method) /get/1 HTTP/1.1\r\nhost: t\r\n\r\n"
            let answer = try #require(try await gateway.exchange(request, halfClose: false).first)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"code\":\"tls_required\""))
        }
        await gateway.stop()
        task.cancel()
    }

    @Test func `old versions are refused, renegotiation is`() async throws {
        let (gateway, task) = try await start()
        #expect(try await client(gateway, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0").contains("alert protocol version"))
        #expect(try await client(gateway, "-tls1_2").contains("Protocol  : TLSv1.2"))
        #expect(try await client(gateway, "-tls1_2", input: "R\n").contains("no renegotiation"))
        #expect(try await client(gateway, "-tls1_3").contains("TLSv1.3"))
        await gateway.stop()
        task.cancel()
        let (strict, other) = try await start(tls: Self.pair("ec") + ", minVersion: \"1.3\"")
        #expect(try await client(strict, "-tls1_2").contains("alert protocol version"))
        await strict.stop()
        other.cancel()
    }

    @Test func `the end is said before the connection is closed`() async throws {
        let (gateway, task) = try await start()
        let answer = try await client(
            gateway, "-quiet", "-no_ign_eof",
            input: "GET /get/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        #expect(!answer.contains("unexpected eof"))
        await gateway.stop()
        task.cancel()
    }

    @Test func `a handshake that does not go on is ended`() async throws {
        let (gateway, task) = try await start(limits: "handshakeTimeout: 300ms")
        let raw = try await gateway.connect()
        try await raw.send([0x16, 3, 1])
        _ = await raw.receiveAll()
        let silent = try await gateway.connect()
        _ = await silent.receiveAll()
        #expect(await gateway.gateway.metrics().handshakesFailed == 2)
        await gateway.stop()
        task.cancel()
    }

    // MARK: Certificates

    @Test func `the name that is asked for chooses the certificate, the client the kind of key`() async throws {
        let (gateway, task) = try await start(
            tls: "certificates: [ { \(Self.pair("ec")) }, { \(Self.pair("rsa")) }, { \(Self.pair("wild")) } ]")
        let issuers = try await client(gateway, "-showcerts")
        #expect(issuers.ranges(of: "BEGIN CERTIFICATE").count == 1)
        func subject(_ arguments: String...) async throws -> String {
            let result = try await Command.run(
                "openssl", ["s_client", "-connect", "127.0.0.1:\(gateway.port)", "-CAfile", Self.ca] + arguments)
            let lines = result.output.split(separator: "\n")
            let subject = lines.first { $0.hasPrefix("subject=") } ?? ""
            let kind = lines.first { $0.hasPrefix("Peer signature type: ") } ?? ""
            return subject.dropFirst(8) + " " + kind.dropFirst(21)
        }
        #expect(try await subject("-noservername") == "CN = localhost ECDSA")
        #expect(try await subject("-servername", "LOCALHOST") == "CN = localhost ECDSA")
        #expect(
            try await subject("-servername", "localhost", "-sigalgs", "rsa_pss_rsae_sha256") == "CN = localhost RSA-PSS"
        )
        #expect(try await subject("-servername", "a.example.test") == "CN = *.example.test ECDSA")
        #expect(try await subject("-servername", "a.b.example.test") == "CN = localhost ECDSA")
        #expect(try await subject("-servername", "unknown.test") == "CN = localhost ECDSA")
        await gateway.stop()
        task.cancel()
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `sessions are resumed on whatever loop`(version: String) async throws {
        let (gateway, task) = try await start(loops: 2)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let request = "GET /get/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        let first = try await client(gateway, version, "-ign_eof", "-sess_out", file, input: request)
        #expect(first.contains("New, TLS"))
        for _ in 0..<6 {
            #expect(
                try await client(gateway, version, "-ign_eof", "-sess_in", file, input: request).contains("Reused, TLS")
            )
        }
        let metrics = await gateway.gateway.metrics()
        #expect(metrics.handshakesSucceeded == 7 && metrics.handshakesResumed == 6)
        await gateway.stop()
        task.cancel()
    }

    @Test func `clients show who they are`() async throws {
        let ca = "clientCA: \"\(Self.ca)\""
        let shown = ["--cert", TestCertificates.path("client.pem"), "--key", TestCertificates.path("client.key")]
        let (gateway, task) = try await start(tls: "\(Self.pair("ec")), \(ca)")
        for version in ["--http2", "--http1.1"] {
            #expect(
                try await curl(gateway, "/who", version, shown[0], shown[1], shown[2], shown[3]).output
                    .hasPrefix("{\"who\":\"CN=client,O=Example\"}"))
        }
        #expect(try await curl(gateway, "/who").status != 0)
        await gateway.stop()
        task.cancel()
        let (optional, other) = try await start(tls: "\(Self.pair("ec")), \(ca), clientCertificate: optional")
        #expect(try await curl(optional, "/who").output.hasPrefix("{}"))
        await optional.stop()
        other.cancel()
    }

    @Test func `a new certificate is for new connections, a bad one for none`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func put(_ name: String) throws {
            for kind in ["pem", "key"] {
                let file = folder.appendingPathComponent("now.\(kind)")
                try? FileManager.default.removeItem(at: file)
                try FileManager.default.copyItem(atPath: TestCertificates.path("\(name).\(kind)"), toPath: file.path)
            }
        }
        try put("ec")
        let (gateway, task) = try await start(tls: Self.pair("now", in: folder.path))
        #expect(try await client(gateway).contains("subject=CN = localhost"))
        try put("wild")
        #expect(try await client(gateway).contains("subject=CN = localhost"))
        gateway.gateway.reloadCertificates()
        #expect(try await client(gateway).contains("subject=CN = *.example.test"))
        try Data("no certificate".utf8).write(to: folder.appendingPathComponent("now.pem"))
        gateway.gateway.reloadCertificates()
        #expect(try await client(gateway).contains("subject=CN = *.example.test"))
        await gateway.stop()
        task.cancel()
    }

    @Test func `a certificate that cannot be used is named with its place, and nothing starts`() async throws {
        await #expect {
            _ = try await start(tls: Self.pair("expired"))
        } throws: { error in
            "\(error)".hasPrefix("test.yaml:3:") && "\(error)".contains("expired.pem expired on 2026-11-24")
        }
    }

    // MARK: Services

    /// A service over TLS and a gateway to it.
    private func startSecureService(
        _ change: (inout ServerTLSOptions) -> Void = { _ in }, tls: String
    ) async throws -> (Microservice, TestGateway) {
        var options = ServerTLSOptions(
            certificate: .file(TestCertificates.path("ec.pem")), key: .file(TestCertificates.path("ec.key")))
        change(&options)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, tls: options), eventLoopCount: 1, logger: logger)
        service.onMessage(["cmd": "get"]) { (data: [String: String], _) in data["id"] ?? "" }
        try await service.start()
        let port = try #require(service.address?.port)
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [port],
            service: "tls: { \(tls) }, timeout: 30s, pool: { queueTimeout: 30s, connectTimeout: 10s }")
        return (service, gateway)
    }

    @Test(arguments: [
        ("ca", 200), ("ca, serverName: localhost", 200), ("ca, serverName: other.test", 503), ("", 503),
        ("insecure: true", 200), ("ca, minVersion: \"1.3\"", 200),
    ])
    func `a service's certificate is verified`(tls: String, status: Int) async throws {
        let settings = tls.replacing("ca", with: "ca: \"\(Self.ca)\"", maxReplacements: tls.hasPrefix("ca") ? 1 : 0)
        let (service, gateway) = try await startSecureService(tls: settings)
        let answer = try await gateway.exchange(Ask.get("/get/7")).first
        #expect(answer?.status == status)
        if status == 200 { #expect(answer?.body == "\"7\"") }
        await gateway.stop()
        await service.shutdown()
    }

    @Test func `a service may ask the gateway who it is`() async throws {
        let ca = "ca: \"\(Self.ca)\""
        let asking: (inout ServerTLSOptions) -> Void = { $0.clientCA = [.file(Self.ca)] }
        let (service, gateway) = try await startSecureService(asking, tls: "\(ca), \(Self.pair("client"))")
        #expect(try await gateway.exchange(Ask.get("/get/7")).first?.status == 200)
        await gateway.stop()
        await service.shutdown()
    }

    @Test func `a client proxy speaks TLS as well`() async throws {
        let (service, gateway) = try await startSecureService(tls: "insecure: true")
        var options = ClientTLSOptions()
        options.ca = [.file(Self.ca)]
        let port = try #require(service.address?.port)
        let client = ClientProxy(try ClientConfiguration(host: "localhost", port: port).secured(by: options))
        let answer: String = try await client.send(["cmd": "get"], ["id": "9"]).decoded()
        #expect(answer == "9")
        await client.close()
        await gateway.stop()
        await service.shutdown()
    }
}
