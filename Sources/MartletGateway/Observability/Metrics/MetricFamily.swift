/// One metric with all its time series, as a monitoring system wants to have it.
package struct MetricFamily: Sendable {
    /// What a value means.
    package enum Kind: String, Sendable {
        /// Only ever grows, until the process starts anew.
        case counter
        /// Goes up and down.
        case gauge
        /// How often values lay below each of several bounds.
        case histogram
    }

    /// What a series has at present.
    package enum Value: Sendable, Hashable {
        case count(UInt64)
        case number(Double)
        /// The upper bounds of all buckets but the last, how many values are in each bucket, and the sum of all values.
        case histogram(bounds: [Double], counts: [UInt64], sum: Double)
    }

    /// One time series.
    package struct Series: Sendable {
        /// In the order in which they are written.
        package var labels: [(name: String, value: String)]
        package var value: Value
    }

    /// The metric's name; that of a counter ends in `_total`.
    package let name: String
    package let kind: Kind
    /// One sentence.
    package let help: String
    package var series: [Series]

    /// Makes one without series.
    package init(_ name: String, _ kind: Kind, _ help: String, series: [Series] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.series = series
    }

    /// Adds a series.
    package mutating func add(_ value: Value, _ labels: KeyValuePairs<String, String> = [:]) {
        series.append(Series(labels: labels.map { (name: $0.key, value: $0.value) }, value: value))
    }
}

extension MetricFamily.Value {
    /// A number of things that are there.
    static func number(_ value: Int) -> Self { .number(Double(value)) }

    /// Times, in seconds.
    static func seconds(_ histogram: GatewayMetrics.Histogram) -> Self {
        .histogram(
            bounds: GatewayMetrics.Histogram.bounds.map { Double($0) / 1e9 }, counts: histogram.counts,
            sum: Double(histogram.sumNanoseconds) / 1e9)
    }
}
