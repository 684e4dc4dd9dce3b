/// Patterns as names of routes: the same text for every pattern that means the same handler.
///
/// Compare routes by their bytes (`utf8`) where it matters: Swift takes composed and decomposed letters for equal, NestJS
/// does not.
///
/// Spec: docs/wire-protocol.md, "Patterns" (the rules of NestJS 11.2.1)
package enum PatternNormalizer {
    /// An object this far inside a pattern is not looked into.
    private static let maxDepth = 5
    /// An object (or array) of more members is not looked into.
    private static let maxKeys = 20

    /// The route of a pattern that a handler is registered with or that an event is sent to.
    ///
    /// A string is its own route, a number's is its JavaScript text. Objects and arrays are written with their keys sorted,
    /// quotes and backslashes escaped and nothing else. `true`, `false` and `null` are words.
    /// - Parameter pattern: the pattern, numbers and members as written.
    /// - Returns: the route.
    package static func normalize(_ pattern: JSONValue) -> String {
        if case .string(let text) = pattern { return text }
        var route: [UInt8] = []
        write(pattern.javaScriptNormalized, depth: 0, to: &route)
        return String(decoding: route, as: UTF8.self)
    }

    /// The route of a pattern that came in a packet.
    ///
    /// Text that is JSON, be it the pattern itself or the content of a string, is read and normalised; other text is its own
    /// route.
    /// - Parameter json: the pattern's raw text from the packet, checked; quotes included if it is a string.
    /// - Returns: the route, nil for `true`, `false` and `null` (written as a string or not), which no handler can have.
    package static func route(ofIncoming json: UnsafeRawBufferPointer) -> String? {
        guard let first = json.first else { return nil }
        guard first == 0x22 else { return route(ofParsed: JSONValue(checked: json)) }
        if isPlainWord(json) {
            return String(decoding: UnsafeRawBufferPointer(rebasing: json[1..<json.count - 1]), as: UTF8.self)
        }
        let text = JSONScanner.unescape(json)
        do throws(JSONScanError) {
            return route(ofParsed: try JSONValue.parse(text))
        } catch {
            return text
        }
    }

    private static func route(ofParsed pattern: JSONValue) -> String? {
        switch pattern {
        case .null, .bool: nil
        case .number, .string, .array, .object: normalize(pattern)
        }
    }

    /// Whether a raw string cannot be JSON inside, told from its first character, and has no escapes: the usual name.
    private static func isPlainWord(_ json: UnsafeRawBufferPointer) -> Bool {
        guard json.count >= 3 else { return json.count == 2 }
        switch json[1] {
        case 0x20, 0x2D, 0x30...0x39, 0x5B, 0x5C, 0x66, 0x6E, 0x74, 0x7B: return false
        default: return !json.contains(0x5C)
        }
    }

    /// Writes what stands at a place in the pattern. Numbers and members are in JavaScript's form already.
    private static func write(_ value: JSONValue, depth: Int, to route: inout [UInt8]) {
        switch value {
        case .null: route += Array("null".utf8)
        case .bool(let value): route += Array((value ? "true" : "false").utf8)
        case .number(let text), .string(let text): route += Array(text.utf8)
        case .array(let elements):
            let members = elements.indices.map { JSONValue.Member(name: String($0), value: elements[$0]) }
            write(members, depth: depth, to: &route)
        case .object(let members):
            write(members, depth: depth, to: &route)
        }
    }

    private static func write(_ members: [JSONValue.Member], depth: Int, to route: inout [UInt8]) {
        guard depth <= maxDepth else {
            route += Array("[MAX_DEPTH_REACHED]".utf8)
            return
        }
        guard members.count <= maxKeys else {
            route += Array("[TOO_MANY_KEYS]".utf8)
            return
        }
        route.append(0x7B)
        for (index, member) in Collation.sorted(members, by: \.name).enumerated() {
            if index > 0 { route.append(0x2C) }
            writeQuoted(member.name, to: &route)
            route.append(0x3A)
            if case .string(let text) = member.value {
                writeQuoted(text, to: &route)
            } else {
                write(member.value, depth: depth + 1, to: &route)
            }
        }
        route.append(0x7D)
    }

    private static func writeQuoted(_ text: String, to route: inout [UInt8]) {
        route.append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 || byte == 0x5C { route.append(0x5C) }
            route.append(byte)
        }
        route.append(0x22)
    }
}
