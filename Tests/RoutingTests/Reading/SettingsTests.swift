import Testing

@testable import Routing

/// What `gateway:` and `services:` can say, and what is refused by name.
@Suite struct SettingsTests {
    @Test func `defaults are those of the format`() {
        let file = load("version: 1\nservices: { math: { endpoints: [\"localhost:3001\"] } }\n").file
        #expect(file?.gateway == .defaults)
        #expect(file?.gateway.listen.map(\.address.description) == ["0.0.0.0:8080"])
        #expect(file?.gateway.limits.uri == 8192)
        #expect(file?.gateway.limits.headers == 16_384)
        #expect(file?.gateway.limits.body == 1 << 20)
        #expect(file?.gateway.limits.pipelined == 32)
        #expect(file?.services.first?.pool == PoolSettings())
        #expect(file?.services.first?.timeout == TimeoutSettings(first: .seconds(5), idle: .seconds(5), total: nil))
        #expect(file?.services.first?.maxAnswerBytes == 16 << 20)
    }

    @Test func `everything can be set`() {
        let text = """
            version: 1
            gateway:
              listen: [ { address: "[::1]:8080", protocols: [http1] }, "0.0.0.0:81" ]
              limits: { uri: 4KiB, headers: 8KiB, headerCount: 50, body: 2MiB, headerTimeout: 1s, bodyTimeout: 2s, idleTimeout: 3s, connections: 4, pipelined: 5 }
              shutdown: { notReadyFor: 0s, drain: 7s }
              trailingSlash: ignore
            services:
              a:
                transport: tcp
                balance: roundRobin
                endpoints: ["a:1", "[::1]:2", "10.0.0.1:3"]
                timeout: { first: 1s, idle: 2s, total: none }
                pool: { min: 1, max: 8, maxInFlightPerConnection: 128, queue: 10, queueTimeout: 1ms, connectTimeout: 2s, idle: 1m }
                limits: { answer: 1MiB }
              b: { endpoints: ["b:1"], timeout: none }
            routes:
              - { id: r, match: GET /r, send: { service: a, pattern: p }, timeout: { total: 9s }, limits: { body: 3KiB }, description: Text, tags: [x, y] }
            """
        let file = load(text).file
        #expect(file?.gateway.listen.map(\.address.description) == ["[::1]:8080", "0.0.0.0:81"])
        #expect(file?.gateway.limits.connections == 4)
        #expect(file?.gateway.shutdown == ShutdownSettings(notReadyFor: .zero, drain: .seconds(7)))
        let service = file?.services.first
        #expect(service?.endpoints.map(\.description) == ["a:1", "[::1]:2", "10.0.0.1:3"])
        #expect(service?.endpoints[1].host == "::1")
        #expect(service?.timeout == TimeoutSettings(first: .seconds(1), idle: .seconds(2), total: nil))
        #expect(service?.pool.max == 8)
        #expect(service?.maxAnswerBytes == 1 << 20)
        #expect(file?.services.last?.timeout == TimeoutSettings(first: nil, idle: nil, total: nil))
        let route = file?.routes.first
        #expect(route?.timeout == TimeoutSettings(first: .seconds(1), idle: .seconds(2), total: .seconds(9)))
        #expect(route?.maxBodyBytes == 3072)
        #expect(route?.summary == "Text")
        #expect(route?.tags == ["x", "y"])
        #expect(route?.ignoresTrailingSlash == true)
    }

    @Test(arguments: [
        "host", "host:", ":80", "host:x", "host:70000", "::1:80", "[::1]", "ho st:1", "host:80/x", "[host]:a",
        "http://a:1", "host:0",
    ])
    func `what is no endpoint is refused`(text: String) {
        #expect(
            load("version: 1\nservices: { a: { endpoints: [\"\(text)\"] } }\n").errors == [
                "r.yaml:2:30: \"\(text)\" is not an endpoint; write host:port or [::1]:port"
            ])
    }

    @Test func `units are compulsory and limits have bounds`() {
        let text = """
            version: 1
            gateway: { limits: { body: 2TiB, uri: 1B, idleTimeout: 0s, connections: 1.5, headerCount: "5" } }
            services: { a: { endpoints: ["a:1"], pool: { min: 3, max: 2, queueTimeout: 40 } } }
            """
        #expect(
            load(text).errors == [
                "r.yaml:2:28: \"body\" must be a size with its unit (B, KiB, MiB, GiB), such as 64KiB, not \"2TiB\"",
                "r.yaml:2:39: \"uri\" must be between 64B and 1MiB, not \"1B\"",
                "r.yaml:2:56: \"idleTimeout\" must be more than nothing and at most 30 days, not \"0s\"",
                "r.yaml:2:73: \"connections\" must be a whole number, not \"1.5\"",
                "r.yaml:2:91: \"headerCount\" must be a whole number, not \"5\"",
                "r.yaml:3:44: the pool's \"min\" (3) is greater than its \"max\" (2)",
                "r.yaml:3:76: \"queueTimeout\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"40\"",
            ])
    }

    @Test func `an unused service is a warning`() {
        #expect(
            load("version: 1\nservices: { a: { endpoints: [\"a:1\"] } }\n").warnings == [
                "r.yaml:1:1: warning: there are no routes", "r.yaml:2:13: warning: no route uses service \"a\"",
            ])
    }

    @Test(arguments: [
        ("schemas: {}", 1), ("gateway: { metrics: {} }", 12),
    ])
    func `what is not built yet is refused by name`(line: String, column: Int) {
        let name = line.split { !$0.isLetter }.last.map(String.init) ?? ""
        #expect(load("version: 1\n\(line)\n").errors == ["r.yaml:2:\(column): \"\(name)\" is not supported yet"])
    }

    @Test(arguments: ["retry", "delivery", "idempotency", "metadata", "schemas", "split", "shadow"])
    func `a route's key that is not built yet is refused by name`(key: String) {
        #expect(
            load(route("GET /x", "    \(key): { any: thing }\n")).errors == [
                "r.yaml:7:5: \"\(key)\" is not supported yet"
            ])
    }

    @Test(arguments: ["retry", "health", "breaker", "metadata"])
    func `a service's key that is not built yet is refused by name`(key: String) {
        #expect(
            load("version: 1\nservices:\n  a:\n    endpoints: [\"a:1\"]\n    \(key): {}\n").errors == [
                "r.yaml:5:5: \"\(key)\" is not supported yet"
            ])
    }

    @Test func `words that are not built yet are refused by name`() {
        let text = """
            version: 1
            gateway: { listen: [ { address: "a:1", protocols: [http1, h2c, http3] } ] }
            services: { a: { endpoints: ["dns://x:1"], balance: leastPending, transport: nats }, b: { endpoints: ["b:1"], transport: tpc } }
            """
        #expect(
            load(text).errors == [
                "r.yaml:2:64: unknown protocol \"http3\"; did you mean \"http1\"?",
                "r.yaml:3:30: \"dns://\" is not supported yet",
                "r.yaml:3:53: \"balance: leastPending\" is not supported yet",
                "r.yaml:3:78: \"transport: nats\" is not supported yet",
                "r.yaml:3:122: \"transport\" must be \"tcp\", not \"tpc\"; did you mean \"tcp\"?",
            ])
    }
}
