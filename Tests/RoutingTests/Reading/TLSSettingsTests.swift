import Routing
import Testing

@Suite struct TLSSettingsTests {
    private func listener(_ text: String) throws -> ListenerSettings {
        let file = try #require(load("version: 1\ngateway: { listen: [ \(text) ] }\n").file)
        return try #require(file.gateway.listen.first)
    }

    private func errors(listener text: String) -> [String] {
        load("version: 1\ngateway: { listen: [ \(text) ] }\n").errors
    }

    private func service(_ tls: String) -> (file: RouteFile?, errors: [String]) {
        let result = load("version: 1\nservices: { a: { endpoints: [\"a:1\"], tls: \(tls) } }\n")
        return (result.file, result.errors)
    }

    // MARK: Protocols

    @Test func `a listener without TLS speaks both versions unless it says otherwise`() throws {
        #expect(try listener("\"127.0.0.1:80\"").protocols == [.http1, .h2c])
        #expect(try listener("{ address: \"127.0.0.1:80\", protocols: [http1] }").protocols == [.http1])
        #expect(try listener("{ address: \"127.0.0.1:80\", protocols: h2c }").protocols == [.h2c])
    }

    @Test func `a listener with TLS speaks both versions unless it says otherwise`() throws {
        let tls = "tls: { cert: a.pem, key: a.key }"
        #expect(try listener("{ address: \"127.0.0.1:80\", \(tls) }").protocols == [.http1, .h2])
        #expect(try listener("{ address: \"127.0.0.1:80\", protocols: [h2], \(tls) }").protocols == [.h2])
    }

    @Test func `a protocol that does not fit the listener is an error`() {
        #expect(
            errors(listener: "{ address: \"a:1\", protocols: [h2] }") == [
                "r.yaml:2:52: \"h2\" is HTTP/2 over TLS, and this listener has no \"tls\"; write \"h2c\""
            ])
        #expect(
            errors(listener: "{ address: \"a:1\", protocols: [h2c], tls: { cert: a, key: b } }") == [
                "r.yaml:2:52: \"h2c\" is HTTP/2 without TLS, and this listener has \"tls\"; write \"h2\""
            ])
    }

    // MARK: Listeners

    @Test func `files are named from where the route file stands`() throws {
        let tls = try #require(
            try listener(
                """
                { address: "a:1", tls: { cert: c/a.pem, key: /k/a.key, certificates: [ { cert: b.pem, key: b.key } ],
                  clientCA: ca.pem, clientCertificate: optional, minVersion: "1.3", ciphers: AES } }
                """
            ).tls)
        #expect(tls.certificates.map(\.cert) == ["c/a.pem", "b.pem"])
        #expect(tls.certificates.map(\.key) == ["/k/a.key", "b.key"])
        #expect(tls.clientCA == "ca.pem")
        #expect(!tls.requiresClientCertificate)
        #expect(tls.minVersion == .tls13)
        #expect(tls.ciphers == "AES")
    }

    @Test(arguments: [
        ("{}", "r.yaml:2:45: \"tls\" needs \"cert\" and \"key\", or \"certificates\""),
        ("{ cert: a }", "r.yaml:2:45: \"cert\" needs its \"key\""),
        ("{ key: a }", "r.yaml:2:45: \"key\" needs its \"cert\""),
        ("{ certificates: [] }", "r.yaml:2:61: \"certificates\" must be a list of { cert, key }, not a list"),
        ("{ certificates: [ {} ] }", "r.yaml:2:63: a certificate needs \"cert\" and \"key\""),
        (
            "{ cert: a, key: b, clientCertificate: optional }",
            "r.yaml:2:83: \"clientCertificate\" says nothing without \"clientCA\""
        ),
        (
            "{ cert: a, key: b, minVersion: 1.1 }",
            "r.yaml:2:76: \"minVersion\" must be one of \"1.2\", \"1.3\", not \"1.1\"; did you mean \"1.2\"?"
        ),
        (
            "{ cert: a, key: b, certs: 1 }",
            "r.yaml:2:64: unknown key \"certs\" in the listener's \"tls\"; did you mean \"cert\"?"
        ),
    ])
    func `what is wrong with a listener's TLS is said with its place`(tls: String, message: String) {
        #expect(errors(listener: "{ address: \"a:1\", tls: \(tls) }") == [message])
    }

    // MARK: Services

    @Test func `a service's TLS names whom to believe and what to show`() throws {
        let plain = service("{}")
        #expect(plain.file?.services.first?.tls?.isInsecure == false)
        let full = service("{ ca: ca.pem, cert: c.pem, key: c.key, serverName: users.internal, minVersion: 1.3 }")
        let tls = try #require(full.file?.services.first?.tls)
        #expect(tls.ca == "ca.pem")
        #expect(tls.certificate?.key == "c.key")
        #expect(tls.serverName == "users.internal")
        #expect(tls.minVersion == .tls13)
        #expect(service("{ insecure: true }").file?.services.first?.tls?.isInsecure == true)
    }

    @Test func `a CA that nobody looks at is an error`() {
        #expect(
            service("{ insecure: true, ca: a }").errors == [
                "r.yaml:2:43: \"ca\" says nothing with \"insecure: true\", which believes any certificate"
            ])
    }

    /// It would switch the check of the name off.
    @Test func `an empty server name is an error`() {
        #expect(
            service("{ ca: a, serverName: \"\" }").errors == [
                "r.yaml:2:64: \"serverName\" is empty; leave it out for the endpoint's host"
            ])
    }

    // MARK: Limits

    @Test func `HTTP 2's limits have defaults and can be set`() throws {
        #expect(GatewayLimits.defaults.streams == 128)
        #expect(GatewayLimits.defaults.requestsPerConnection == nil)
        let text = """
            version: 1
            gateway:
              limits: { streams: 7, requestsPerConnection: 100, handshakeTimeout: 2s }
              http2: { window: 128KiB, connectionWindow: 2MiB, resets: 50, idleFrames: 100 }
            """
        let limits = try #require(load(text).file?.gateway.limits)
        #expect(limits.streams == 7)
        #expect(limits.requestsPerConnection == 100)
        #expect(limits.handshakeTimeout == .seconds(2))
        #expect(limits.http2.window == 128 << 10)
        #expect(limits.http2.connectionWindow == 2 << 20)
        #expect(limits.http2.resets == 50)
        #expect(limits.http2.idleFrames == 100)
    }

    // MARK: References

    @Test func `the subject of the client's certificate can be mapped`() {
        let file = load(
            "version: 1\nservices: { a: { endpoints: [\"a:1\"] } }\nroutes:\n"
                + "  - { id: r, match: GET /x, send: { service: a, pattern: p }, payload: { who: $tls.subject } }\n"
        ).file
        #expect(TestRequest("GET /x").payload(of: file) == "{\"who\":\"CN=test\"}")
    }

    @Test func `other facts of the TLS connection do not exist`() {
        let result = load(
            "version: 1\nservices: { a: { endpoints: [\"a:1\"] } }\nroutes:\n"
                + "  - { id: r, match: GET /x, send: { service: a, pattern: p }, payload: { who: $tls.sbject } }\n")
        #expect(result.errors == ["r.yaml:4:79: \"$tls.sbject\" does not exist; did you mean \"subject\"?"])
    }
}
