import Synchronization

extension Gateway {
    /// Opens the files of all logs of the process again, under the names they were opened with: for whoever has renamed them, as
    /// logrotate does. Lines handed over before go to the old files, those that come meanwhile to either.
    public static func reopenLogs() { LogWriter.reopenAll() }

    /// What became of the spans since their receiver was named; `nil` without `gateway.tracing`.
    package var tracingFacts: TracingFacts? { state.withLock { $0.generation?.observation.tracing }?.facts }

    /// What became of lines and spans.
    var observationFacts: ObservationFacts {
        ObservationFacts(logLinesDropped: LogWriter.droppedLines, spans: tracingFacts)
    }
}
