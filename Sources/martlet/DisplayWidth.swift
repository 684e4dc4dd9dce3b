/// How many columns of a terminal a text takes: what tables are laid out by.
///
/// Hangul, Han, Kana and emoji take two columns, combining marks none. Terminals differ in what is newer than they are;
/// that shifts a line, and nothing else.
///
/// Spec: Unicode Standard Annex #11, East Asian Width (W and F); #51, emoji presentation
extension String {
    /// Columns of a terminal.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text with blanks behind it, so that it takes at least this many columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth))
    }
}

extension Character {
    /// What a terminal shows in one place, a family of emoji or a letter with its marks, is as wide as its widest part.
    var displayWidth: Int { unicodeScalars.map(\.displayWidth).max() ?? 0 }
}

extension Unicode.Scalar {
    /// Blocks whose characters are all wide; emoji are asked for one by one.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18CFF, 0x1B000...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    fileprivate var displayWidth: Int {
        if value < 0x7F { return value < 0x20 ? 0 : 1 }
        // Asks for the emoji form of the character before it.
        if value == 0xFE0F { return 2 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // Vowels and final consonants that join the syllable before them.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}
