/// Times and sizes as a route file writes them: a number and, always, its unit.
enum Units {
    static let longest = Duration.seconds(30 * 24 * 3600)

    /// `250ms`, `2s`, `1.5s`, `1m`, `24h`, `7d`; `nil` for anything else, a bare number included.
    static func duration(_ text: String) -> Duration? {
        guard let (value, unit) = split(text) else { return nil }
        let milliseconds: Double
        switch unit {
        case "ms": milliseconds = value
        case "s": milliseconds = value * 1000
        case "m": milliseconds = value * 60_000
        case "h": milliseconds = value * 3_600_000
        case "d": milliseconds = value * 86_400_000
        default: return nil
        }
        guard milliseconds <= 1e13 else { return longest + .seconds(1) }
        return .microseconds(Int64((milliseconds * 1000).rounded()))
    }

    /// `512B`, `64KiB`, `1MiB`, `2GiB` (powers of 1024) and `64kB`, `1MB`, `2GB` (powers of 1000).
    static func bytes(_ text: String) -> Int? {
        guard let (value, unit) = split(text) else { return nil }
        let factor: Double
        switch unit {
        case "B": factor = 1
        case "kB", "KB": factor = 1e3
        case "MB": factor = 1e6
        case "GB": factor = 1e9
        case "KiB": factor = 1024
        case "MiB": factor = 1_048_576
        case "GiB": factor = 1_073_741_824
        default: return nil
        }
        let bytes = (value * factor).rounded()
        return bytes < 1e15 ? Int(bytes) : Int.max
    }

    static func shown(bytes: Int) -> String {
        if bytes >= 1 << 30, bytes % (1 << 30) == 0 { return "\(bytes >> 30)GiB" }
        if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20)MiB" }
        if bytes >= 1 << 10, bytes % (1 << 10) == 0 { return "\(bytes >> 10)KiB" }
        return "\(bytes)B"
    }

    private static func split(_ text: String) -> (value: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = digits.first, first != ".", digits.last != ".", digits.count <= 15,
            let value = Double(String(digits))
        else { return nil }
        return (value, String(text[digits.endIndex...]))
    }
}
