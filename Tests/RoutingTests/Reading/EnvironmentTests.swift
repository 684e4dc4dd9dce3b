import Testing

@testable import Routing

/// Rule 12.
@Suite struct EnvironmentTests {
    private func payload(_ text: String, _ environment: [String: String] = [:]) -> LoadResult {
        load(route("GET /x", "    payload:\n      - \(text)\n"), environment: environment)
    }

    private func rendered(_ text: String, _ environment: [String: String] = [:]) -> String {
        TestRequest("GET /x").payload(of: payload(text, environment).file)
    }

    @Test func `a variable is replaced inside a scalar`() {
        #expect(rendered("${A}", ["A": "b"]) == #"["b"]"#)
        #expect(rendered("\"x-${A}-${B}-y\"", ["A": "1", "B": ""]) == #"["x-1--y"]"#)
    }

    @Test func `defaults and messages`() {
        #expect(rendered("\"${A:-b c}\"") == #"["b c"]"#)
        #expect(rendered("\"${A:-b}\"", ["A": ""]) == #"["b"]"#)
        #expect(rendered("\"${A:-b}\"", ["A": "c"]) == #"["c"]"#)
        #expect(rendered("\"${A:-}\"") == #"[""]"#)
        #expect(rendered("\"${A:?no A}\"", ["A": "c"]) == #"["c"]"#)
        #expect(
            payload("\"${A:?set A to the key}\"").errors == ["r.yaml:8:9: environment variable A: set A to the key"])
    }

    @Test func `a missing variable is an error with its place`() {
        #expect(
            payload("${A}").errors == [
                "r.yaml:8:9: environment variable A is not set; \"${A:-default}\" gives it a default"
            ])
    }

    @Test func `what is no variable is an error`() {
        #expect(payload("\"${}\"").errors.first?.contains("does not name an environment variable") == true)
        #expect(payload("\"${1A}\"").errors.first?.contains("does not name an environment variable") == true)
        #expect(
            payload("\"${A+b}\"").errors.first?.contains("is not one of ${NAME}, ${NAME:-default}, ${NAME:?message}")
                == true)
        #expect(payload("\"${A\"").errors.first?.contains("has no closing \"}\"") == true)
    }

    @Test func `a doubled dollar is a literal one`() {
        #expect(rendered("\"$${A}\"", ["A": "b"]) == #"["${A}"]"#)
        #expect(rendered("\"$$path.x\"") == #"["$path.x"]"#)
        #expect(rendered("\"a $ b $1\"") == #"["a $ b $1"]"#)
    }

    @Test func `a value never adds structure, a number or a reference`() {
        #expect(rendered("${A}", ["A": "1, 2"]) == #"["1, 2"]"#)
        #expect(rendered("${A}", ["A": "12"]) == #"["12"]"#)
        #expect(rendered("${A}", ["A": "null"]) == #"["null"]"#)
        #expect(rendered("${A}", ["A": "$request.id"]) == #"["$request.id"]"#)
        #expect(rendered("${A}", ["A": "${B}", "B": "no"]) == #"["${B}"]"#)
        #expect(
            payload("$request.${A}", ["A": "id"]).errors == [
                "r.yaml:8:9: a reference cannot hold environment variables; write \"$$\" for a literal dollar"
            ])
    }

    @Test func `settings take values from the environment`() {
        let text = """
            version: 1
            gateway: { listen: ["${ADDRESS:-127.0.0.1:0}"], limits: { body: "${BODY}", headerCount: "${COUNT}" } }
            services: { math: { endpoints: ["${HOST}:3001"], timeout: "${WAIT:-3s}" } }
            """
        let file = load(text, environment: ["HOST": "svc", "BODY": "2MiB", "COUNT": "7"]).file
        #expect(file?.services.first?.endpoints.map(\.description) == ["svc:3001"])
        #expect(file?.services.first?.timeout.first == .seconds(3))
        #expect(file?.gateway.limits.body == 2 << 20)
        #expect(file?.gateway.limits.headerCount == 7)
        #expect(file?.gateway.listen.map(\.address.description) == ["127.0.0.1:0"])
    }

    @Test func `a setting that is true or false takes it from the environment`() {
        let file = load(
            route(
                "GET /x",
                "    errors: { debug: \"${D}\" }\n    payload: { from: $query.a, all: \"${ALL:-true}\" }\n"),
            environment: ["D": "true"]
        ).file
        #expect(file?.routes.first?.errors.debug == true)
        #expect(TestRequest("GET /x?a=1&a=2").payload(of: file) == #"["1","2"]"#)
        #expect(
            load(route("GET /x", "    errors: { debug: \"${D}\" }\n"), environment: ["D": "yes"]).errors == [
                "r.yaml:7:22: \"debug\" must be true or false, not \"${D}\""
            ])
        #expect(load(route("GET /x", "    errors: { debug: \"true\" }\n")).errors.count == 1)
        #expect(load(route("GET /x", "    payload: { from: $query.a, all: \"true\" }\n")).errors.count == 1)
    }

    /// What a missing variable would have held is not known, so nothing that depends on it is judged.
    @Test func `a missing variable is one error, whatever it stands in`() {
        let text = """
            version: 1
            gateway: { listen: ["${N1}", { address: "a:1", tls: { cert: "${L1}", key: k, clientCA: "${L2}", clientCertificate: optional } }], limits: { body: "${N2}", headerCount: "${N3}" }, trailingSlash: "${N4}" }
            errors: { debug: "${N5}", otherwise: "${N6}", map: { A: "${N7}" }, format: "${N8}" }
            services: { math: { endpoints: ["${N9}"], timeout: "${N10}" }, more: { endpoints: ["a:1"] } }
            routes:
              - id: "${M1}"
                match: "GET /a"
                send: { service: math, pattern: p }
              - id: b
                match: "GET /${M2}"
                send: { service: "${M3}", pattern: "${M4}" }
              - id: c
                match: "GET /"
                host: "${M5}"
                when: { header: { v: "${M6}" } }
                priority: "${M7}"
                send: { service: math, pattern: { v: { from: $query.v, enum: ["${M8}", "${M9}"] } } }
                response: { status: "${MA}", headers: { x: "${MB}", y: "${MC}${MD}" }, stream: "${ME}" }
              - id: d
                match: "GET /"
                send: { service: math, pattern: p }
                payload: { a: "$query.${MF}", b: { from: $query.b, pipes: ["${MG}"], pattern: "${MH}" } }
              - id: e
                match: "${MI}"
                send: { service: math, pattern: p }
            tests:
              - { request: "${T1}", expect: { status: "${T2}" } }
            """
        let names = [
            ["N1", "L1", "L2", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N10"],
            ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "MA", "MB", "MC", "MD", "ME", "MF", "MG", "MH"],
            ["MI", "T1", "T2"],
        ].joined()
        let messages = load(text).errors.map { String($0.drop { $0 != " " }.dropFirst()) }
        #expect(
            messages
                == names.map { "environment variable \($0) is not set; \"${\($0):-default}\" gives it a default" })
    }

    @Test func `a message shows what is written, not the value`() {
        let result = load(
            "version: 1\nservices: { a: { endpoints: [\"${SECRET}\"] } }\n", environment: ["SECRET": "hunter2"])
        #expect(result.errors == ["r.yaml:2:30: \"${SECRET}\" is not an endpoint; write host:port or [::1]:port"])
    }

    @Test func `a secret from a file is refused where none is meant`() {
        #expect(
            load(
                routes("  - id: { file: /run/secrets/x }\n    match: GET /x\n    send: { service: math, pattern: p }\n")
            ).errors
                == ["r.yaml:4:9: \"id\" is not a secret: give it as a text, not as { file: ... }"])
    }
}
