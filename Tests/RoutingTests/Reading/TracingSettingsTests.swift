import MessageWire
import Testing

@testable import Routing

/// `gateway.tracing`: which traces are recorded, and where spans go.
@Suite struct TracingSettingsTests {
    private func settings(_ text: String) throws -> TracingSettings {
        try #require(load("version: 1\ngateway: { tracing: \(text) }\n").file?.gateway.tracing)
    }

    private func errors(_ text: String) -> [String] {
        load("version: 1\ngateway: { tracing: \(text) }\n").errors
    }

    @Test func `everything can be set`() throws {
        let settings = try settings(
            "{ otlp: { endpoint: \"https://c:4318/v1/traces\", headers: { Api-Key: k, b: { file: secret } }, timeout: 2s }, sample: 5%, parent: ignore, service: shop, resource: { deployment.environment.name: prod }, queue: 100, batch: 10, interval: 1s }"
        )
        #expect(settings.sample == 0.05 && !settings.followsParent && settings.service == "shop")
        #expect(settings.resource == [.init(name: "deployment.environment.name", value: "prod")])
        #expect(settings.queue == 100 && settings.batch == 10 && settings.interval == .seconds(1))
        let otlp = try #require(settings.otlp)
        #expect(otlp.endpoint == "https://c:4318/v1/traces" && otlp.timeout == .seconds(2))
        #expect(otlp.headers.map(\.name) == ["api-key", "b"])
        #expect(otlp.headers.first?.value == .text("k"))
        guard case .file("secret", _) = otlp.headers.last?.value else { return #expect(Bool(false)) }
    }

    @Test func `what is left out has its default`() throws {
        #expect(try settings("{}") == TracingSettings())
        let settings = try settings("{ otlp: { endpoint: \"http://c:4318/v1/traces\" } }")
        #expect(settings.sample == 1 && settings.followsParent && settings.service == "martlet")
        #expect(settings.queue == 2048 && settings.batch == 512 && settings.interval == .seconds(5))
        #expect(settings.otlp?.timeout == .seconds(10))
        #expect(try self.settings("{ queue: 100 }").batch == 100)
    }

    @Test(arguments: [
        (
            "{ otlp: { endpoint: \"c:4318\" } }",
            "2:41: \"c:4318\" is not an address; write http://host:4318/v1/traces, or https://"
        ),
        (
            "{ otlp: { endpoint: \"http://u:p@c/v1\" } }",
            "2:41: an address holds no password; give it under \"headers\""
        ),
        ("{ otlp: {} }", "2:29: \"otlp\" has no \"endpoint\""),
        (
            "{ otlp: { endpoint: \"http://c\", headers: { content-type: a } } }",
            "2:64: \"content-type\" is not a header that can be set"
        ),
        ("{ parent: yes }", "2:31: \"parent\" must be one of \"follow\", \"ignore\", not \"yes\""),
        ("{ queue: 16, batch: 17 }", "2:21: \"batch\" (17) is greater than \"queue\" (16)"),
        ("{ resource: { service.name: x } }", "2:35: \"service.name\" is given as \"service\""),
        ("{ sampl: 5% }", "2:23: unknown key \"sampl\" in \"tracing\"; did you mean \"sample\"?"),
    ])
    func `mistakes are told where they are`(text: String, message: String) {
        #expect(errors(text) == ["r.yaml:\(message)"])
    }

    @Test func `a header's value is never shown`() {
        let errors = errors("{ otlp: { endpoint: \"http://c\", headers: { a: \"geheim\\n\" } } }")
        #expect(errors == ["r.yaml:2:67: \"a\" must be one line of ASCII or { file: NAME }"])
    }
}

/// The configuration in force names lines and spans, and no secret.
@Suite struct EffectiveObservationTests {
    @Test func `what is in force is told, headers' values are not`() throws {
        let file = try #require(
            load(
                "version: 1\ngateway: { logging: { access: { format: json, fields: [status], sample: 2.5% } }, tracing: { otlp: { endpoint: \"http://c/v1?key=geheim\", headers: { a: geheim, b: { file: f } } }, sample: 5% } }\n"
            ).file)
        let gateway = try #require(file.effective["gateway"])
        let text = gateway.serialized()
        #expect(!text.contains("geheim"))
        #expect(gateway["logging"]?["level"] == "notice" && gateway["logging"]?["to"] == "stderr")
        #expect(gateway["logging"]?["access"]?["sample"] == "2.5%")
        #expect(gateway["logging"]?["access"]?["fields"]?[0] == "status")
        #expect(gateway["tracing"]?["sample"] == "5%" && gateway["tracing"]?["otlp"]?["endpoint"] == "http://c/v1")
        #expect(gateway["tracing"]?["otlp"]?["headers"]?["b"]?["file"] == "f")
    }
}
