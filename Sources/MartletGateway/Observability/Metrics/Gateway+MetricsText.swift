/// Metrics as text, and what kind of text it is.
public struct MetricsText: Sendable {
    /// The value of `Content-Type`.
    public let contentType: String
    /// The whole text.
    public let text: String

    package init(contentType: String, text: String) {
        self.contentType = contentType
        self.text = text
    }
}

extension Gateway {
    /// All metrics in the text format of Prometheus, or of OpenMetrics when that is asked for: what `/metrics` has to answer.
    ///
    /// - Parameter accept: The value of the request's field `Accept`; `nil` when there is none.
    /// - Returns: The text. `docs/metrics.md` says what is in it.
    public func metricsText(accept: String? = nil) async -> MetricsText {
        let format = PrometheusText.Format(accept: accept)
        var families = MetricCatalog.families(await metrics(), process: ProcessFacts.current())
        families += sharedMetrics?.families ?? []
        return MetricsText(contentType: format.contentType, text: PrometheusText.text(families, format: format))
    }
}
