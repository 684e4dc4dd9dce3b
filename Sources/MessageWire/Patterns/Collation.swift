/// Orders keys as JavaScript's `localeCompare` does in an English locale, for the characters that keys are made of.
///
/// Symbols come first, then digits, then letters without regard to case and accents; accents decide between words that are
/// otherwise equal, then case, lower before upper; words that are still equal keep their order. Exact for ASCII, Latin-1 and
/// Latin Extended-A. All other characters come last, by code point, where the full algorithm has tables of megabytes; emoji
/// and symbols beyond Latin-1 are out of place then. It matters only where a route is shown to others: both ends of a
/// connection sort for themselves.
///
/// Spec: Unicode Technical Standard #10, root collation of CLDR (alternate: non-ignorable)
enum Collation {
    /// The elements in the order of their keys; equal keys keep their order.
    static func sorted<Element>(_ elements: [Element], by key: (Element) -> String) -> [Element] {
        guard elements.count > 1 else { return elements }
        let keyed = elements.enumerated().map { (key: SortKey(key($0.element)), index: $0.offset) }
        return keyed.sorted { $0.key < $1.key || $0.key == $1.key && $0.index < $1.index }.map { elements[$0.index] }
    }

    /// What a text is compared by: first all letters, then all accents, then all cases.
    struct SortKey: Comparable {
        private var letters: [UInt32] = []
        private var accents: [UInt8] = []
        private var cases: [UInt8] = []

        init(_ text: String) {
            for scalar in text.unicodeScalars { append(scalar) }
        }

        static func < (one: SortKey, other: SortKey) -> Bool {
            if one.letters != other.letters { return one.letters.lexicographicallyPrecedes(other.letters) }
            if one.accents != other.accents { return one.accents.lexicographicallyPrecedes(other.accents) }
            return one.cases.lexicographicallyPrecedes(other.cases)
        }

        private mutating func append(_ scalar: Unicode.Scalar) {
            if let entry = Collation.entries[scalar] {
                append(entry, style: 0)
            } else if let (plain, style) = Collation.variants[scalar], let entry = Collation.entries[plain] {
                append(entry, style: style)
            } else if let accent = Collation.marks[scalar] {
                append(accent: accent)
            } else if scalar.properties.isUppercase, let lower = Collation.lowercase(scalar),
                let entry = Collation.entries[lower[0]]
            {
                append(entry, style: Collation.upper)
                for mark in lower.dropFirst() { append(accent: Collation.marks[mark] ?? 0) }
            } else if !Collation.isIgnored(scalar) {
                append(Entry(letters: [Collation.firstOther + scalar.value], accent: 0), style: 0)
            }
        }

        private mutating func append(_ entry: Entry, style: UInt8) {
            for (index, letter) in entry.letters.enumerated() {
                letters.append(letter)
                accents.append(0)
                cases.append(style)
                if index == 0, entry.accent > 0 { append(accent: entry.accent) }
            }
        }

        private mutating func append(accent: UInt8) {
            accents.append(accent)
            cases.append(0)
        }
    }

    /// What a character is made of.
    private struct Entry {
        /// Places in `order`; more than one for ligatures.
        var letters: [UInt32]
        /// A place in `accentedLetters`, one-based; 0 is none.
        var accent: UInt8
    }

    /// The case of capital letters. Small ones have 0, superscripts 2 or, where there is no capital, 1.
    private static let upper: UInt8 = 1

    /// Characters that differ in more than accent and case.
    private static let order =
        "\t\n\u{B}\u{C}\r\u{85} _-,;:!¡?¿.·'\"«»()[]{}§¶@*/\\&#%`´^¯¨¸°©®+±÷×<=>¬|¦~\u{2044}¤¢$£¥0123456789"
        + "abcdefghiıjklmnŋopqĸrstŧuvwxyzþŉµ"

    /// Accents in ascending order: the combining mark (if there is one) and pairs of a letter and what it is without.
    private static let accentedLetters: [(mark: Unicode.Scalar?, pairs: String)] = [
        ("\u{301}", "áaéeíióoúuýyćcĺlńnŕrśsźz"), ("\u{300}", "àaèeìiòoùu"), ("\u{306}", "ăaĕeğgĭiŏoŭu"),
        ("\u{302}", "âaĉcêeĝgĥhîiĵjôoŝsûuŵwŷy"), ("\u{30C}", "čcďděeľlňnřršsťtžz"), ("\u{30A}", "åaůu"),
        ("\u{308}", "äaëeïiöoüuÿy"), ("\u{30B}", "őoűu"), ("\u{303}", "ãañnĩiõoũu"), ("\u{307}", "ċcėeġgżz"),
        ("\u{327}", "çcģgķkļlņnŗrşsţt"), (nil, "øođdłlħh"), ("\u{328}", "ąaęeįiųu"), ("\u{304}", "āaēeīiōoūu"),
        (nil, "ŀlðdſs"),
    ]

    /// Characters that stand for two or three others; the first three are different from them like an accented letter.
    private static let ligatures: [(Unicode.Scalar, letters: String, isAccented: Bool)] = [
        ("æ", "ae", true), ("œ", "oe", true), ("ß", "ss", true), ("ĳ", "ij", false),
        ("¼", "1\u{2044}4", false), ("½", "1\u{2044}2", false), ("¾", "3\u{2044}4", false),
    ]

    /// Characters that differ from another one like a capital from its letter.
    private static let variants: [Unicode.Scalar: (Unicode.Scalar, UInt8)] = [
        "\u{A0}": (" ", 1), "¹": ("1", 1), "²": ("2", 1), "³": ("3", 1), "ª": ("a", 2), "º": ("o", 2),
    ]

    private static let firstOther: UInt32 = 0x1000

    private static let marks: [Unicode.Scalar: UInt8] = {
        var marks: [Unicode.Scalar: UInt8] = [:]
        for (index, accent) in accentedLetters.enumerated() {
            if let mark = accent.mark { marks[mark] = UInt8(truncatingIfNeeded: index + 1) }
        }
        return marks
    }()

    private static let entries: [Unicode.Scalar: Entry] = {
        var entries: [Unicode.Scalar: Entry] = [:]
        for (index, scalar) in order.unicodeScalars.enumerated() {
            entries[scalar] = Entry(letters: [UInt32(truncatingIfNeeded: index)], accent: 0)
        }
        for (index, accent) in accentedLetters.enumerated() {
            let scalars = Array(accent.pairs.unicodeScalars)
            for pair in stride(from: 0, to: scalars.count - 1, by: 2) {
                let letters = entries[scalars[pair + 1]]?.letters ?? []
                entries[scalars[pair]] = Entry(letters: letters, accent: UInt8(truncatingIfNeeded: index + 1))
            }
        }
        for ligature in ligatures {
            let letters = ligature.letters.unicodeScalars.compactMap { entries[$0]?.letters.first }
            entries[ligature.0] = Entry(letters: letters, accent: ligature.isAccented ? 0x7F : 0)
        }
        return entries
    }()

    /// The scalars of a capital letter's small letter.
    private static func lowercase(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        let lower = Array(scalar.properties.lowercaseMapping.unicodeScalars)
        return lower.isEmpty ? nil : lower
    }

    /// Control characters and the soft hyphen do not count at all.
    private static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0xAD
    }
}
