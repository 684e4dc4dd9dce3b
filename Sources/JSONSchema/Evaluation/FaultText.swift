import MessageWire

/// The words of messages, in the manner of NestJS's `class-validator`.
enum FaultText {
    /// Values are cut after this many characters.
    private static let maxValueCharacters = 64
    /// Values that are listed at most.
    static let maxValues = 20

    /// A number with a noun in its number.
    static func count(_ count: Int, _ noun: String) -> String {
        if count == 1 { return "1 \(noun)" }
        return noun.hasSuffix("y") ? "\(count) \(noun.dropLast())ies" : "\(count) \(noun)s"
    }

    static func minLength(_ length: Int, _ text: String) -> String {
        if length == 1 || text.isEmpty { return "should not be empty" }
        return "must be longer than or equal to \(count(length, "character"))"
    }

    static func maxLength(_ length: Int) -> String { "must be shorter than or equal to \(count(length, "character"))" }

    static func minItems(_ least: Int) -> String { least == 1 ? "should not be empty" : atLeast(least, "element") }

    static func atLeast(_ least: Int, _ noun: String) -> String { "must contain at least \(count(least, noun))" }

    static func atMost(_ most: Int, _ noun: String) -> String { "must contain no more than \(count(most, noun))" }

    static func equal(_ first: Int, _ second: Int) -> String {
        "must not contain the same element twice, as at \(first) and \(second)"
    }

    /// A value as messages have it: strings bare, others as JSON.
    static func shown(_ value: JSONValue) -> String {
        let text = value.stringValue ?? value.serialized()
        let characters = text.unicodeScalars
        guard characters.count > maxValueCharacters else { return text.isEmpty ? "\"\"" : text }
        return String(String.UnicodeScalarView(characters.prefix(maxValueCharacters))) + "…"
    }
}

extension Choices {
    /// What follows the name of a value that is none of them.
    var message: String {
        guard values.count != 1 else { return "must be equal to \(FaultText.shown(values[0]))" }
        let shown = values.prefix(FaultText.maxValues).map { FaultText.shown($0) }.joined(separator: ", ")
        return "must be one of the following values: \(shown)\(values.count > FaultText.maxValues ? ", …" : "")"
    }
}

extension JSONTypes {
    /// What follows the name of a value that is of none of them.
    var message: String {
        let words = Self.named.filter { name, types, _ in
            isSuperset(of: types) && !(name == "integer" && isSuperset(of: .number))
        }
        return words.isEmpty ? "is not allowed" : "must be \(words.map(\.words).joined(separator: " or "))"
    }
}
