/// Writes metrics in the text formats that Prometheus and its relatives read.
///
/// Pure: families in, text out. Names, labels and their order are those of the families.
///
/// Spec: Prometheus text exposition format 0.0.4; OpenMetrics 1.0.0.
package struct PrometheusText {
    /// The format's version.
    package enum Format: Sendable, CaseIterable {
        /// Prometheus's own, 0.0.4: what is given to whoever does not ask for another.
        case prometheus
        /// OpenMetrics 1.0.0.
        case openMetrics

        /// The value of `Content-Type`.
        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// The format that fits the field `Accept` best.
        ///
        /// - Parameter accept: The field's value; `nil` when there is none.
        package init(accept: String?) {
            var best = (format: Self.prometheus, quality: 0.0)
            for range in (accept ?? "").split(separator: ",") {
                let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                guard parts.first == "application/openmetrics-text" || parts.first == "text/plain" else { continue }
                func parameter(_ name: String) -> String? {
                    parts.dropFirst().first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
                }
                let version = parameter("version")
                let isOpen = parts.first == "application/openmetrics-text"
                guard version == nil || version == (isOpen ? "1.0.0" : "0.0.4") else { continue }
                let quality = parameter("q").map { Double($0) ?? 0 } ?? 1
                if quality > best.quality { best = (isOpen ? .openMetrics : .prometheus, quality) }
            }
            self = best.format
        }
    }

    private let format: Format
    private var text = ""

    /// The whole text of some families.
    package static func text(_ families: [MetricFamily], format: Format = .prometheus) -> String {
        var writer = PrometheusText(format: format)
        for family in families where !family.series.isEmpty { writer.write(family) }
        if format == .openMetrics { writer.text += "# EOF\n" }
        return writer.text
    }

    private init(format: Format) { self.format = format }

    private mutating func write(_ family: MetricFamily) {
        var name = family.name
        // OpenMetrics names the family without what makes its samples a counter's.
        if format == .openMetrics, family.kind == .counter, name.hasSuffix("_total") { name.removeLast(6) }
        text += "# HELP \(name) "
        escape(family.help, quotes: format == .openMetrics)
        text += "\n# TYPE \(name) \(family.kind.rawValue)\n"
        if format == .openMetrics, let unit = ["seconds", "bytes"].first(where: { name.hasSuffix("_" + $0) }) {
            text += "# UNIT \(name) \(unit)\n"
        }
        for series in family.series { write(series, of: family.name) }
    }

    private mutating func write(_ series: MetricFamily.Series, of name: String) {
        switch series.value {
        case .count(let count): sample(name, series.labels, "\(count)")
        case .number(let number): sample(name, series.labels, Self.number(number))
        case .histogram(let bounds, let counts, let sum):
            var total: UInt64 = 0
            for (index, count) in counts.enumerated() {
                total &+= count
                let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
                sample(name + "_bucket", series.labels + [(name: "le", value: bound)], "\(total)")
            }
            sample(name + "_sum", series.labels, Self.number(sum))
            sample(name + "_count", series.labels, "\(total)")
        }
    }

    private mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
        text += name
        for (index, label) in labels.enumerated() {
            text += index == 0 ? "{" : ","
            text += label.name
            text += "=\""
            escape(label.value, quotes: true)
            text += "\""
        }
        if !labels.isEmpty { text += "}" }
        text += " "
        text += value
        text += "\n"
    }

    /// Appends a text that must not end its line, or the quotes that it stands in.
    private mutating func escape(_ value: String, quotes: Bool) {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else {
            text += value
            return
        }
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.unicodeScalars.append(character)
            }
        }
    }

    /// Whole numbers have no exponent as long as they are exact; `1.0`, not `1`, so that a bound has one name in both formats.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return "\(Int64(value)).0" }
        return "\(value)"
    }
}
