import MessageWire

/// What is asked of single values. All functions return, while silent, whether the value is valid; while reporting, whether
/// to go on.
extension Evaluation {
    mutating func checkChoices(_ node: SchemaNode, _ value: JSONValue) -> Bool {
        if let choices = node.rules.choices, !choices.contains(value) {
            guard note(node, "enum", choices.message) else { return false }
        }
        if let constant = node.rules.constant, !CanonicalValue.areEqual(constant, value) {
            guard note(node, "const", "must be equal to \(FaultText.shown(constant))") else { return false }
        }
        return true
    }

    mutating func checkNumber(_ node: SchemaNode, _ rules: NumberRules, _ text: String) -> Bool {
        let number = DecimalNumber(text)
        if let bound = rules.minimum, number < bound.value {
            guard note(node, "minimum", "must not be less than \(bound.text)") else { return false }
        }
        if let bound = rules.exclusiveMinimum, number <= bound.value {
            guard note(node, "exclusiveMinimum", "must be greater than \(bound.text)") else { return false }
        }
        if let bound = rules.maximum, number > bound.value {
            guard note(node, "maximum", "must not be greater than \(bound.text)") else { return false }
        }
        if let bound = rules.exclusiveMaximum, number >= bound.value {
            guard note(node, "exclusiveMaximum", "must be less than \(bound.text)") else { return false }
        }
        if let bound = rules.multipleOf, !number.isMultiple(of: bound.value) {
            guard note(node, "multipleOf", "must be divisible by \(bound.text)") else { return false }
        }
        return true
    }

    mutating func checkText(_ node: SchemaNode, _ rules: TextRules, _ text: String) -> Bool {
        if rules.minLength > 0, TextLength.isShorter(text, than: rules.minLength) {
            guard note(node, "minLength", FaultText.minLength(rules.minLength, text)) else { return false }
        }
        if let max = rules.maxLength, TextLength.isLonger(text, than: max) {
            guard note(node, "maxLength", FaultText.maxLength(max)) else { return false }
        }
        if let pattern = rules.pattern {
            guard let isMatch = search(pattern, text, "pattern") else { return false }
            if !isMatch {
                guard note(node, "pattern", "must match /\(pattern.source)/ regular expression") else { return false }
            }
        }
        if let format = rules.format, !format.accepts(text) {
            guard note(node, "format", "must be \(format.words)") else { return false }
        }
        return true
    }

    /// Whether the text has a match, nil if the check was given up.
    mutating func search(_ pattern: TextPattern, _ text: String, _ keyword: String) -> Bool? {
        let search = pattern.search(text)
        if search.work > 0 { spend(search.work) }
        guard search.verdict != .undecided else {
            giveUp(.pattern(keyword: keyword))
            return nil
        }
        return obstacle == nil ? search.verdict == .matches : nil
    }
}

/// Lengths in code points, counted only where the number of bytes leaves a doubt.
enum TextLength {
    static func isShorter(_ text: String, than length: Int) -> Bool {
        let bytes = text.utf8.count
        if bytes < length { return true }
        return bytes / 4 < length && text.unicodeScalars.count < length
    }

    static func isLonger(_ text: String, than length: Int) -> Bool {
        let bytes = text.utf8.count
        if bytes <= length { return false }
        return bytes / 4 > length || text.unicodeScalars.count > length
    }
}
