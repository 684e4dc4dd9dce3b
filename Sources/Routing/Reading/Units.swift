import Pipeline

/// Times and sizes as a route file writes them: a number and, always, its unit.
enum Units {
    static let longest = Duration.seconds(30 * 24 * 3600)

    /// `250ms`, `2s`, `1.5s`, `1m`, `24h`, `7d`; `nil` for anything else, a bare number included.
    static func duration(_ text: String) -> Duration? {
        guard let (value, unit) = UnitText.split(text), let factor = UnitText.milliseconds(ofUnit: unit)
        else { return nil }
        let milliseconds = value * factor
        guard milliseconds <= 1e13 else { return longest + .seconds(1) }
        return .microseconds(Int64((milliseconds * 1000).rounded()))
    }

    /// `512B`, `64KiB`, `1MiB`, `2GiB` (powers of 1024) and `64kB`, `1MB`, `2GB` (powers of 1000).
    static func bytes(_ text: String) -> Int? {
        guard let (value, unit) = UnitText.split(text), let factor = UnitText.bytes(ofUnit: unit) else { return nil }
        let bytes = (value * factor).rounded()
        return bytes < 1e15 ? Int(bytes) : Int.max
    }

    static func shown(bytes: Int) -> String {
        if bytes >= 1 << 30, bytes % (1 << 30) == 0 { return "\(bytes >> 30)GiB" }
        if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20)MiB" }
        if bytes >= 1 << 10, bytes % (1 << 10) == 0 { return "\(bytes >> 10)KiB" }
        return "\(bytes)B"
    }

    /// As a route file would have it: `1.5s` is `1500ms`, `120s` is `2m`.
    static func shown(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        for (unit, factor) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)] {
            if milliseconds >= factor, milliseconds % factor == 0 { return "\(milliseconds / factor)\(unit)" }
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
