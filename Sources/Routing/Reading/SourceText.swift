/// The text of one route file, cleared of what the YAML reader must not see, with every position kept.
///
/// Three things happen before Yams reads a file, each by replacing one character with one other, so that lines and
/// columns stay those of the file:
/// - a tab becomes a space (and an error: YAML forbids tabs where they would matter and hides them where they do not);
/// - `*` becomes a private-use character. An alias is then an ordinary scalar, which we resolve ourselves with a
///   limit on the expanded size; Yams would copy, and hash, without any limit;
/// - the first letter of a duplicated key is replaced (``renameKey(at:)``), because Yams stops at the first duplicate
///   and we want to report all of them.
struct SourceText {
    /// 4 MiB: far above any route file, far below what would hurt.
    static let maxBytes = 4 << 20
    static let aliasMark: Unicode.Scalar = "\u{E0A5}"
    private static let firstKeyMark: UInt32 = 0xE100
    static let maxRenamedKeys = 50

    private(set) var scalars: [Unicode.Scalar]
    /// Index of the first scalar of each line.
    private let lineStarts: [Int]
    private(set) var renamed: [Position: Unicode.Scalar] = [:]

    struct Position: Hashable {
        let line: Int
        let column: Int
    }

    /// Checks the bytes of a file and reports what no YAML reader would take.
    ///
    /// - Returns: `nil` when nothing of the file can be read; what is wrong stands in `sink` then.
    init?(_ bytes: [UInt8], file: String, sink: DiagnosticSink) {
        func place(_ line: Int, _ column: Int) -> SourcePlace { SourcePlace(file: file, line: line, column: column) }
        guard bytes.count <= Self.maxBytes else {
            sink.error(place(1, 1), "the file is larger than 4 MiB")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let good = Self.validPrefix(of: bytes)
            let before = Array(String(decoding: bytes[..<good], as: UTF8.self).unicodeScalars)
            let starts = Self.lineStarts(in: before)
            let shown = String(bytes[good], radix: 16, uppercase: true)
            sink.error(
                place(starts.count, before.count - (starts.last ?? 0) + 1),
                "the file is not UTF-8: byte 0x\(shown) cannot stand here")
            return nil
        }
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        lineStarts = Self.lineStarts(in: scalars)
        var isReadable = true
        var (line, isComment, beforeIsBlank) = (0, false, true)
        for index in scalars.indices {
            while line + 1 < lineStarts.count, lineStarts[line + 1] <= index {
                line += 1
                (isComment, beforeIsBlank) = (false, true)
            }
            let scalar = scalars[index]
            let here = place(line + 1, index - lineStarts[line] + 1)
            if scalar == "#", beforeIsBlank { isComment = true }
            beforeIsBlank = scalar == " " || scalar == "\t"
            switch scalar {
            case "\t":
                if !isComment { sink.error(here, "tab character; indent and separate with spaces") }
                scalars[index] = " "
            case "*":
                scalars[index] = Self.aliasMark
            case _ where !Self.isAllowed(scalar):
                let code = String(scalar.value, radix: 16, uppercase: true)
                sink.error(here, "character U+\(code) is not allowed in a route file")
                isReadable = false
            default: break
            }
        }
        guard isReadable else { return nil }
        self.scalars = scalars
    }

    /// The text for Yams. Longer than what Swift stores inside a `String` itself, because Yams keeps a pointer into it.
    var prepared: String {
        var text = String(String.UnicodeScalarView(scalars))
        if text.utf8.count < 32 { text += "\n" + String(repeating: " ", count: 32) + "\n" }
        return text
    }

    /// A text as it was in the file.
    static func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(aliasMark) else { return text }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { view.append(scalar == aliasMark ? "*" : scalar) }
        return String(view)
    }

    /// Makes the key at a position different from all others.
    ///
    /// - Returns: whether that was possible.
    mutating func renameKey(at position: Position) -> Bool {
        guard renamed.count < Self.maxRenamedKeys, var index = index(of: position) else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, renamed[position] == nil,
            !"\"'&!?\n\r|>[{".unicodeScalars.contains(scalars[index]),
            let mark = Unicode.Scalar(Self.firstKeyMark + UInt32(renamed.count))
        else { return false }
        renamed[position] = scalars[index]
        scalars[index] = mark
        return true
    }

    /// The key's own text again.
    func originalKey(_ text: String, at position: Position) -> String {
        guard let original = renamed[position] else { return Self.restored(text) }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isMark = (Self.firstKeyMark..<Self.firstKeyMark + UInt32(Self.maxRenamedKeys)).contains(scalar.value)
            view.append(isMark ? original : scalar)
        }
        return Self.restored(String(view))
    }

    /// What stands at a position, up to the end of its line, for messages.
    func excerpt(at position: Position) -> String {
        guard let start = index(of: position) else { return "" }
        let rest = scalars[start...].prefix { $0 != "\n" && $0 != "\r" }
        return SourceNode.shortened(Self.restored(String(String.UnicodeScalarView(rest))))
    }

    /// The tag (`!!str`, `!secret`) of the value at a position, as it is written; `nil` when there is none.
    ///
    /// Asked of the text because Yams tells neither `!` nor a tag of quoted texts. An anchor may stand before it.
    func tag(at position: Position) -> String? {
        guard var start = index(of: position) else { return nil }
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\r" }
        if scalars[start] == "&" {
            guard let end = scalars[start...].firstIndex(where: isBlank),
                let next = scalars[end...].firstIndex(where: { !isBlank($0) })
            else { return nil }
            start = next
        }
        guard scalars[start] == "!" else { return nil }
        let word = scalars[start...].prefix { !isBlank($0) && !",[]{}".unicodeScalars.contains($0) }
        return String(String.UnicodeScalarView(word))
    }

    private func index(of position: Position) -> Int? {
        guard (1...lineStarts.count).contains(position.line), position.column >= 1 else { return nil }
        let index = lineStarts[position.line - 1] + position.column - 1
        return index < scalars.count ? index : nil
    }

    /// YAML 1.1's line breaks, which libyaml counts by.
    private static func lineStarts(in scalars: [Unicode.Scalar]) -> [Int] {
        var starts = [0]
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "\n", "\u{85}", "\u{2028}", "\u{2029}": starts.append(index + 1)
            case "\r" where index + 1 >= scalars.count || scalars[index + 1] != "\n": starts.append(index + 1)
            default: break
            }
        }
        return starts
    }

    /// Spec: YAML 1.2.2 §5.1, less the private-use characters that this type uses as marks.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF: true
        case 0xE0A5, 0xE100..<0xE100 + UInt32(maxRenamedKeys): false
        case 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func validPrefix(of bytes: [UInt8]) -> Int {
        var good = 0
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { good += UTF8.width(scalar) }
        return min(good, bytes.count - 1)
    }
}
