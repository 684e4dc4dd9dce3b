/// A label of a host name as IDNA 2008 allows it.
///
/// Spec: RFC 5891 §4.2, RFC 5892, RFC 5893
struct InternationalLabel {
    let scalars: [Unicode.Scalar]

    /// A label that was checked to consist of ASCII letters, digits and hyphens.
    init(ascii scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// A label as it is read; nil if it is not allowed.
    init?(_ scalars: [Unicode.Scalar]) {
        guard scalars.count <= Punycode.maxLabelLength, let first = scalars.first, first != "-", scalars.last != "-",
            !Self.isMark(first)
        else { return nil }
        if scalars.count >= 4, scalars[2] == "-", scalars[3] == "-" { return nil }
        self.scalars = scalars
        let context = LabelContext(scalars)
        guard scalars.indices.allSatisfy({ context.allows(at: $0) }) else { return nil }
    }

    /// A label from what stands behind its `xn--`; nil if that is not what the label would be written as.
    init?(encoded: some Collection<UInt8>) {
        guard let scalars = Punycode.decode(encoded), !scalars.allSatisfy(\.isASCII),
            let again = Punycode.encode(scalars), again.elementsEqual(encoded, by: { $0 | 0x20 == $1 | 0x20 })
        else { return nil }
        self.init(scalars)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private var text: String { String(String.UnicodeScalarView(scalars)) }

    /// Whether the whole name has to keep the rule for two directions.
    var isRightToLeft: Bool { Self.rightToLeft?.search(text).verdict == .matches }

    /// Spec: RFC 5893 §2
    var keepsBidiRule: Bool {
        Self.leftToRightRule?.search(text).verdict == .matches || Self.rightToLeftRule?.search(text).verdict == .matches
    }

    private static let rightToLeft = try? TextPattern(native: "(?s:.*?)[\\p{bc:R}\\p{bc:AL}\\p{bc:AN}]")
    private static let neutral = "\\p{bc:ES}\\p{bc:CS}\\p{bc:ET}\\p{bc:ON}\\p{bc:BN}\\p{bc:NSM}\\p{bc:EN}"
    private static let leftToRightRule = try? TextPattern(
        native: "\\p{bc:L}(?:[\\p{bc:L}\(neutral)]*[\\p{bc:L}\\p{bc:EN}])?\\p{bc:NSM}*\\z")
    private static let rightToLeftRule = try? TextPattern(
        native: "(?!.*\\p{bc:EN}.*\\p{bc:AN})(?!.*\\p{bc:AN}.*\\p{bc:EN})[\\p{bc:R}\\p{bc:AL}]"
            + "(?:[\\p{bc:R}\\p{bc:AL}\\p{bc:AN}\(neutral)]*[\\p{bc:R}\\p{bc:AL}\\p{bc:EN}\\p{bc:AN}])?\\p{bc:NSM}*\\z")
}

/// Which code points a label may have, and what must stand beside those that are allowed in places only.
///
/// Spec: RFC 5892 §2, §3, appendix A
struct LabelContext {
    private let scalars: [Unicode.Scalar]

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    func allows(at index: Int) -> Bool {
        let scalar = scalars[index]
        switch scalar.value {
        // Exceptions. Spec: RFC 5892 §2.6
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        case 0xB7: return before(index) == "l" && after(index) == "l"
        case 0x375: return after(index).map { Self.is($0, .greek) } ?? false
        case 0x5F3, 0x5F4: return before(index).map { Self.is($0, .hebrew) } ?? false
        case 0x30FB: return scalars.contains { $0.value != 0x30FB && Self.is($0, .japanese) }
        case 0x660...0x669: return !scalars.contains { (0x6F0...0x6F9).contains($0.value) }
        case 0x6F0...0x6F9: return !scalars.contains { (0x660...0x669).contains($0.value) }
        case 0x200D: return isAfterVirama(index)
        case 0x200C: return isAfterVirama(index) || JoiningType.isBetweenJoining(scalars, at: index)
        case 0..<0x80: return scalar == "-" || ("a"..."z").contains(scalar) || scalar.asciiDigit != nil
        default: return Self.isLetterOrDigit(scalar)
        }
    }

    private func before(_ index: Int) -> Unicode.Scalar? { index > 0 ? scalars[index - 1] : nil }

    private func after(_ index: Int) -> Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }

    private func isAfterVirama(_ index: Int) -> Bool {
        before(index)?.properties.canonicalCombiningClass == Unicode.CanonicalCombiningClass(rawValue: 9)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        guard !properties.changesWhenNFKCCaseFolded, !properties.isDefaultIgnorableCodePoint, !properties.isWhitespace,
            !properties.isNoncharacterCodePoint
        else { return false }
        switch scalar.value {
        // Marks for symbols, musical symbols, old Hangul letters. Spec: RFC 5892 §2.4, §2.9
        case 0x20D0...0x20FF, 0x1D100...0x1D24F, 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF: return false
        default: break
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark,
            .decimalNumber:
            return true
        default: return false
        }
    }

    /// The scripts that the rules ask for.
    private enum Script: String {
        case greek = "\\p{sc:Greek}"
        case hebrew = "\\p{sc:Hebrew}"
        case japanese = "[\\p{sc:Hiragana}\\p{sc:Katakana}\\p{sc:Han}]"
    }

    private static let greek = try? TextPattern(native: Script.greek.rawValue)
    private static let hebrew = try? TextPattern(native: Script.hebrew.rawValue)
    private static let japanese = try? TextPattern(native: Script.japanese.rawValue)

    private static func `is`(_ scalar: Unicode.Scalar, _ script: Script) -> Bool {
        let pattern =
            switch script {
            case .greek: greek
            case .hebrew: hebrew
            case .japanese: japanese
            }
        return pattern?.search(String(Character(scalar))).verdict == .matches
    }
}
