import Logging

/// Where the admin listener's questions meet the parts of the gateway that answer them.
extension Gateway {
    package func logLevel() async -> String? { nil }

    package func setLogLevel(_ level: String) async -> Bool { Logger.Level(rawValue: level) != nil }
}
