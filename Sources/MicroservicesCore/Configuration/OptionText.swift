import Pipeline

/// Options as a person writes them.
enum OptionText {
    /// The longest time that is taken: a longer one is a mistake.
    private static let longest = 30.0 * 24 * 3600 * 1000

    /// `250ms`, `2s`, `1.5s`, `1m`, `24h`, `7d` as in route files, or milliseconds as in NestJS; nil for anything else, and for
    /// what is not longer than nothing.
    static func duration(_ text: String) -> Duration? {
        guard let (value, unit) = UnitText.split(text),
            let factor = UnitText.milliseconds(ofUnit: unit.isEmpty ? "ms" : unit)
        else { return nil }
        let milliseconds = value * factor
        guard milliseconds > 0, milliseconds <= longest else { return nil }
        return .microseconds(Int64((milliseconds * 1000).rounded(.up)))
    }

    /// `65536`, `64KiB`, `1MiB`, `2GiB` (powers of 1024), `64kB`, `1MB`, `2GB` (powers of 1000); nil for anything else, and for 0.
    static func size(_ text: String) -> Int? {
        guard let (value, unit) = UnitText.split(text), let factor = UnitText.bytes(ofUnit: unit.isEmpty ? "B" : unit)
        else { return nil }
        let size = (value * factor).rounded()
        return size >= 1 && size < 1e15 ? Int(size) : nil
    }
}
