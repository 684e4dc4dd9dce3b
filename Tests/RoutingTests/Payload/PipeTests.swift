import MessageWire
import Pipeline
import Testing

@testable import Routing

/// Rule 4: Nest's pipes, with Nest's names, results and sentences.
@Suite struct PipeTests {
    /// What a pipe makes of `?v=...` (already decoded by the query), or of nothing.
    private func piped(_ pipes: String, _ query: String = "v=1", more: String = "") -> String {
        let result = load(route("GET /x", "    payload: [{ from: $query.v, pipes: [\(pipes)]\(more) }]\n"))
        guard result.errors.isEmpty else { return result.errors.joined() }
        let text = TestRequest("GET /x?\(query)").payload(of: result.file)
        return text.hasPrefix("400 invalid_parameter query.v: ") ? String(text.dropFirst(31)) : text
    }

    private static let numeric = "Validation failed (numeric string is expected)"

    @Test(arguments: [
        ("v=12", "[12]"), ("v=-7", "[-7]"), ("v=007", "[7]"), ("v=-0", "[0]"),
        ("v=9007199254740993", "[9007199254740993]"),
        ("v=1.5", numeric), ("v=1e3", numeric), ("v=0x10", numeric), ("v=", numeric), ("v=+1", numeric),
        ("v=%201", numeric),
        ("v=12abc", numeric), ("v=-", numeric), ("v=%D9%A1", numeric), ("w=1", numeric),
    ])
    func `ParseInt`(query: String, result: String) {
        #expect(piped("ParseInt", query) == result)
    }

    @Test func `ParseInt refuses what a double cannot hold`() {
        #expect(piped("ParseInt", "v=" + String(repeating: "9", count: 308)).hasPrefix("[999"))
        #expect(piped("ParseInt", "v=" + String(repeating: "9", count: 309)) == Self.numeric)
    }

    @Test(arguments: [
        ("v=1.5", "[1.5]"), ("v=1e3", "[1000]"), ("v=.5", "[0.5]"), ("v=5.", "[5]"), ("v=-1.50", "[-1.5]"),
        ("v=1e21", "[1e+21]"),
        ("v=%20%202%20", "[2]"), ("v=5.e1", "[50]"), ("v=-.5", "[-0.5]"), ("v=0x10", numeric), ("v=Infinity", numeric),
        ("v=nan", numeric),
        ("v=12px", numeric), ("v=", numeric), ("v=.", numeric), ("v=1e999", numeric), ("v=1e", numeric),
        ("w=1", numeric),
    ])
    func `ParseFloat`(query: String, result: String) {
        #expect(piped("ParseFloat", query) == result)
    }

    @Test(arguments: [
        ("v=true", "[true]"), ("v=false", "[false]"), ("v=True", "Validation failed (boolean string is expected)"),
        ("v=1", "Validation failed (boolean string is expected)"),
        ("w=1", "Validation failed (boolean string is expected)"),
    ])
    func `ParseBool`(query: String, result: String) {
        #expect(piped("ParseBool", query) == result)
    }

