import MartletGateway
import MessageWire
import Routing
import Testing

@testable import martlet

/// `martlet routes`
@Suite struct RoutesTests {
    @Test func `the table pads every column but the last`() {
        let lines = Routes.layout([["METHOD", "PATH", "ID"], ["GET", "/a/long/path", "x"]])
        #expect(lines == ["METHOD  PATH          ID", "GET     /a/long/path  x"])
    }

    private func rows(_ routes: String) throws -> [RouteRow] {
        try RouteFile.load(
            text: "version: 1\nservices: { s: { endpoints: [\"a:1\"] } }\nroutes:\n" + routes, name: "r.yaml"
        ).rows
    }

    private static let plain = "  - { id: a, match: GET /x, send: { service: s, pattern: p } }\n"

    @Test func `what decides between routes is shown where a route has it`() throws {
        #expect(
            Routes.table(try rows(Self.plain)) == [
                ["METHOD", "PATH", "", "SERVICE", "PATTERN", "ID", "DECLARED AT"],
                ["GET", "/x", "send", "s", "\"p\"", "a", "r.yaml:4:5"],
            ])
        let ranked = """
              - { id: b, match: GET /x, send: { service: s, pattern: p }, priority: -2 }
              - { id: c, match: GET /x, host: api.example.com, send: { service: s, pattern: p },
                  when: { query: { format: [csv, "a b"], n: "" }, header: { X-Api-Version: "2" } } }

            """
        #expect(
            Routes.table(try rows(Self.plain + ranked)) == [
                ["METHOD", "PATH", "WHEN", "PRIORITY", "", "SERVICE", "PATTERN", "ID", "DECLARED AT"],
                ["GET", "/x", "", "", "send", "s", "\"p\"", "a", "r.yaml:4:5"],
                ["GET", "/x", "", "-2", "send", "s", "\"p\"", "b", "r.yaml:5:5"],
                [
                    "GET", "api.example.com/x", "header x-api-version=2, query format=csv|\"a b\", query n=\"\"", "",
                    "send", "s", "\"p\"", "c", "r.yaml:6:5",
                ],
            ])
        #expect(
            try rows(Self.plain + ranked).map { $0.json.serialized() } == [
                #"{"id":"a","methods":["GET"],"path":"/x","service":"s","verb":"send","patterns":["\"p\""],"file":"r.yaml","line":4}"#,
                #"{"id":"b","methods":["GET"],"path":"/x","priority":-2,"service":"s","verb":"send","patterns":["\"p\""],"file":"r.yaml","line":5}"#,
                #"{"id":"c","methods":["GET"],"path":"/x","host":"api.example.com","when":{"header":{"x-api-version":["2"]},"query":{"format":["csv","a b"],"n":[""]}},"service":"s","verb":"send","patterns":["\"p\""],"file":"r.yaml","line":6}"#,
            ])
    }

    @Test func `description and tags are in the JSON form`() throws {
        let row = try #require(
            try rows("  - { id: a, match: GET /x, send: { service: s, pattern: p }, description: d, tags: [t, u] }\n")
                .first)
        #expect(row.json["description"] == .string("d"))
        #expect(row.json["tags"] == .array([.string("t"), .string("u")]))
    }

    @Test func `columns are counted as a terminal shows them`() {
        let lines = Routes.layout([["/가격/:id", "x"], ["/😀", "x"], ["/abcdefgh", "x"], ["/e\u{301}", "x"]])
        #expect(lines == ["/가격/:id  x", "/😀        x", "/abcdefgh  x", "/e\u{301}         x"])
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("日本", 4), ("ｶﾅ", 2),
        ("ＡＢ", 4), ("😀", 2), ("👩‍👩‍👧", 2), ("🇰🇷", 2), ("❤\u{FE0F}", 2), ("❤", 1), ("→", 1), ("\u{200B}", 0), ("\u{7F}", 0),
    ])
    func `the width of a text`(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }
}
