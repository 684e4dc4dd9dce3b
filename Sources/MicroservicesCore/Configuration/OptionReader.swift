import Configuration

/// Reads typed options out of one state of a configuration and gathers what is wrong with them, so that one start tells all
/// of it.
///
/// swift-configuration gives nil for a value of another type as for none; a wrong option must not look like a missing one, so
/// values are asked for in each type that a provider may have them in.
struct OptionReader {
    private let values: ConfigSnapshotReader
    /// What stands before each key, for messages; empty or with a dot at its end.
    private let prefix: String
    private var faults: [String] = []

    init(_ values: ConfigSnapshotReader) {
        self.values = values
        // The reader keeps its prefix to itself, but prints it.
        let words = "\(values)"
        guard let start = words.firstRange(of: "keyPrefix: "), let end = words.firstRange(of: ", providers: "),
            start.upperBound < end.lowerBound
        else {
            prefix = ""
            return
        }
        prefix = words[start.upperBound..<end.lowerBound] + "."
    }

    /// Throws when anything was wrong: a line for each option.
    func finish() throws {
        guard faults.isEmpty else { throw MicroserviceError(.badConfiguration, faults.joined(separator: "\n")) }
    }

    // MARK: Types

    mutating func text(_ key: String) -> String? {
        switch find(key) {
        case nil: return nil
        case .text(let text)? where !text.isEmpty: return text
        case let found?: return refuse(key, found, "a text")
        }
    }

    /// A text that no message shows.
    mutating func secret(_ key: String) -> String? {
        switch find(key, isSecret: true) {
        case nil: return nil
        case .text(let text)?: return text
        case .other?: return refuse(key, nil, "a text")
        }
    }

    mutating func whole(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let found = find(key) else { return nil }
        if let number = Int(found.words), range.contains(number) { return number }
        return refuse(key, found, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    mutating func flag(_ key: String) -> Bool? {
        if let flag = values.bool(forKey: ConfigKey(key)) { return flag }
        guard let found = find(key) else { return nil }
        switch found.words.lowercased() {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default: return refuse(key, found, "true or false")
        }
    }

    mutating func size(_ key: String) -> Int? {
        guard let found = find(key) else { return nil }
        return OptionText.size(found.words) ?? refuse(key, found, "a size above 0, such as 65536, 64KiB or 1MB")
    }

    mutating func duration(_ key: String, mayBeZero: Bool = false) -> Duration? {
        guard let found = find(key) else { return nil }
        if mayBeZero, ["0", "0ms", "0s"].contains(found.words) { return .zero }
        return OptionText.duration(found.words) ?? refuse(key, found, Self.durations)
    }

    /// A time that may be switched off by `none`: the outer nil is for an option that is not there.
    mutating func limit(_ key: String) -> Duration?? {
        guard let found = find(key) else { return nil }
        if found.words == "none" { return .some(nil) }
        if let duration = OptionText.duration(found.words) { return .some(duration) }
        return refuse(key, found, Self.durations + ", or none")
    }

    /// One of several words.
    mutating func choice<Value>(_ key: String, _ choices: KeyValuePairs<String, Value>, _ expected: String) -> Value? {
        guard let found = find(key) else { return nil }
        return choices.first { $0.key == found.words }?.value ?? refuse(key, found, expected)
    }

    /// A PEM source; a text in which `\n` stands for the ends of lines, as in many environments, is taken too.
    mutating func pem(_ key: String, isSecret: Bool = false) -> PEM? {
        guard let value = isSecret ? secret(key) : text(key) else { return nil }
        return value.isEmpty ? refuse(key, nil, "a PEM file or text") : Self.pem(value)
    }

    /// One PEM source or several: an array, or separated by commas where a provider does so.
    mutating func pems(_ key: String) -> [PEM]? {
        if let list = values.stringArray(forKey: ConfigKey(key)) {
            guard !list.isEmpty, !list.contains("") else {
                return refuse(key, nil, "files or PEM texts, at least one and none empty")
            }
            return list.map(Self.pem)
        }
        return text(key).map { [Self.pem($0)] }
    }

    /// Notes that options do not go together.
    mutating func fault(_ key: String, _ words: String) { faults.append("\(prefix)\(key) \(words)") }

    // MARK: Values

    private enum Found {
        case text(String)
        /// Something else than a text, in words.
        case other(String)

        var words: String {
            switch self {
            case .text(let words), .other(let words): words
            }
        }
    }

    private static let durations = "a time above 0 and at most 30 days: milliseconds such as 5000, or 250ms, 5s, 1m, 1h"

    private static func pem(_ value: String) -> PEM {
        guard value.contains("-----BEGIN "), !value.contains("\n") else {
            return PEM(fileOrText: value)
        }
        return .text(value.replacing("\\n", with: "\n"))
    }

    private func find(_ name: String, isSecret: Bool = false) -> Found? {
        let key = ConfigKey(name)
        if let text = values.string(forKey: key, isSecret: isSecret) { return .text(text) }
        if let number = values.int(forKey: key, isSecret: isSecret) { return .other("\(number)") }
        if let number = values.double(forKey: key, isSecret: isSecret) { return .other("\(number)") }
        if let flag = values.bool(forKey: key, isSecret: isSecret) { return .other("\(flag)") }
        if values.stringArray(forKey: key, isSecret: isSecret) != nil { return .other("a list") }
        if values.intArray(forKey: key, isSecret: isSecret) != nil { return .other("a list") }
        return nil
    }

    /// Longer values are cut in messages.
    private static let longestShown = 60

    private mutating func refuse<Value>(_ key: String, _ found: Found?, _ expected: String) -> Value? {
        switch found {
        case nil: fault(key, "cannot be used; expected \(expected)")
        case let found?:
            let words = found.words
            let shown = words.count > Self.longestShown ? words.prefix(Self.longestShown) + "..." : words
            fault(key, "is \"\(shown)\"; expected \(expected)")
        }
        return nil
    }
}