    @Test func `ParseUUID`() {
        let uuid = "1b671a64-40d5-491e-99b0-da01ff1f3341"
        #expect(piped("ParseUUID", "v=\(uuid)") == "[\"\(uuid)\"]")
        #expect(piped("ParseUUID", "v=\(uuid.uppercased())") == "[\"\(uuid.uppercased())\"]")
        #expect(piped("{ ParseUUID: { version: 4 } }", "v=\(uuid)") == "[\"\(uuid)\"]")
        #expect(piped("{ ParseUUID: { version: 5 } }", "v=\(uuid)") == "Validation failed (uuid v 5 is expected)")
        #expect(
            piped("{ ParseUUID: { version: 4 } }", "v=1b671a64-40d5-491e-19b0-da01ff1f3341")
                == "Validation failed (uuid v 4 is expected)")
        #expect(piped("ParseUUID", "v=\(uuid)0") == "Validation failed (uuid is expected)")
        #expect(piped("ParseUUID", "v=\(uuid.dropLast())g") == "Validation failed (uuid is expected)")
        #expect(piped("ParseUUID", "w=1") == "The value passed as UUID is not a string")
        #expect(
            piped("{ ParseUUID: { version: 6 } }").contains(
                "\"version\" must be one of \"3\", \"4\", \"5\", \"7\", not \"6\""))
    }

    @Test func `DefaultValue stands in for what is missing only`() {
        #expect(piped("{ DefaultValue: en }", "w=1") == #"["en"]"#)
        #expect(piped("{ DefaultValue: en }", "v=de") == #"["de"]"#)
        #expect(piped("{ DefaultValue: en }", "v=") == #"[""]"#)
        #expect(piped("{ DefaultValue: 10 }, ParseInt", "w=1") == "[10]")
        #expect(piped("{ DefaultValue: { a: [1, b] } }", "w=1") == #"[{"a":[1,"b"]}]"#)
        #expect(piped("ParseInt, { DefaultValue: 10 }", "w=1") == Self.numeric)
        #expect(piped("DefaultValue").contains("\"DefaultValue\" needs its value: { DefaultValue: 1 }"))
    }

    @Test func `ParseEnum`() {
        #expect(piped("{ ParseEnum: [a, b] }", "v=b") == #"["b"]"#)
        #expect(piped("{ ParseEnum: [a, b] }", "v=B") == "Validation failed (enum string is expected)")
        #expect(piped("{ ParseEnum: [a, b] }", "w=1") == "Validation failed (enum string is expected)")
    }

    @Test func `ParseArray`() {
        #expect(piped("ParseArray", "v=a,b,,c") == #"["a","b","","c"]"#.nested)
        #expect(piped("{ ParseArray: { separator: \"--\", items: ParseInt } }", "v=1--2") == "[1,2]".nested)
        #expect(piped("{ ParseArray: { items: ParseInt } }", "v=1,x") == "[1] \(Self.numeric)")
        #expect(
            piped(
                "{ ParseArray: { items: { ParseArray: { separator: \";\", items: ParseBool } } } }", "v=true;false,true"
            ) == "[[[true,false],[true]]]")
        #expect(piped("ParseArray", "v=") == "Validation failed (parsable array expected)")
        #expect(piped("ParseArray", "w=") == "Validation failed (parsable array expected)")
        #expect(piped("{ DefaultValue: [1] }, { ParseArray: { items: ParseInt } }", "w=") == "[[1]]")
    }

    @Test(arguments: [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"), ("2026", "2026-01-01T00:00:00.000Z"),
        ("2026-02", "2026-02-01T00:00:00.000Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"), ("2026-01-31T12:34", "2026-01-31T12:34:00.000Z"),
        ("2026-01-31T12:34:56.7891Z", "2026-01-31T12:34:56.789Z"),
        ("2026-01-01T00:30:00%2B01:00", "2025-12-31T23:30:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"), ("2026-01-31T24:00", "2026-02-01T00:00:00.000Z"),
        ("0000-01-01", "0000-01-01T00:00:00.000Z"), ("1900-03-01", "1900-03-01T00:00:00.000Z"),
    ])
    func `ParseDate`(text: String, date: String) {
        #expect(piped("ParseDate", "v=\(text)") == "[\"\(date)\"]")
    }

    @Test(arguments: [
        "2026-13-01", "2026-02-29", "2026-00-01", "26-01-01", "2026-1-1", "2026-01-31T25:00", "2026-01-31 12:00",
        "today", "2026-01-31T12", "2026-01-31T24:01",
    ])
    func `what is no date is refused`(text: String) {
        #expect(
            piped("ParseDate", "v=\(text.split(separator: " ").joined(separator: "+"))")
                == "Validation failed (invalid date format)")
    }

    @Test func `a missing date and a number`() {
        #expect(piped("ParseDate", "w=1") == "Validation failed (no Date provided)")
        #expect(piped("ParseInt, ParseDate", "v=0") == #"["1970-01-01T00:00:00.000Z"]"#)
        #expect(piped("ParseInt, ParseDate", "v=8640000000000001") == "Validation failed (invalid date format)")
    }

    @Test func `pipes run in the order written`() {
        #expect(piped("Trim, ParseInt", "v=+12%09") == "[12]")
        #expect(piped("ParseInt, Trim", "v=+12") == Self.numeric)
        #expect(piped("Trim", "v=%C2%A0a+b%E2%80%83") == #"["a b"]"#)
    }

    @Test func `all collects every value, and pipes take each of them`() {
        #expect(piped("", "v=1&w=2&v=x", more: ", all: true") == #"["1","x"]"#.nested)
        #expect(piped("ParseInt", "v=1&v=2", more: ", all: true") == "[[1,2]]")
        #expect(piped("ParseInt", "v=1&v=x", more: ", all: true") == "[1] \(Self.numeric)")
        #expect(piped("{ ParseArray: { items: ParseInt } }", "v=1&v=2", more: ", all: true") == "[[1,2]]")
        #expect(piped("ParseInt", "w=1", more: ", all: true") == "[[]]")
        #expect(piped("{ DefaultValue: [7] }", "w=1", more: ", all: true") == "[[7]]")
        #expect(piped("", "v=%&v=2", more: ", all: true").hasPrefix("400 invalid_query query.v: "))
    }

    @Test func `enum and pattern judge what comes out`() {
        #expect(piped("ParseInt", "v=2", more: ", enum: [1, 2]") == "[2]")
        #expect(piped("ParseInt", "v=3", more: ", enum: [1, 2]") == "Validation failed (enum string is expected)")
        #expect(piped("Trim", "v=+AB", more: ", pattern: \"^[A-Z]{1,6}$\"") == #"["AB"]"#)
        #expect(
            piped("", "v=ab", more: ", pattern: \"^[A-Z]{1,6}$\"")
                == "Validation failed (text matching ^[A-Z]{1,6}$ is expected)")
        #expect(piped("", "w=ab", more: ", pattern: \"^[A-Z]{1,6}$\", enum: [x]") == "[null]")
        #expect(
            piped("", "v=a&v=B", more: ", all: true, pattern: \"^[a-z]$\"")
                == "Validation failed (text matching ^[a-z]$ is expected)")
    }

    /// `enum` of a text from outside the body compares texts; everything else compares types as well.
    @Test(
        arguments: [
            // A path, query, header or cookie brings texts.
            ("{ from: $query.v, enum: [1, \"2\", true] }", "v=1", #"{"a":"1"}"#),
            ("{ from: $query.v, enum: [1, \"2\", true] }", "v=2", #"{"a":"2"}"#),
            ("{ from: $query.v, enum: [1, \"2\", true] }", "v=true", #"{"a":"true"}"#),
            ("{ from: $query.v, enum: [1, \"2\", true] }", "v=1.0", nil),
            ("{ from: $query.v, pipes: [Trim], enum: [1] }", "v=+1", #"{"a":"1"}"#),
            ("{ from: $query.v, all: true, enum: [1, 2] }", "v=1&v=2", #"{"a":["1","2"]}"#),
            // A pipe makes numbers and truth values of them.
            ("{ from: $query.v, pipes: [ParseInt], enum: [1] }", "v=1", #"{"a":1}"#),
            ("{ from: $query.v, pipes: [ParseInt], enum: [1.0] }", "v=1", #"{"a":1}"#),
            ("{ from: $query.v, pipes: [ParseInt], enum: [\"1\"] }", "v=1", nil),
            ("{ from: $query.v, pipes: [ParseBool], enum: [true] }", "v=true", #"{"a":true}"#),
            ("{ from: $query.v, pipes: [ParseBool], enum: [\"true\"] }", "v=true", nil),
            ("{ from: $query.v, pipes: [{ DefaultValue: 1 }], enum: [\"1\"] }", "w=1", nil),
            ("{ from: $query.v, pipes: [{ DefaultValue: 1 }], enum: [1] }", "w=1", #"{"a":1}"#),
            // The body has types of its own.
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":1}"#, #"{"a":1}"#),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":1.00}"#, #"{"a":1.00}"#),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":"2"}"#, #"{"a":"2"}"#),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":true}"#, #"{"a":true}"#),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":"1"}"#, nil),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":2}"#, nil),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":"true"}"#, nil),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":[1,"2"]}"#, #"{"a":[1,"2"]}"#),
            ("{ from: $body.v, enum: [1, \"2\", true] }", #"{"v":[1,"1"]}"#, nil),
            ("{ from: $body.v, enum: [1] }", #"{"v":null}"#, nil), ("{ from: $body.v, enum: [1] }", #"{"v":{}}"#, nil),
            ("{ from: $body.v, pipes: [ParseInt], enum: [1] }", #"{"v":"1"}"#, #"{"a":1}"#),
            ("{ from: $body.v, enum: [9007199254740993] }", #"{"v":9007199254740992}"#, nil),
            ("{ from: $body.v, enum: [100] }", #"{"v":1e2}"#, #"{"a":1e2}"#),
            ("{ from: $body.v, enum: [0] }", #"{"v":-0.0}"#, #"{"a":-0.0}"#),
        ] as [(String, String, String?)])
    func `enum compares types where there are types`(value: String, input: String, payload: String?) {
        let file = load(route("POST /x", "    payload: { a: \(value) }\n")).file
        let isBody = input.hasPrefix("{")
        let request = TestRequest("POST /x" + (isBody ? "" : "?" + input), body: isBody ? input : nil)
        let name = isBody ? "body.v" : "query.v"
        #expect(
            request.payload(of: file)
                == payload ?? "400 invalid_parameter \(name): Validation failed (enum string is expected)")
    }

    @Test func `pipes take values of a body as they are`() {
        let file = load(
            route(
                "POST /x",
                "    payload: [{ from: $body.a, pipes: [ParseInt] }, { from: $body.b, pipes: [{ ParseArray: { items: ParseBool } }] }]\n"
            )
        ).file
        #expect(TestRequest("POST /x", body: #"{"a":12,"b":[true,"false"]}"#).payload(of: file) == "[12,[true,false]]")
        #expect(
            TestRequest("POST /x", body: #"{"a":1.5,"b":[]}"#).payload(of: file)
                == "400 invalid_parameter body.a: \(Self.numeric)")
        #expect(
            TestRequest("POST /x", body: #"{"a":[1],"b":[]}"#).payload(of: file)
                == "400 invalid_parameter body.a: \(Self.numeric)")
    }
}

extension String {
    fileprivate var nested: String { "[" + self + "]" }
}
