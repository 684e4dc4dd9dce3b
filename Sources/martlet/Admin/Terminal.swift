#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The terminal as a screen: the alternate buffer, keys as they are pressed, the size of the window. Blocks on nothing.
///
/// World: one task.
final class Terminal: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: used by one task at a time.
    private var saved = termios()
    private var size: (columns: Int, rows: Int) = (80, 24)

    /// A pressed key.
    enum Key: Sendable, Equatable {
        case character(Character)
        case up
        case down
        case pageUp
        case pageDown
        case interrupt
    }

    func enter() {
        tcgetattr(STDIN_FILENO, &saved)
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        // Reading returns at once, with or without a key.
        withUnsafeMutableBytes(of: &raw.c_cc) { characters in
            characters[Int(VMIN)] = 0
            characters[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        write("\u{1B}[?1049h\u{1B}[?25l")
        _ = sizeHasChanged()
    }

    func leave() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
    }

    /// Looks at the window's size, and says whether it is another than before.
    func sizeHasChanged() -> Bool {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return false
        }
        let now = (columns: Int(window.ws_col), rows: Int(window.ws_row))
        defer { size = now }
        return now != size
    }

    /// The next key, if one was pressed.
    func key() -> Key? {
        var bytes = [UInt8](repeating: 0, count: 8)
        let count = read(STDIN_FILENO, &bytes, 1)
        guard count == 1 else { return nil }
        guard bytes[0] == 0x1B else {
            return bytes[0] == 3 ? .interrupt : .character(Character(Unicode.Scalar(bytes[0])))
        }
        let more = read(STDIN_FILENO, &bytes, 4)
        guard more >= 2, bytes[0] == UInt8(ascii: "[") else { return more < 1 ? .character("\u{1B}") : nil }
        switch bytes[1] {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "5"): return .pageUp
        case UInt8(ascii: "6"): return .pageDown
        default: return nil
        }
    }

    /// Draws from the top, each line cut to the window, in one write so that nothing flickers.
    func draw(_ view: TopView) {
        let lines = view.screen(width: size.columns, height: size.rows)
        write("\u{1B}[H" + lines.map { $0 + "\u{1B}[0m\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
