import NIOCore

extension JSONValue {
    /// Reads one JSON text strictly: RFC 8259, at most 512 levels deep.
    ///
    /// Equal names are all kept. A lone surrogate (`"\ud800"`), which no Swift string can hold, becomes U+FFFD.
    /// - Parameter text: the text; white space around the value is allowed.
    /// - Returns: the value.
    /// - Throws: the first thing that is wrong with the text.
    ///
    /// Spec: RFC 8259
    public static func parse(_ text: String) throws(JSONScanError) -> JSONValue {
        var text = text
        let result = text.withUTF8 { utf8 in
            do throws(JSONScanError) {
                return Result<JSONValue, JSONScanError>.success(try parse(UnsafeRawBufferPointer(utf8)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads one JSON text under the given rules.
    package static func parse(
        _ text: UnsafeRawBufferPointer, rules: JSONRules = .rfc8259
    ) throws(JSONScanError) -> JSONValue {
        let scan = try JSONScanner.scan(text, rules: rules)
        return JSONValue(checked: UnsafeRawBufferPointer(rebasing: text[scan.value]))
    }

    /// Reads text that was checked before.
    ///
    /// - Parameter text: checked JSON text. Other text gives a senseless value, nothing worse; it must not be nested
    ///   deeper than ``JSONRules/deepestNesting``.
    package init(checked text: UnsafeRawBufferPointer) {
        var builder = TreeBuilder(text: text, index: JSONText.skipWhitespace(text, from: 0))
        self = builder.value()
    }

    /// The value as JSON text, spaced and escaped as `JSON.stringify` does; numbers keep the text they have.
    public func serialized() -> String {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.value(self)
        return String(buffer: writer.buffer)
    }

    /// The value that comes back from `JSON.parse` and `JSON.stringify` in JavaScript.
    ///
    /// Numbers become doubles in JavaScript's text (out of range: `null`), of equal names the last value counts (at the
    /// place of the first), and names that are array indexes come first, in ascending order.
    ///
    /// Spec: ECMA-262 §10.1.11.1 (OrdinaryOwnPropertyKeys)
    public var javaScriptNormalized: JSONValue {
        switch self {
        case .null, .bool, .string: return self
        case .number(let text): return JavaScriptNumber.text(rereading: text).map { .number($0) } ?? .null
        case .array(let elements): return .array(elements.map(\.javaScriptNormalized))
        case .object(let members): return .object(Self.javaScriptOrder(members))
        }
    }

    private static func javaScriptOrder(_ members: [Member]) -> [Member] {
        var indexes: [(UInt32, Member)] = []
        var others: [Member] = []
        var places: [[UInt8]: Int] = [:]
        var kept: [Member] = []
        for member in members {
            // As bytes: Swift's own equality takes composed and decomposed letters for the same.
            let name = Array(member.name.utf8)
            let normalized = Member(name: member.name, value: member.value.javaScriptNormalized)
            if let place = places[name] {
                kept[place] = normalized
            } else {
                places[name] = kept.count
                kept.append(normalized)
            }
        }
        for member in kept {
            if let index = arrayIndex(member.name) { indexes.append((index, member)) } else { others.append(member) }
        }
        return indexes.sorted { $0.0 < $1.0 }.map(\.1) + others
    }

    /// The index that a name is, if it is one in the shortest writing and below 2^32 - 1.
    private static func arrayIndex(_ name: String) -> UInt32? {
        guard let first = name.utf8.first, (0x30...0x39).contains(first), name.utf8.count <= 10 else { return nil }
        guard let index = UInt32(name), index < UInt32.max, String(index) == name else { return nil }
        return index
    }
}

/// Builds the tree of a checked text. Recursion is bounded by the depth that the check allowed.
private struct TreeBuilder {
    let text: UnsafeRawBufferPointer
    var index: Int

    /// Reads the value that starts at `index`.
    mutating func value() -> JSONValue {
        guard index < text.count else { return .null }
        switch text[index] {
        case 0x7B: return .object(members())
        case 0x5B: return .array(elements())
        case 0x22: return .string(string())
        default:
            let start = index
            index = JSONText.skipValue(text, from: start)
            switch text[start] {
            case 0x74: return .bool(true)
            case 0x66: return .bool(false)
            case 0x6E: return .null
            default: return .number(String(decoding: text[start..<index], as: UTF8.self))
            }
        }
    }

    private mutating func string() -> String {
        let start = index
        index = JSONText.skipString(text, from: start)
        return JSONScanner.unescape(UnsafeRawBufferPointer(rebasing: text[start..<index]))
    }

    private mutating func elements() -> [JSONValue] {
        var elements: [JSONValue] = []
        step()
        while index < text.count, text[index] != 0x5D {
            let start = index
            elements.append(value())
            guard index > start else { break }
            index = JSONText.skipWhitespace(text, from: index)
            guard index < text.count, text[index] == 0x2C else { break }
            step()
        }
        index = min(index + 1, text.count)
        return elements
    }

    private mutating func members() -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        step()
        while index < text.count, text[index] == 0x22 {
            let name = string()
            index = JSONText.skipWhitespace(text, from: index)
            step()
            members.append(JSONValue.Member(name: name, value: value()))
            index = JSONText.skipWhitespace(text, from: index)
            guard index < text.count, text[index] == 0x2C else { break }
            step()
        }
        index = min(index + 1, text.count)
        return members
    }

    /// Moves over one byte and the white space behind it.
    private mutating func step() {
        index = JSONText.skipWhitespace(text, from: min(index + 1, text.count))
    }
}
