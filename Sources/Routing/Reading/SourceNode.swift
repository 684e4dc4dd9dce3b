/// A YAML value with the place it was written at: what the rest of this target reads instead of Yams' nodes.
///
/// Scalars keep their text and whether it was quoted; what a plain text means (number, truth value, null) is decided
/// by who reads it, by the rules of YAML 1.2's core schema (``CoreScalar``).
struct SourceNode {
    struct Member {
        let key: String
        let keyPlace: SourcePlace
        let value: SourceNode
    }

    struct Scalar {
        /// The text, environment variables already replaced.
        let text: String
        /// The text as it stands in the file.
        let written: String
        /// Quoted, or a block scalar: a text whatever it looks like.
        let isQuoted: Bool
        /// Something was replaced in it: from then on it is a text too, so that the environment cannot change a shape.
        let isSubstituted: Bool
    }

    enum Content {
        case scalar(Scalar)
        case sequence([SourceNode])
        case mapping([Member])
    }

    let place: SourcePlace
    let content: Content
    /// Levels below this one; an alias chain can make a tree far deeper than the file looks.
    let height: Int

    init(place: SourcePlace, content: Content) {
        self.place = place
        self.content = content
        switch content {
        case .scalar: height = 0
        case .sequence(let elements): height = 1 + (elements.map(\.height).max() ?? 0)
        case .mapping(let members): height = 1 + (members.map(\.value.height).max() ?? 0)
        }
    }

    var scalar: Scalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }

    var members: [Member]? {
        guard case .mapping(let members) = content else { return nil }
        return members
    }

    var elements: [SourceNode]? {
        guard case .sequence(let elements) = content else { return nil }
        return elements
    }

    subscript(key: String) -> SourceNode? {
        members?.first { $0.key == key }?.value
    }

    /// A key with nothing behind it, or `null`.
    var isNull: Bool {
        guard let scalar, !scalar.isQuoted, !scalar.isSubstituted else { return false }
        return CoreScalar(scalar.text) == .null
    }

    /// What it is, in words for messages: `a list`, `"abc"`.
    var shown: String {
        switch content {
        case .scalar(let scalar):
            if isNull { return "nothing" }
            return "\"" + SourceNode.shortened(scalar.written) + "\""
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        }
    }

    /// A text cut to what a message can carry, on one line.
    static func shortened(_ text: String) -> String {
        let limit = 60
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? result + "..." : result
    }
}

/// What a plain scalar means in the core schema of YAML 1.2: `no`, `on`, `0777`, `1_000` and dates are texts.
///
/// Spec: YAML 1.2.2 §10.3.2; a decimal number with a leading zero is a text as well, because half of all readers take
/// it for octal.
enum CoreScalar: Equatable {
    case null
    case bool(Bool)
    /// JSON number text of the same value.
    case number(String)
    /// `.inf`, `.nan`: numbers in YAML that JSON cannot hold.
    case notFinite
    case text

    init(_ text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF":
            self = .notFinite
        default:
            if let number = CoreScalar.number(from: Array(text.utf8)) { self = .number(number) } else { self = .text }
        }
    }

    private static func number(from bytes: [UInt8]) -> String? {
        guard bytes.count <= 400, let first = bytes.first else { return nil }
        guard first < 0x80,
            first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
                || (0x30...0x39).contains(first)
        else { return nil }
        if bytes.count > 2, first == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: "x") || bytes[1] == UInt8(ascii: "o") {
            let digits = String(decoding: bytes[2...], as: UTF8.self)
            guard digits.first != "+", digits.first != "-" else { return nil }
            return UInt64(digits, radix: bytes[1] == UInt8(ascii: "x") ? 16 : 8).map(String.init)
        }
        var rest = bytes[...]
        var result = ""
        if first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            rest.removeFirst()
            if first == UInt8(ascii: "-") { result = "-" }
        }
        let whole = rest.prefix { (0x30...0x39).contains($0) }
        rest.removeFirst(whole.count)
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else { return nil }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix { (0x30...0x39).contains($0) }
            rest.removeFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        result += whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
        if !fraction.isEmpty { result += "." + String(decoding: fraction, as: UTF8.self) }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            var exponent = "e"
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                exponent += sign == UInt8(ascii: "-") ? "-" : "+"
                rest.removeFirst()
            }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest.removeFirst(digits.count)
            result += exponent + String(decoding: digits, as: UTF8.self)
        }
        return rest.isEmpty ? result : nil
    }
}
