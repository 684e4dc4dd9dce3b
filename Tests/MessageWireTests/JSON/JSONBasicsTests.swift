import MessageWire
import NIOCore
import Testing

@Suite struct JSONBasicsTests {
    @Test func `a scan tells kind, place and UTF-16 length`() throws {
        #expect(try scan(" {\"a\":1}\n") == JSONScan(kind: .object, value: 1..<8, utf16Count: 7))
        #expect(try scan("\"안😀é\"") == JSONScan(kind: .string, value: 0..<11, utf16Count: 6))
        #expect(try scan("-0.5e+10\t") == JSONScan(kind: .number, value: 0..<8, utf16Count: 8))
        #expect(try scan("[]").kind == .array)
        #expect(try scan("true").kind == .bool)
        #expect(try scan("null").kind == .null)
    }

    @Test(
        arguments: [
            ("", .empty), (" \n", .empty), ("[1,]", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte),
            ("[", .endsEarly),
            ("{\"a\"", .endsEarly), ("\"abc", .endsEarly), ("tru", .endsEarly), ("trux", .badLiteral),
            ("01", .trailingBytes),
            ("[01]", .unexpectedByte), ("1.", .endsEarly), ("1.e", .badNumber), ("-", .endsEarly), ("-a", .badNumber),
            ("\"\\x\"", .badEscape), ("\"\\u12g4\"", .badEscape), ("\"\\u12", .endsEarly),
            ("\"\n\"", .controlCharacter),
            ("{}{}", .trailingBytes), ("[}", .unexpectedByte), ("{]", .unexpectedByte), ("[1}", .unexpectedByte),
            ("{1:2}", .unexpectedByte), ("'a'", .unexpectedByte), ("\u{FEFF}{}", .byteOrderMark),
        ] as [(String, JSONScanError.Reason)])
    func `a bad text is refused for the right reason`(text: String, reason: JSONScanError.Reason) {
        #expect(refusal(text) == reason)
    }

    @Test func `nesting is limited exactly`() {
        for limit in [1, 63, 64, 65, 127, 128, 129, 511, 512] {
            let rules = JSONRules(maxDepth: limit)
            let fits = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
            #expect(refusal(fits, rules: rules) == nil, "\(limit)")
            #expect(refusal("[" + fits + "]", rules: rules) == .tooDeep, "\(limit)")
            // Objects and arrays alternate, so that a wrong bracket on the stack is noticed.
            let half = limit / 2
            let mixed = String(repeating: "[{\"a\":", count: half) + "1" + String(repeating: "}]", count: half)
            #expect(refusal(mixed, rules: rules) == nil, "\(limit)")
            #expect(refusal(mixed.replacing("1}", with: "1]"), rules: rules) == (half > 0 ? .unexpectedByte : nil))
        }
        #expect(refusal(String(repeating: "[", count: 513), rules: JSONRules(maxDepth: 9999)) == .tooDeep)
    }

    @Test(
        arguments: [
            ("{\"a\":1,\"a\":2}", .duplicateKey), ("{\"a\":1,\"\\u0061\":2}", .duplicateKey),
            ("{\"😀\":1,\"\\ud83d\\ude00\":2}", .duplicateKey), ("{\"\\ud800\":1,\"\\ud801\":2}", nil),
            ("{\"\\ud800\":1,\"\\uD800\":2}", .duplicateKey), ("{\"a\":{\"a\":1},\"b\":{\"a\":1}}", nil),
            ("{\"a\":{\"b\":1},\"a\":1}", .duplicateKey), ("[{\"a\":1},{\"a\":1}]", nil),
            ("{\"\":1,\"\":2}", .duplicateKey),
            ("{\"__proto__\":1}", .prototypeKey), ("{\"\\u005f_proto__\":1}", .prototypeKey),
            ("[{\"b\":{\"constructor\":1}}]", .prototypeKey), ("{\"prototype\":1,\"construct0r\":2}", nil),
            ("{\"\u{E9}\":1,\"e\u{301}\":2}", nil),
        ] as [(String, JSONScanError.Reason?)])
    func `keys of strangers are checked`(text: String, reason: JSONScanError.Reason?) {
        #expect(refusal(text, rules: .untrusted) == reason)
        #expect(refusal(text) == nil)
    }

