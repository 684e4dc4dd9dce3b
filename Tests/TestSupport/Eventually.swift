/// A condition that did not come true in a time that is long beyond doubt.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was waited for.
    public let description: String
}

/// Waits for something that nobody announces: looks again and again, with a breath in between so that a small machine can
/// get on with it.
///
/// The time it takes means nothing; the bound only turns a hang into a failure.
///
/// - Parameters:
///   - what: For the failure.
///   - condition: Looked at until it is true.
/// - Throws: ``NeverHappened``, and what the condition throws.
public func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: .seconds(60))
    while try await !condition() {
        guard clock.now < end else { throw NeverHappened(description: what) }
        try await clock.sleep(for: .milliseconds(2))
    }
}
