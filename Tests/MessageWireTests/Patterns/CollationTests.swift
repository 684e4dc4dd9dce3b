import Foundation
import MessageWire
import Testing

/// The order of keys, seen through the normal form of patterns.
@Suite struct CollationTests {
    /// The keys in the order in which their objects would be written, two at a time.
    private func isOrdered(_ first: String, _ second: String) -> Bool {
        let (one, other) = (JSONValue.Member(name: first, value: 0), JSONValue.Member(name: second, value: 0))
        let reversed = PatternNormalizer.normalize(.object([other, one]))
        let straight =
            PatternNormalizer.normalize(.object([one])).dropLast() + ","
            + PatternNormalizer.normalize(.object([other])).dropFirst()
        return reversed.utf8.elementsEqual(straight.utf8)
    }

    /// `collation.json` was sorted with `localeCompare` of node 20 (ICU 78, en-US): all characters of ASCII, Latin-1 and Latin
    /// Extended-A, and words made of them.
    @Test func `keys are sorted as JavaScript sorts them`() throws {
        let file = Fixtures.own.appendingPathComponent("message-wire/collation.json")
        let keys = try JSONValue.parse(String(decoding: try Fixtures.bytes(file), as: UTF8.self)).elements
            .compactMap(\.stringValue)
        #expect(keys.count > 1000)
        for (first, second) in zip(keys, keys.dropFirst()) {
            #expect(isOrdered(first, second), "\(first.debugDescription) before \(second.debugDescription)")
        }
        for distance in [7, 50, 300] {
            for (first, second) in zip(keys, keys.dropFirst(distance)) {
                #expect(isOrdered(first, second), "\(first.debugDescription) before \(second.debugDescription)")
            }
        }
    }

    @Test func `keys that compare equal keep their order`() {
        let keys = ["a\u{1}", "a", "a\u{2}"]
        for (first, second) in zip(keys, keys.dropFirst()) {
            let pattern = JSONValue.object([.init(name: first, value: 0), .init(name: second, value: 0)])
            #expect(PatternNormalizer.normalize(pattern) == "{\"\(first)\":0,\"\(second)\":0}")
        }
    }

    @Test func `more than twelve elements of an array are sorted as text`() {
        let route = PatternNormalizer.normalize(.array((0..<12).map { .number(String($0)) }))
        #expect(route.hasPrefix(#"{"0":0,"1":1,"10":10,"11":11,"2":2,"3":3"#))
    }
}
