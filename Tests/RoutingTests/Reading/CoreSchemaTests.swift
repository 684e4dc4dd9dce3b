import Testing

@testable import Routing

/// Rule 11: YAML 1.2's core schema, and what we take more strictly.
@Suite struct CoreSchemaTests {
    @Test(arguments: [
        "no", "on", "yes", "off", "0777", "1_000", "2026-01-31", "12:30:45", "1.2.3", "0x", "0xg", "1e", "+", "-", ".",
        "e5",
        "-.e1", "01.5", "tRue", "NaN", "inf", "1 ",
    ])
    func `what only looks like something else stays a text`(text: String) {
        #expect(CoreScalar(text) == .text)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "-0"), ("+5", "5"), ("12", "12"), ("0x1F", "31"), ("0o17", "15"), ("1.5", "1.5"),
        (".5", "0.5"),
        ("5.", "5"), ("1e3", "1e3"), ("-1.5E-3", "-1.5e-3"), ("0.5", "0.5"),
        ("12345678901234567890", "12345678901234567890"),
    ])
    func `numbers become JSON numbers`(text: String, number: String) {
        #expect(CoreScalar(text) == .number(number))
    }

    @Test func `null and truth values have three spellings each`() {
        for text in ["", "~", "null", "Null", "NULL"] { #expect(CoreScalar(text) == .null) }
        for text in ["true", "True", "TRUE"] { #expect(CoreScalar(text) == .bool(true)) }
        for text in [".inf", "-.INF", ".nan"] { #expect(CoreScalar(text) == .notFinite) }
    }

    @Test func `literals of a payload follow the schema, quoted ones are texts`() {
        let file = load(
            route("GET /x", "    payload: [no, 0777, 1_000, 2026-01-31, 12, '12', true, \"true\", ~, .5]\n")
        ).file
        #expect(
            TestRequest("GET /x").payload(of: file)
                == #"["no","0777","1_000","2026-01-31",12,"12",true,"true",null,0.5]"#)
    }

    @Test func `a number JSON cannot hold is refused`() {
        #expect(
            load(route("GET /x", "    payload: [.inf]\n")).errors == [
                "r.yaml:7:15: \".inf\" has no form in JSON; quote it if a text is meant"
            ])
    }

    @Test(arguments: [
        ("2s", Duration.seconds(2)), ("250ms", .milliseconds(250)), ("1m", .seconds(60)), ("1.5s", .milliseconds(1500)),
        ("24h", .seconds(86_400)), ("7d", .seconds(604_800)),
    ])
    func `times have units`(text: String, duration: Duration) {
        #expect(Units.duration(text) == duration)
    }

    @Test(arguments: ["2", "s", "2 s", "-2s", "2S", "2sec", "", ".5s", "1..5s", "1e3s", "١s"])
    func `what has no unit is no time`(text: String) {
        #expect(Units.duration(text) == nil)
    }

    @Test func `sizes have units`() {
        #expect(Units.bytes("1MiB") == 1 << 20)
        #expect(Units.bytes("64KiB") == 65_536)
        #expect(Units.bytes("10B") == 10)
        #expect(Units.bytes("1MB") == 1_000_000)
        #expect(Units.bytes("1") == nil)
        #expect(Units.bytes("1mib") == nil)
    }
}
