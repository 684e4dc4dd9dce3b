import MessageWire

/// JSON read in the plainest way, to compare the scanner with: recursive, byte by byte, no tricks.
struct NaiveJSON {
    private struct Refused: Error {}

    private let bytes: [UInt8]
    private var index = 0
    private let rules: JSONRules

    private init(_ bytes: [UInt8], rules: JSONRules) {
        self.bytes = bytes
        self.rules = rules
    }

    /// Place and UTF-16 length of the value, nil if the text is refused.
    static func scan(_ bytes: [UInt8], rules: JSONRules) -> (value: Range<Int>, utf16Count: Int)? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var json = NaiveJSON(bytes, rules: rules)
        do {
            json.space()
            let start = json.index
            try json.value(depth: 0)
            let value = start..<json.index
            json.space()
            guard json.index == bytes.count else { return nil }
            return (value, String(decoding: bytes[value], as: UTF8.self).utf16.count)
        } catch {
            return nil
        }
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func space() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func expect(_ text: String) throws {
        guard bytes[index...].starts(with: text.utf8) else { throw Refused() }
        index += text.utf8.count
    }

    private mutating func value(depth: Int) throws {
        switch next {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try expect("true")
        case UInt8(ascii: "f"): try expect("false")
        case UInt8(ascii: "n"): try expect("null")
        default: try number()
        }
    }

    private mutating func array(depth: Int) throws {
        guard depth <= rules.maxDepth else { throw Refused() }
        try expect("[")
        space()
        if next == UInt8(ascii: "]") { return try expect("]") }
        while true {
            try value(depth: depth)
            space()
            if next == UInt8(ascii: "]") { return try expect("]") }
            try expect(",")
            space()
        }
    }

    private mutating func object(depth: Int) throws {
        guard depth <= rules.maxDepth else { throw Refused() }
        var keys: Set<[UInt32]> = []
        try expect("{")
        space()
        if next == UInt8(ascii: "}") { return try expect("}") }
        while true {
            let key = try string()
            if rules.refusesDuplicateKeys, !keys.insert(key).inserted { throw Refused() }
            let names = ["__proto__", "constructor"].map { $0.unicodeScalars.map(\.value) }
            if rules.refusesPrototypeKeys, names.contains(key) { throw Refused() }
            space()
            try expect(":")
            space()
            try value(depth: depth)
            space()
            if next == UInt8(ascii: "}") { return try expect("}") }
            try expect(",")
            space()
        }
    }

    /// The code points of a string, lone surrogates as they are.
    private mutating func string() throws -> [UInt32] {
        try expect("\"")
        var units: [UInt16] = []
        var raw: [UInt8] = []
        func flush() {
            units += String(decoding: raw, as: UTF8.self).utf16
            raw = []
        }
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                flush()
                return Self.codePoints(units)
            case UInt8(ascii: "\\"):
                flush()
                units.append(try escape())
            case 0..<0x20: throw Refused()
            default: raw.append(byte)
            }
        }
        throw Refused()
    }

    private mutating func escape() throws -> UInt16 {
        guard let byte = next else { throw Refused() }
        index += 1
        let simple: [Character: UInt16] = [
            "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
        ]
        if let unit = simple[Character(UnicodeScalar(byte))] { return unit }
        let digits = bytes[index...].prefix(4)
        guard byte == UInt8(ascii: "u"), digits.count == 4, !digits.contains(0x2B), !digits.contains(0x2D),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Refused() }
        index += 4
        return unit
    }

    private static func codePoints(_ units: [UInt16]) -> [UInt32] {
        var points: [UInt32] = []
        for unit in units {
            if UTF16.isTrailSurrogate(unit), let lead = points.last, (0xD800..<0xDC00).contains(lead) {
                points[points.count - 1] = 0x10000 + (lead - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
            } else {
                points.append(UInt32(unit))
            }
        }
        return points
    }

    private mutating func number() throws {
        if next == UInt8(ascii: "-") { index += 1 }
        if next == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws {
        let start = index
        while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw Refused() }
    }
}
