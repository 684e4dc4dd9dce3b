import MartletGateway

/// The present, as tokens count it.
enum Timestamps {
    /// Seconds since 1970.
    static var now: Double { Double(Timestamp.now().seconds) }
}
