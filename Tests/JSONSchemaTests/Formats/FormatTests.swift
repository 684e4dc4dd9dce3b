import Testing

@testable import JSONSchema

/// The formats in short; the conformance suite has them at length.
@Suite struct FormatTests {
    /// Texts of a format and texts that are none.
    static let cases: [(Format, [String], [String])] = [
        (
            .dateTime, ["2024-02-29T23:59:60Z", "1985-04-12t23:20:50.52+01:00"],
            ["2023-02-29T00:00:00Z", "2024-01-01", ""]
        ),
        (.date, ["2024-02-29"], ["2023-02-29", "2024-1-1", "2024-01-01 ", "２024-01-01"]),
        (.time, ["12:00:00Z", "23:59:60Z"], ["24:00:00Z", "12:00:00", "22:59:60Z"]),
        (.duration, ["P1DT12H", "P2W", "PT0S"], ["P", "PT", "P1H", "1D", "P1W1D"]),
        (.email, ["a.b+c@x.test", "\"a b\"@x.test", "a@[127.0.0.1]"], ["a@", "@x", "a..b@x.test", "a@x.test\n"]),
        (.internationalEmail, ["üser@exämple.test"], ["ü", "ü@"]),
        (.hostname, ["a.example", "xn--nxasmq6b", "1.2"], ["-a", "a-", "a..b", "a_b", ""]),
        (.internationalHostname, ["exämple.test", "実例.test"], ["〮실례.테스트", ""]),
        (.ipv4, ["127.0.0.1", "255.255.255.255"], ["1.2.3", "01.2.3.4", "256.1.1.1", "1.2.3.4.5"]),
        (.ipv6, ["::1", "::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"], ["1::2::3", ":1", "::1%eth0", "12345::"]),
        (
            .uri, ["https://a.test/b?c#d", "urn:x:y", "http://[::1]:80/"],
            ["/b", "a b:c", "http://a\\b", "http://[::1"]
        ),
        (.uriReference, ["../a?b#c", ""], ["a\\b", "%zz"]),
        (.iri, ["https://exämple.test/ü"], ["/ü"]),
        (.uuid, ["2eb8aa08-AA98-11ea-b4aa-73b441d16380"], ["2eb8aa08-aa98-11ea-b4aa73b441d16380", "x"]),
        (.uriTemplate, ["/users{/id}{?page,size*}", "{a:3}"], ["{", "{a", "{=a}", "}"]),
        (.jsonPointer, ["", "/a~1b/0"], ["a", "/~2", "/~"]),
        (.relativeJSONPointer, ["0#", "1/a"], ["/a", "01", "-1"]),
        (.regex, ["^a+$", "\\p{L}"], ["(", "\\a"]),
    ]

    @Test(arguments: cases)
    func `texts are of a format or not`(format: Format, good: [String], bad: [String]) {
        for text in good { #expect(format.accepts(text), "\(format.rawValue): \(text)") }
        for text in bad { #expect(!format.accepts(text), "\(format.rawValue): \(text)") }
    }

    @Test(arguments: Format.allCases)
    func `no text traps`(format: Format) {
        let pieces = [
            "", "-", ":", "[", "]", "@", "\"", "\\", "{", "%", "xn--", "T", "P", "é", "\u{200D}", "9", ".", "/", "(?<",
        ]
        for one in pieces {
            for other in pieces {
                for text in [
                    one + other, one + other + one, "a" + one + other, String(repeating: one + other, count: 40),
                ] {
                    _ = format.accepts(text)
                }
            }
        }
    }

    @Test(arguments: Format.allCases)
    func `long texts take linear time`(format: Format) {
        for piece in ["a", "1", ":", "(", "/~1", "é", "xn--", "{a,", "\u{30FB}"] {
            let text = String(repeating: piece, count: 100_000)
            let time = ContinuousClock().measure { _ = format.accepts(text) }
            #expect(time < .seconds(5), "\(piece)")
        }
    }
}
