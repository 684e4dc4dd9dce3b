/// Options as a person writes them.
enum OptionText {
    /// The longest time that is taken: a longer one is a mistake.
    private static let longest = 30.0 * 24 * 3600 * 1000

    /// `250ms`, `2s`, `1.5s`, `1m`, `24h`, `7d` as in route files, or milliseconds as in NestJS; nil for anything else, and for
    /// what is not longer than nothing.
    static func duration(_ text: String) -> Duration? {
        guard let (value, unit) = split(text) else { return nil }
        let factor: Double
        switch unit {
        case "", "ms": factor = 1
        case "s": factor = 1000
        case "m": factor = 60_000
        case "h": factor = 3_600_000
        case "d": factor = 86_400_000
        default: return nil
        }
        let milliseconds = value * factor
        guard milliseconds > 0, milliseconds <= longest else { return nil }
        return .microseconds(Int64((milliseconds * 1000).rounded(.up)))
    }

    /// `65536`, `64KiB`, `1MiB`, `2GiB` (powers of 1024), `64kB`, `1MB`, `2GB` (powers of 1000); nil for anything else, and for 0.
    static func size(_ text: String) -> Int? {
        guard let (value, unit) = split(text) else { return nil }
        let factor: Double
        switch unit {
        case "", "B": factor = 1
        case "kB", "KB": factor = 1e3
        case "MB": factor = 1e6
        case "GB": factor = 1e9
        case "KiB": factor = 1024
        case "MiB": factor = 1_048_576
        case "GiB": factor = 1_073_741_824
        default: return nil
        }
        let size = (value * factor).rounded()
        return size >= 1 && size < 1e15 ? Int(size) : nil
    }

    private static func split(_ text: String) -> (value: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = digits.first, first != ".", digits.last != ".", digits.count <= 15,
            let value = Double(String(digits))
        else { return nil }
        return (value, String(text[digits.endIndex...]))
    }
}
