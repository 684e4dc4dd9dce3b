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
