import MessageWire
import Testing

/// Objects that have the keys of the one before them: nothing is found out about them that others would not be told.
@Suite struct RepeatedKeysTests {
    private struct Generator {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    /// Short and long ones, with escapes, beyond ASCII, alike but for their ends.
    private static let keys = [
        "a", "b", "c", "", "id", "sku", "price", "quantity", "quantity2", "customerName", "customerNbme",
        "a-key-that-is-longer-than-two-words", "\\u0061bc", "abc\\n", "\u{e9}", "\u{5b89}-1", "\u{1f600}", "x y", "x:",
        "x\\\"",
    ]

    private func text(_ key: String, _ generator: inout Generator) -> String {
        let space = ["", "", "", "", " ", "\n  "]
        return "\"\(key)\"\(space[generator.next(6)]):\(space[generator.next(6)])"
    }

    /// A value, and whether an object within it has a key twice.
    private func value(depth: Int, _ generator: inout Generator) -> (String, Bool) {
        switch generator.next(depth == 0 ? 3 : 6) {
        case 0: return ("\(generator.next(1000))", false)
        case 1: return ("\"\(Self.keys[generator.next(Self.keys.count)])\"", false)
        case 2: return (["true", "null", "[]", "{}", "-1.5e3"][generator.next(5)], false)
        case 3:
            let parts = (0..<generator.next(4)).map { _ in value(depth: depth - 1, &generator) }
            return ("[\(parts.map(\.0).joined(separator: ","))]", parts.contains { $0.1 })
        default: return objects(depth: depth - 1, &generator)
        }
    }

    /// An array of objects that mostly have the same keys in the same order.
    private func objects(depth: Int, _ generator: inout Generator) -> (String, Bool) {
        var shape = (0..<generator.next(generator.next(20) == 0 ? 20 : 6)).map { _ in
            Self.keys[generator.next(Self.keys.count)]
        }
        var hasTwice = false
        let objects = (0..<1 + generator.next(6)).map { _ in
            // Now and then one key more, one less, another one, or another order.
            var keys = shape
            switch generator.next(8) {
            case 0: keys.append(Self.keys[generator.next(Self.keys.count)])
            case 1: _ = keys.popLast()
            case 2: if !keys.isEmpty { keys[generator.next(keys.count)] = Self.keys[generator.next(Self.keys.count)] }
            case 3: keys.reverse()
            default: break
            }
            if generator.next(10) == 0 { shape = keys }
            if Set(keys).count < keys.count { hasTwice = true }
            let members = keys.map { key in
                let (value, isTwice) = value(depth: depth, &generator)
                if isTwice { hasTwice = true }
                return text(key, &generator) + value
            }
            return "{\(members.joined(separator: ","))}"
        }
        return ("[\(objects.joined(separator: generator.next(3) == 0 ? " , " : ","))]", hasTwice)
    }

    @Test func `what is a key twice is found, nothing else is`() throws {
        var (good, bad) = (0, 0)
        for seed in 0..<20_000 {
            var generator = Generator(state: UInt64(seed))
            let (text, hasTwice) = objects(depth: 1 + generator.next(3), &generator)
            #expect(refusal(text, rules: .untrusted) == (hasTwice ? .duplicateKey : nil), "\(seed): \(text)")
            if hasTwice { bad += 1 } else { good += 1 }
            // Without keys to look at, all the rest is the same.
            guard !hasTwice else { continue }
            #expect(try scan(text, rules: .untrusted) == scan(text), "\(text)")
            #expect(try scan(text, rules: .untrusted).utf16Count == text.utf16.count, "\(text)")
        }
        #expect(good > 2000 && bad > 2000)
    }

    @Test(arguments: [
        "[{\"a\":1,\"b\":2},{\"a\":1,\"a\":2}]", "[{\"a\":1,\"b\":2},{\"a\":1,\"b\":2,\"a\":3}]",
        "[{\"a\":1},{\"a\":{\"b\":1,\"b\":2}}]", "[{\"a\":{},\"b\":1},{\"a\":{},\"b\":1,\"b\":2}]",
        "[{\"a\":1,\"b\":2},{\"a\":1},{\"a\":1,\"b\":2,\"b\":3}]", "[{\"a\":1,\"b\":2},{},{\"b\":1,\"b\":2}]",
        "[{\"a\":1,\"b\":[{\"a\":1}]},{\"a\":1,\"b\":[{\"a\":1,\"a\":2}]}]",
        "[{\"a\":1,\"b\":{\"c\":1}},{\"a\":1,\"b\":{\"c\":1},\"a\":2}]",
    ])
    func `a key that was repeated counts`(text: String) {
        #expect(refusal(text, rules: .untrusted) == .duplicateKey)
        #expect(refusal(text) == nil)
    }

    @Test(arguments: [1, 15, 16, 17, 38, 39, 40, 41, 60])
    func `any number of keys may be repeated`(count: Int) {
        let members = (0..<count).map { "\"k\($0)\":\($0)" }
        let object = "{\(members.joined(separator: ","))}"
        #expect(refusal("[\(object),\(object),\(object)]", rules: .untrusted) == nil)
        for twice in members {
            let double = "{\((members + [twice]).joined(separator: ","))}"
            #expect(refusal("[\(object),\(object),\(double)]", rules: .untrusted) == .duplicateKey)
            #expect(refusal("[\(object),\(double),\(object)]", rules: .untrusted) == .duplicateKey)
        }
    }

    @Test func `a text that is cut off anywhere is not a whole one`() {
        let text = "[{\"sku\":\"a\",\"quantity\":1,\"price\":2.5},{\"sku\":\"b\",\"quantity\":1,\"price\":2.5}]"
        for count in 1..<text.utf8.count {
            #expect(refusal(String(text.prefix(count)), rules: .untrusted) == .endsEarly)
        }
        #expect(refusal(text, rules: .untrusted) == nil)
    }
}