    @Test func `a duplicate is found among any number of keys`() {
        for count in [1, 15, 16, 17, 18, 31, 32, 33, 40, 41, 64, 65, 500] {
            let keys = (0..<count).map { "\"key\($0)\":{\"x\":[],\"y\":{\"key0\":0}}" }
            let object = "{" + keys.joined(separator: ",") + "}"
            #expect(refusal(object, rules: .untrusted) == nil, "\(count)")
            for repeated in Set([0, count / 2, count - 1]) {
                let double = "{" + keys.joined(separator: ",") + ",\"key\(repeated)\":0}"
                #expect(refusal(double, rules: .untrusted) == .duplicateKey, "\(repeated) of \(count)")
                #expect(refusal("[\(object),{\"a\":\(double)}]", rules: .untrusted) == .duplicateKey)
            }
        }
    }

    @Test func `keys around the length of a word are told apart`() {
        for length in 0...18 {
            let key = String("abcdefghijklmnopqr".prefix(length))
            for between in ["", "\"z\":[],", "\"z\":\"far from the end of the text\","] {
                let double = "{\"\(key)\":1,\(between)\"\(key)\":2}"
                #expect(refusal(double, rules: .untrusted) == .duplicateKey, "\(double)")
                #expect(refusal("[\(double),\"padding behind\"]", rules: .untrusted) == .duplicateKey, "\(double)")
                for other in [key + "~", "~" + key, key + "\\u0000"] {
                    let single = "{\"\(key)\":1,\(between)\"\(other)\":2}"
                    #expect(refusal(single, rules: .untrusted) == nil, "\(single)")
                    #expect(refusal("[\(single),\"padding behind\"]", rules: .untrusted) == nil, "\(single)")
                }
            }
        }
    }

    @Test func `wide objects within wide objects keep their keys apart`() {
        func object(_ count: Int, _ value: (Int) -> String) -> String {
            "{" + (0..<count).map { "\"key\($0)\":\(value($0))" }.joined(separator: ",") + "}"
        }
        let inner = object(40) { $0 == 30 ? object(70) { _ in "0" } : "1" }
        let outer = object(60) { $0 % 9 == 8 ? inner : "[\(inner)]" }
        #expect(refusal(outer, rules: .untrusted) == nil)
        for key in [0, 8, 9, 17, 33, 59] {
            let double = outer.dropLast() + ",\"key\(key)\":0}"
            #expect(refusal(String(double), rules: .untrusted) == .duplicateKey, "\(key)")
        }
    }

    @Test func `values are found by path`() throws {
        let text = #" { "a" : [ 10, {"b\n": "x" } , 30 ], "\u0061": {"c":[true]}, "n": null, "": 7 } "#
        func find(_ path: String...) -> String? {
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBytes { text in
                JSONScanner.find(path, in: text).map { String(decoding: text[$0], as: UTF8.self) }
            }
        }
        #expect(find("a") == #"{"c":[true]}"#)
        #expect(find("a", "c", "0") == "true")
        #expect(find("a", "c", "1") == nil)
        #expect(find("a", "c", "00") == nil)
        #expect(find("a", "c", "-0") == nil)
        #expect(find("n") == "null")
        #expect(find("n", "x") == nil)
        #expect(find("") == "7")
        #expect(find("\\u0061") == nil)
        #expect(find().map { $0.first } == "{")
    }

    @Test func `members are visited in order`() {
        let bytes = Array(#"{"a":1 , "a" : {"b":2},"\n":"}"}"#.utf8)
        bytes.withUnsafeBytes { text in
            var seen: [String] = []
            JSONScanner.forEachMember(of: text) { key, value in
                seen.append(String(decoding: text[key], as: UTF8.self))
                seen.append(String(decoding: text[value], as: UTF8.self))
            }
            #expect(seen == [#""a""#, "1", #""a""#, #"{"b":2}"#, #""\n""#, #""}""#])
        }
    }

    @Test(arguments: [
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\ud83d\ude00é""#, "é😀é"),
        (#""\ud800""#, "\u{FFFD}"), (#""\udc00\ud800x""#, "\u{FFFD}\u{FFFD}x"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud7ff\ue000\uffff""#, "\u{D7FF}\u{E000}\u{FFFF}"), (#""\u0000""#, "\0"),
    ])
    func `escapes are resolved`(raw: String, text: String) {
        Array(raw.utf8).withUnsafeBytes { #expect(JSONScanner.unescape($0).utf8.elementsEqual(text.utf8)) }
    }

    @Test func `UTF-16 units are counted like Swift counts them`() {
        let pieces = ["a", "é", "안", "😀", "abcdefg", "\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"]
        var text = ""
        for round in 0..<200 {
            text += pieces[round &* 7 % pieces.count]
            for skipped in 0..<3 {
                let tail = String(text.unicodeScalars.dropFirst(skipped))
                Array(tail.utf8).withUnsafeBytes { #expect(UTF16Count.of($0) == tail.utf16.count) }
            }
        }
        #expect(UTF16Count.of(UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
    }
}
