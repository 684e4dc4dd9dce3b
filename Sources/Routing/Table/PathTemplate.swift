/// The path of a route: `/users/:id/files/*rest`, split into segments and percent-decoded once.
package struct PathTemplate: Sendable, Hashable {
    package enum Segment: Sendable, Hashable {
        /// Compared with the decoded segment of a request, byte by byte.
        case literal([UInt8])
        /// `:name`: one segment, never empty.
        case parameter(String)
        /// `*name`: the rest of the path, at least one character; only at the end.
        case rest(String)
    }

    package struct Parameter: Sendable, Hashable {
        package let name: String
        /// Which segment of the path holds it.
        package let segment: Int
        package let isRest: Bool
    }

    /// Deeper templates are refused: the lookup keeps the segments' bounds in storage of this fixed size.
    package static let maxSegments = 32

    package let text: String
    package let segments: [Segment]
    /// Whether the template ends in a slash (and is not just `/`).
    package let endsWithSlash: Bool
    /// In order of appearance.
    package let parameters: [Parameter]

    /// `/`, which has no parameters.
    static let root = PathTemplate()

    private init() {
        text = "/"
        segments = []
        endsWithSlash = false
        parameters = []
    }

    /// - Throws: ``PathTemplateError`` with a sentence for the author of the file.
    package init(_ text: String) throws(PathTemplateError) {
        self.text = text
        guard text.hasPrefix("/") else { throw PathTemplateError("a path begins with \"/\"") }
        if let bad = text.unicodeScalars.first(where: { "?#\\; ".unicodeScalars.contains($0) || $0.value < 0x21 }) {
            let hint = bad == "?" ? "; conditions on the query stand under \"when\"" : ""
            throw PathTemplateError("\"\(bad)\" cannot stand in a path\(hint)")
        }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        endsWithSlash = parts.count > 1 && parts.last == ""
        if parts.last == "" { parts.removeLast() }
        guard parts.count <= Self.maxSegments else {
            throw PathTemplateError("a path has at most \(Self.maxSegments) segments")
        }
        var segments: [Segment] = []
        var parameters: [Parameter] = []
        for (index, part) in parts.enumerated() {
            let segment = try Self.segment(part)
            segments.append(segment)
            var name: String?
            var isRest = false
            if case .parameter(let value) = segment { name = value }
            if case .rest(let value) = segment {
                (name, isRest) = (value, true)
                guard index == parts.count - 1, !endsWithSlash else {
                    throw PathTemplateError("\"\(part)\" takes all that follows, so it can only stand at the end")
                }
            }
            guard let name else { continue }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw PathTemplateError("the path has two parameters named \"\(name)\"")
            }
            parameters.append(Parameter(name: name, segment: index, isRest: isRest))
        }
        self.segments = segments
        self.parameters = parameters
    }

    private static func segment(_ part: Substring) throws(PathTemplateError) -> Segment {
        guard let first = part.first else { throw PathTemplateError("a path cannot have an empty segment (\"//\")") }
        if first == ":" || first == "*" {
            let name = String(part.dropFirst())
            let allowed = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
            }
            guard !name.isEmpty, allowed, name.utf8.first.map({ !(0x30...0x39).contains($0) }) == true else {
                throw PathTemplateError(
                    "\"\(part)\" is not a parameter: \"\(first)\" is followed by a name of letters, digits and \"_\"")
            }
            guard name != "__proto__", name != "constructor" else {
                throw PathTemplateError(
                    "\"\(name)\" cannot be a parameter's name: Node services would take it for a prototype")
            }
            return first == ":" ? .parameter(name) : .rest(name)
        }
        if part.contains("*") {
            throw PathTemplateError("\"*\" only stands at the beginning of a segment, in \"\(part)\"")
        }
        var bytes: [UInt8] = []
        var source = Array(part.utf8)[...]
        while let byte = source.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = source.popFirst().flatMap(PercentDecoding.hexValue),
                let low = source.popFirst().flatMap(PercentDecoding.hexValue)
            else { throw PathTemplateError("\"%\" is not followed by two hex digits in \"\(part)\"") }
            bytes.append(high << 4 | low)
        }
        guard bytes != Array(".".utf8), bytes != Array("..".utf8) else {
            throw PathTemplateError("\"\(part)\" can never match: requests with dot segments are refused")
        }
        guard
            !bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 || $0 == 0x7F }),
            String(validating: bytes, as: UTF8.self) != nil
        else { throw PathTemplateError("\"\(part)\" can never match: requests with such escapes are refused") }
        return .literal(bytes)
    }
}

/// Why a text is not a path template.
package struct PathTemplateError: Error, Sendable, Equatable {
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}
