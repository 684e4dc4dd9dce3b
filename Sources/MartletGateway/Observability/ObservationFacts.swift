/// What became of lines and spans since the start.
package struct ObservationFacts: Sendable, Equatable {
    /// Of all logs of the process.
    package var logLinesDropped: UInt64
    /// `nil` without `gateway.tracing`.
    package var spans: TracingFacts?
}
