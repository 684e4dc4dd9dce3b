/// What is known of the configuration that serves, and of the attempts to replace it.
package struct ReloadFacts: Sendable {
    /// One for the configuration of the start, one more with each that took its place.
    package private(set) var generation = 0
    /// Tells configurations apart; `-` for one that was not read from files.
    package private(set) var hash = "-"
    /// When the configuration that serves began to.
    package private(set) var loadedAt = Timestamp.now()
    /// Whether the latest attempt was good: what `martlet_config_last_reload_successful` says.
    package private(set) var lastSucceeded = true
    package private(set) var lastAttemptAt = Timestamp.now()
    /// Since the start, which does not count.
    package private(set) var succeeded = 0
    package private(set) var failed = 0

    /// Nothing was loaded yet.
    init() {}

    package init(
        generation: Int, hash: String, loadedAt: Timestamp, lastSucceeded: Bool, lastAttemptAt: Timestamp,
        succeeded: Int, failed: Int
    ) {
        self.generation = generation
        self.hash = hash
        self.loadedAt = loadedAt
        self.lastSucceeded = lastSucceeded
        self.lastAttemptAt = lastAttemptAt
        self.succeeded = succeeded
        self.failed = failed
    }

    /// A configuration serves.
    ///
    /// - Parameters:
    ///   - generation: Its number.
    ///   - hash: What tells it apart from others.
    mutating func succeed(_ generation: Int, hash: String) {
        if self.generation > 0 { succeeded += 1 }
        self.generation = generation
        self.hash = hash
        loadedAt = .now()
        lastAttemptAt = loadedAt
        lastSucceeded = true
    }

    /// The files say what they said: nothing to do is a success.
    mutating func confirm() {
        succeeded += 1
        lastAttemptAt = .now()
        lastSucceeded = true
    }

    mutating func fail() {
        failed += 1
        lastAttemptAt = .now()
        lastSucceeded = false
    }
}
