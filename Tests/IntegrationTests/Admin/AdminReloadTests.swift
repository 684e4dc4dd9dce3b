import Foundation
import Logging
import MessageWire
import TestSupport
import Testing

@testable import MartletGateway

/// What operators change through the admin listener of a gateway whose routes are files.
@Suite struct AdminReloadTests {
    private static func routes(_ ids: String..., admin: String = "address: \"127.0.0.1:0\"") -> String {
        """
        version: 1
        gateway:
          listen: ["127.0.0.1:0"]
          admin: { \(admin) }
        services:
          s: { endpoints: ["127.0.0.1:1", "127.0.0.1:2"], timeout: 30s }
        routes:
        \(ids.map { "  - { id: \($0), match: GET /\($0), send: { service: s, pattern: \($0) } }" }.joined(separator: "\n"))

        """
    }

    /// A gateway whose route file can be written anew.
    private struct Started {
        let gateway: Gateway
        let admin: AdminProbe
        let path: String

        init(_ text: String, log: CollectedLog? = nil) async throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("admin-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            path = folder.appendingPathComponent("routes.yaml").path
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            var quiet = Logger(label: "test")
            quiet.logLevel = .critical
            var configuration = GatewayConfiguration(loops: 1, accessLog: nil, logger: log?.logger ?? quiet)
            configuration.logSettings = LogSettings()
            gateway = try Gateway(routesAt: path, configuration: configuration)
            try await gateway.start()
            let address = try #require(gateway.adminAddress)
            admin = AdminProbe(port: try #require(address.split(separator: ":").last.flatMap { Int($0) }))
        }

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

        func stop() async {
            await gateway.shutdown()
            try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
        }
    }

    @Test func `a reload puts new routes in force, and keeps the old ones when the new are wrong`() async throws {
        let started = try await Started(Self.routes("a"))
        try started.write(Self.routes("a", "b"))
        let taken = try await started.admin.post("/reload")
        #expect(taken.status == 200)
        #expect(taken.json?["generation"] == 2)
        #expect(try await started.admin.get("/routes").json?[1]?["id"] == "b")
        try started.write(Self.routes("a").replacingOccurrences(of: "service: s,", with: "service: t,"))
        let refused = try await started.admin.post("/reload")
        #expect(refused.status == 422)
        #expect(refused.json?["code"] == "reload_refused")
        let error = try #require(refused.json?["errors"]?[0]?.stringValue)
        #expect(error.contains("routes.yaml:8:"))
        #expect(refused.json?["generation"] == 2)
        #expect(try await started.admin.get("/routes").json?[1]?["id"] == "b")
        let reload = try await started.admin.get("/status").json?["reload"]
        #expect(reload?["lastSucceeded"] == false)
        #expect(reload?["succeeded"] == 1)
        #expect(reload?["failed"] == 1)
        await started.stop()
    }

    @Test func `a reload takes the policy of readiness, and says that the rest needs a restart`() async throws {
        let log = CollectedLog()
        let started = try await Started(Self.routes("a"), log: log)
        #expect(try await started.admin.get("/readyz").status == 200)
        try started.write(Self.routes("a", admin: "address: \"127.0.0.1:0\", ready: { services: all }"))
        #expect(try await started.admin.post("/reload").status == 200)
        #expect(try await started.admin.get("/readyz").status == 503)
        try started.write(Self.routes("a", admin: "address: \"127.0.0.1:0\", page: false"))
        #expect(try await started.admin.post("/reload").status == 200)
        #expect(try await started.admin.get("/").status == 200)
        try await eventually("it is said") {
            log.contains("gateway.admin has changed; only its ready policy is taken without a restart")
        }
        await started.stop()
    }

    @Test func `an endpoint stays drained through a reload`() async throws {
        let started = try await Started(Self.routes("a"))
        #expect(try await started.admin.post("/services/s/endpoints/127.0.0.1:2/drain").status == 200)
        // Another time-out makes another pool.
        try started.write(Self.routes("a", "b").replacingOccurrences(of: "timeout: 30s", with: "timeout: 31s"))
        #expect(try await started.admin.post("/reload").status == 200)
        try await eventually("it is drained") {
            try await started.admin.get("/services").json?[0]?["endpoints"]?[1]?["state"] == "drained"
        }
        #expect(try await started.admin.get("/services").json?[0]?["endpoints"]?[0]?["state"] != "drained")
        await started.stop()
    }

    @Test func `what a reload brings is drained at once, what it takes can be undrained`() async throws {
        let started = try await Started(Self.routes("a"))
        let path = "/services/s/endpoints/127.0.0.1:2"
        #expect(try await started.admin.post(path + "/drain").status == 200)
        try started.write(Self.routes("a", "b").replacingOccurrences(of: "timeout: 30s", with: "timeout: 31s"))
        #expect(await started.gateway.reload(cause: "test").isApplied)
        let state = await started.gateway.metrics().services[0].endpoints.first { $0.address == "127.0.0.1:2" }?.state
        #expect(state == .draining)
        try started.write(Self.routes("a").replacingOccurrences(of: "127.0.0.1:2", with: "127.0.0.1:3"))
        #expect(await started.gateway.reload(cause: "test").isApplied)
        #expect(try await started.admin.post(path + "/undrain").status == 200)
        #expect(try await started.admin.post(path + "/undrain").status == 404)
        try started.write(Self.routes("a"))
        #expect(await started.gateway.reload(cause: "test").isApplied)
        let states = await started.gateway.metrics().services[0].endpoints.map(\.state)
        #expect(!states.contains(.draining))
        await started.stop()
    }

    @Test func `metrics are those of the gateway`() async throws {
        let started = try await Started(Self.routes("a"))
        let metrics = try await started.admin.get("/metrics")
        #expect(metrics.status == 200)
        #expect(metrics.fields["content-type"]?.hasPrefix("text/plain") == true)
        #expect(metrics.body.contains("# TYPE martlet_"))
        await started.stop()
    }

    @Test func `the log level is that of the gateway's loggers`() async throws {
        let started = try await Started(Self.routes("a"))
        #expect(try await started.admin.get("/log-level").json == ["level": "notice"])
        #expect(try await started.admin.put("/log-level", body: "debug").json == ["level": "debug"])
        #expect(started.gateway.configuration.logSettings.level == .debug)
        #expect(try await started.admin.put("/log-level", body: "loud").status == 400)
        #expect(try await started.admin.get("/log-level").json == ["level": "debug"])
        await started.stop()
    }
}

extension AdminProbe {
    func put(_ path: String, body: String) async throws -> Answer {
        let client = try await connect()
        try await client.send(
            "PUT \(path) HTTP/1.1\r\nhost: localhost\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
        )
        let answer = try #require(ParsedResponse.parse(await client.receiveAll()).first)
        return Answer(status: answer.status, fields: answer.fields, body: answer.body)
    }
}
