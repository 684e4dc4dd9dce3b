import MessageWire
import Routing
import Testing

/// `gateway.admin`
@Suite struct AdminSettingsTests {
    private static let services = "services: { a: { endpoints: [\"a:1\"] }, orders: { endpoints: [\"b:1\"] } }\n"

    private func admin(_ text: String) throws -> AdminSettings {
        let file = try #require(load("version: 1\ngateway: { admin: \(text) }\n" + Self.services).file)
        return try #require(file.gateway.admin)
    }

    private func errors(_ text: String) -> [String] {
        load("version: 1\ngateway: { admin: \(text) }\n" + Self.services).errors
    }

    @Test func `without the section there is no admin listener`() throws {
        #expect(try #require(load("version: 1\n" + Self.services).file).gateway.admin == nil)
    }

    @Test func `an empty section is the loopback without a token`() throws {
        let admin = try admin("{}")
        #expect("\(admin.address)" == "127.0.0.1:9901")
        #expect(admin.token == nil)
        #expect(admin.ready == .none)
        #expect(admin.page)
        #expect(admin.connections == 64)
        #expect(admin.isLoopback)
    }

    @Test func `everything can be said`() throws {
        let admin = try admin(
            "{ address: \"0.0.0.0:9000\", token: { file: s/admin }, ready: { services: [orders] }, page: false, connections: 3 }"
        )
        #expect("\(admin.address)" == "0.0.0.0:9000")
        #expect(admin.token == .file("s/admin"))
        #expect(admin.ready == .services(["orders"]))
        #expect(!admin.page)
        #expect(admin.connections == 3)
        #expect(!admin.isLoopback)
    }

    @Test(arguments: ["127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1", "LOCALHOST:1", "[::ffff:127.0.0.1]:1"])
    func `an address of this machine needs no token`(address: String) throws {
        #expect(try admin("{ address: \"\(address)\" }").isLoopback)
    }

    @Test(arguments: ["0.0.0.0:9901", "[::]:9901", "192.0.2.1:9901", "localhost.example.com:9901", "127.example.com:1"])
    func `any other address needs one`(address: String) {
        #expect(
            errors("{ address: \"\(address)\" }") == [
                "r.yaml:2:30: the admin address \"\(address)\" can be reached from other machines, and \"admin\" has no "
                    + "\"token\": anybody could reload and drain; add token: { file: NAME }, or listen on 127.0.0.1"
            ])
    }

    @Test func `a token that cannot be read does not count as none`() {
        #expect(
            errors("{ address: \"0.0.0.0:1\", token: {} }") == [
                "r.yaml:2:50: \"token\" takes one of \"file\" and \"sha256\""
            ])
    }

    @Test func `a token in the file is refused and not shown`() {
        #expect(
            errors("{ token: hunter2-hunter2-hunter2 }") == [
                "r.yaml:2:28: \"token\" must be { file: NAME } or { sha256: HEX }: a route file is read by too many to hold "
                    + "a secret"
            ])
        let hash = String(repeating: "ab", count: 31)
        #expect(
            errors("{ token: { sha256: \(hash) } }") == [
                "r.yaml:2:38: \"sha256\" must be the 64 hexadecimal digits of SHA-256: printf %s 'TOKEN' | sha256sum"
            ])
    }

    @Test func `tokens can be hashes, one or several`() throws {
        let hash = String(repeating: "0a", count: 32)
        let bytes = [UInt8](repeating: 10, count: 32)
        #expect(try admin("{ token: { sha256: \(hash) } }").token == .sha256([bytes]))
        #expect(try admin("{ token: { sha256: [\(hash), \(hash)] } }").token == .sha256([bytes, bytes]))
        #expect(errors("{ token: { sha256: [] } }") == ["r.yaml:2:38: \"sha256\" is empty"])
    }

    @Test func `readiness names services that are there`() throws {
        #expect(try admin("{ ready: { services: all } }").ready == .all)
        #expect(try admin("{ ready: { services: none } }").ready == .none)
        #expect(
            errors("{ ready: { services: [order] } }") == [
                "r.yaml:2:41: there is no service \"order\"; did you mean \"orders\"?"
            ])
        #expect(
            errors("{ ready: { services: some } }") == [
                "r.yaml:2:40: \"services\" must be \"all\", \"none\" or a list of services, not \"some\""
            ])
    }

    @Test func `unknown keys are refused by name`() {
        #expect(
            errors("{ adress: \"127.0.0.1:1\" }") == [
                "r.yaml:2:21: unknown key \"adress\" in \"admin\"; did you mean \"address\"?"
            ])
    }

    @Test func `the address of clients is not that of operators`() {
        let text = "version: 1\ngateway: { listen: [\"127.0.0.1:9901\"], admin: {} }\n" + Self.services
        #expect(load(text).errors == ["r.yaml:2:47: the admin address \"127.0.0.1:9901\" stands under \"listen\" too"])
    }

    // MARK: The configuration in force

    @Test func `the configuration in force has every default and no secret`() throws {
        let hash = String(repeating: "0a", count: 32)
        let text = """
            version: 1
            gateway:
              listen: [{ address: "127.0.0.1:8080", proxyProtocol: { from: [10.0.0.0/8] } }]
              trailingSlash: ignore
              admin: { token: { sha256: \(hash) } }
              trustedProxies: [10.0.0.0/8, "2001:db8::/32"]
            services:
              s: { endpoints: ["127.0.0.1:1"], tls: { cert: c.pem, key: k.pem } }
            routes:
              - id: get
                match: GET /x/:id
                send: { service: s, pattern: { cmd: get } }
                use: { guards: [{ Jwt: { secret: hunter2-hunter2-hunter2-hunter2-00, algorithms: [HS256] } }] }
            """
        let file = try #require(load(text).file)
        let effective = file.effective
        let written = effective.serialized()
        #expect(!written.contains("hunter2"))
        #expect(!written.contains(hash))
        #expect(effective["gateway"]?["admin"]?["token"] == ["sha256": ["***"]])
        #expect(effective["gateway"]?["listen"]?[0]?["proxyProtocol"] == ["from": ["10.0.0.0/8"]])
        #expect(effective["routes"]?[0]?["trailingSlash"] == "ignore")
        #expect(effective["gateway"]?["limits"]?["headers"] == "16KiB")
        #expect(effective["gateway"]?["limits"]?["idleTimeout"] == "1m")
        #expect(effective["gateway"]?["shutdown"] == ["notReadyFor": "0s", "drain": "25s"])
        #expect(effective["gateway"]?["trustedProxies"] == ["10.0.0.0/8", "2001:db8::/32"])
        #expect(effective["services"]?["s"]?["pool"]?["queueTimeout"] == "500ms")
        #expect(effective["services"]?["s"]?["timeout"] == ["first": "5s", "idle": "5s", "total": "none"])
        let route = try #require(effective["routes"]?[0])
        #expect(route["match"] == "GET /x/:id")
        #expect(route["send"] == ["service": "s", "pattern": ["cmd": "get"]])
        #expect(route["use"]?["guards"]?[0]?["name"] == "Jwt")
        #expect(route["place"] == "r.yaml:10:5")
    }
}
