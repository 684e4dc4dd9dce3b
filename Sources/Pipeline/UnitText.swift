/// A number and its unit, as options and route files write times and sizes. What is allowed, and what a bare number means, is the
/// caller's matter.
package enum UnitText {
    /// Splits a text in two.
    ///
    /// - Parameter text: `1.5s`, `64KiB`, `5000`.
    /// - Returns: The number, of 15 digits at most, and what follows it; nil when the text begins with no such number.
    package static func split(_ text: String) -> (value: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = digits.first, first != ".", digits.last != ".", digits.count <= 15,
            let value = Double(String(digits))
        else { return nil }
        return (value, String(text[digits.endIndex...]))
    }

    /// How many milliseconds a unit of time has; nil for anything else.
    package static func milliseconds(ofUnit unit: String) -> Double? {
        switch unit {
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }

    /// How many bytes a unit of size has, `KiB` and its like in powers of 1024, `kB` and its like of 1000; nil for anything else.
    package static func bytes(ofUnit unit: String) -> Double? {
        switch unit {
        case "B": 1
        case "kB", "KB": 1e3
        case "MB": 1e6
        case "GB": 1e9
        case "KiB": 1024
        case "MiB": 1_048_576
        case "GiB": 1_073_741_824
        default: nil
        }
    }
}
