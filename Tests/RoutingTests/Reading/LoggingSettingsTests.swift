import Testing

@testable import Routing

/// `gateway.logging`: lines of requests, and those of the gateway itself.
@Suite struct LoggingSettingsTests {
    private func settings(_ text: String) throws -> LoggingSettings {
        try #require(load("version: 1\ngateway: { logging: \(text) }\n").file).gateway.logging
    }

    private func errors(_ text: String) -> [String] {
        load("version: 1\ngateway: { logging: \(text) }\n").errors
    }

    @Test func `without it nothing is said`() throws {
        let gateway = try #require(load("version: 1\n").file).gateway
        #expect(gateway.logging == .defaults)
        #expect(gateway.tracing == nil)
    }

    @Test func `everything can be set`() throws {
        let settings = try settings(
            "{ level: debug, format: json, to: /var/log/m.log, access: { format: json, fields: [time, status, upstream], sample: 2.5%, minStatus: 400, to: stderr } }"
        )
        #expect(settings.level == .debug)
        #expect(settings.format == .json)
        guard case .file("/var/log/m.log", _) = settings.destination else { return #expect(Bool(false)) }
        let access = try #require(settings.access)
        #expect(!access.isOff && access.format == .json)
        #expect(access.fields == [.time, .status, .upstream])
        #expect(access.sample == 0.025)
        #expect(access.minStatus == 400)
        #expect(access.destination == .standardError)
    }

    @Test func `what is left out has its default`() throws {
        #expect(try settings("{}") == .defaults)
        let access = try #require(try settings("{ access: {} }").access)
        #expect(access == AccessLineSettings())
        #expect(access.sample == 1 && access.fields == nil && access.destination == nil)
        #expect(try settings("{ access: { format: none } }").access?.isOff == true)
        #expect(try settings("{ access: { to: stdout } }").access?.destination == .standardOutput)
    }

    @Test func `the default fields can be added to`() throws {
        let text = try settings("{ access: { fields: [default, upstream] } }").access?.fields
        #expect(text == AccessField.standardText + [.upstream])
        let json = try settings("{ access: { format: json, fields: [host, status, default] } }").access?.fields
        #expect(json == [.host, .status] + AccessField.standardJSON.filter { $0 != .status })
    }

    @Test(arguments: AccessField.allCases)
    func `every field has its name`(field: AccessField) throws {
        #expect(try settings("{ access: { fields: \(field.rawValue) } }").access?.fields == [field])
    }

    @Test func `a file is seen from the route file that names it`() throws {
        let file = try #require(
            load(
                files: ["etc/m/r.yaml": "version: 1\ngateway: { logging: { access: { to: ./log/access.log } } }\n"],
                path: "etc/m/r.yaml"
            ).file)
        guard case .file("etc/m/./log/access.log", _) = file.gateway.logging.access?.destination else {
            return #expect(Bool(false))
        }
    }

    @Test(arguments: [
        ("{ access: { fields: [statis] } }", "2:42: unknown field \"statis\" in \"fields\"; did you mean \"status\"?"),
        ("{ access: { fields: [time, query] } }", "2:48: \"query\" is never logged: it may hold secrets"),
        ("{ access: { fields: [Authorization] } }", "2:42: \"Authorization\" is never logged: it may hold secrets"),
        ("{ access: { fields: [] } }", "2:41: \"fields\" is empty; \"format: none\" writes no lines"),
        ("{ access: { fields: [time, time] } }", "2:48: field \"time\" stands twice"),
        (
            "{ access: { sample: 10 } }",
            "2:41: \"sample\" must be a share between 0% and 100%, such as 10%, not \"10\""
        ),
        (
            "{ access: { sample: 101% } }",
            "2:41: \"sample\" must be a share between 0% and 100%, such as 10%, not \"101%\""
        ),
        ("{ access: { minStatus: 1 } }", "2:44: \"minStatus\" must be between 100 and 599, not 1"),
        (
            "{ access: { to: stdot } }",
            "2:37: \"to\" must be \"stdout\", \"stderr\" or a file such as ./access.log, not \"stdot\"; did you mean \"stdout\"?"
        ),
        (
            "{ access: { format: jsn } }",
            "2:41: \"format\" must be one of \"text\", \"json\", \"none\", not \"jsn\"; did you mean \"json\"?"
        ),
        (
            "{ level: warn }",
            "2:30: \"level\" must be one of \"trace\", \"debug\", \"info\", \"notice\", \"warning\", \"error\", \"critical\", not \"warn\""
        ),
        ("{ acces: {} }", "2:23: unknown key \"acces\" in \"logging\"; did you mean \"access\"?"),
        ("{ access: { field: [time] } }", "2:33: unknown key \"field\" in \"access\"; did you mean \"fields\"?"),
    ])
    func `mistakes are told where they are`(text: String, message: String) {
        #expect(errors(text) == ["r.yaml:\(message)"])
    }
}
