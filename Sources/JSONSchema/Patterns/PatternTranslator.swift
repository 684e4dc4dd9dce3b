/// An ECMA-262 pattern in PCRE2's language.
struct TranslatedPattern {
    /// To be matched at a text's start only; what may come before a match is part of it.
    let text: String
    let hasBackReferences: Bool
}

/// Reads a pattern by ECMA-262's rules with the `u` flag and writes the same in PCRE2's language.
///
/// Both languages look alike and differ in what `$`, `.`, `\s`, `\d`, `[]` and `\u` mean; and what only PCRE2 knows (atomic
/// groups, recursion, verbs) must not be reachable. So every character of the output is written here, none is copied.
/// More than the `u` flag allows: any ASCII punctuation may be escaped, and a `-` beside a class such as `\w` stands for
/// itself, since schemas are written that way.
///
/// Spec: ECMA-262 §22.2.1
struct PatternTranslator {
    /// Deeper nesting is refused: instances may carry patterns too (`format: regex`).
    private static let maxNesting = 200

    let scalars: [Unicode.Scalar]
    var index = 0
    var output = ""
    var groups: PatternGroups
    var flags = Flags()
    var hasBackReferences = false
    private var nesting = 0

    /// The flags that a group can change. Spec: ECMA-262 §22.2.2, modifiers
    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesAll = false
    }

    /// Translates a pattern.
    ///
    /// - Throws: what ECMA-262 does not allow in it.
    static func translate(_ pattern: String) throws(PatternFault) -> TranslatedPattern {
        let scalars = Array(pattern.unicodeScalars)
        let groups = PatternGroups(scalars)
        if let name = groups.repeatedName {
            throw PatternFault(reason: "two groups are called \"\(name)\"")
        }
        var translator = PatternTranslator(scalars: scalars, groups: groups)
        let isAnchored = try translator.disjunction()
        guard translator.peek == nil else { throw PatternFault(reason: "there is a \")\" without a \"(\"") }
        let text = isAnchored ? "(?:\(translator.output))" : "(?s:.*?)(?:\(translator.output))"
        return TranslatedPattern(text: text, hasBackReferences: translator.hasBackReferences)
    }

    private init(scalars: [Unicode.Scalar], groups: PatternGroups) {
        self.scalars = scalars
        self.groups = groups
    }

    // MARK: Scanning

    var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func next() -> Unicode.Scalar? {
        defer { index += 1 }
        return peek
    }

    /// Moves over these characters if they come next.
    mutating func take(_ text: String) -> Bool {
        guard scalars[min(index, scalars.count)...].starts(with: text.unicodeScalars) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    // MARK: Terms

    /// - Returns: whether every alternative begins with `^`, so that it can match at the start alone.
    private mutating func disjunction() throws(PatternFault) -> Bool {
        var isAnchored = true
        while true {
            let first = peek
            if first != "^" || flags.isMultiline { isAnchored = false }
            while let scalar = peek, scalar != "|", scalar != ")" { try term() }
            guard take("|") else { return isAnchored }
            output += "|"
        }
    }

    private mutating func term() throws(PatternFault) {
        guard let scalar = next() else { return }
        switch scalar {
        case "^": output += flags.isMultiline ? "(?<![^\(Self.lineEnds)])" : "\\A"
        case "$": output += flags.isMultiline ? "(?![^\(Self.lineEnds)])" : "\\z"
        case "(": if try group() { try quantifier() }
        case ".":
            output += flags.dotMatchesAll ? "(?s:.)" : "[^\(Self.lineEnds)]"
            try quantifier()
        case "[":
            try characterClass()
            try quantifier()
        case "\\": if try escape() { try quantifier() }
        case "*", "+", "?": throw PatternFault(reason: "there is nothing that \"\(scalar)\" could repeat")
        case "{", "}", "]": throw PatternFault(reason: "a \"\(scalar)\" that stands for itself must be escaped")
        default:
            literal(scalar)
            try quantifier()
        }
    }

    /// Behind the `(`.
    ///
    /// - Returns: whether the group can be repeated.
    private mutating func group() throws(PatternFault) -> Bool {
        nesting += 1
        guard nesting <= Self.maxNesting else { throw PatternFault(reason: "it is nested too deeply") }
        let outer = flags
        var isRepeatable = true
        if take("?:") {
            output += "(?:"
        } else if let (written, isAssertion) = assertionOpening() {
            output += written
            isRepeatable = !isAssertion
        } else if take("?<") {
            _ = try groupName()
            output += "("
        } else if take("?") {
            try modifiers()
        } else {
            output += "("
        }
        _ = try disjunction()
        guard take(")") else { throw PatternFault(reason: "a \")\" is missing") }
        output += ")"
        flags = outer
        nesting -= 1
        return isRepeatable
    }

    private mutating func assertionOpening() -> (written: String, isAssertion: Bool)? {
        for opening in ["?=", "?!", "?<=", "?<!"] where take(opening) { return ("(" + opening, true) }
        return nil
    }

    /// `?i:`, `?i-s:` and the like, behind the question mark.
    private mutating func modifiers() throws(PatternFault) {
        var isAdding = true
        var seen = ""
        while let scalar = next(), scalar != ":" {
            switch scalar {
            case "i": flags.ignoresCase = isAdding
            case "m": flags.isMultiline = isAdding
            case "s": flags.dotMatchesAll = isAdding
            case "-" where isAdding: isAdding = false
            default: throw PatternFault(reason: "there is no group that begins with \"(?\(seen)\(scalar)\"")
            }
            guard scalar == "-" || !seen.unicodeScalars.contains(scalar) else {
                throw PatternFault(reason: "the modifier \"\(scalar)\" stands there twice")
            }
            seen.unicodeScalars.append(scalar)
        }
        guard scalars[min(index, scalars.count) - 1] == ":", seen != "-" else {
            throw PatternFault(reason: "a group that begins with \"(?\" is not complete")
        }
        output += flags.ignoresCase ? "(?i:" : "(?-i:"
    }

    mutating func groupName() throws(PatternFault) -> String {
        var name = ""
        while let scalar = next() {
            if scalar == ">" {
                guard !name.isEmpty else { break }
                return name
            }
            let properties = scalar.properties
            let isStart = properties.isIDStart || scalar == "_" || scalar == "$"
            guard isStart || (!name.isEmpty && properties.isIDContinue) else { break }
            name.unicodeScalars.append(scalar)
        }
        throw PatternFault(reason: "a group's name must be a word in \"<\" and \">\"")
    }

    // MARK: Quantifiers

    private mutating func quantifier() throws(PatternFault) {
        switch peek {
        case "*", "+", "?":
            if let scalar = next() { output.unicodeScalars.append(scalar) }
        case "{":
            index += 1
            try counts()
        default: return
        }
        if take("?") { output += "?" }
    }

    /// `{2}`, `{2,}` or `{2,3}`, behind the brace.
    private mutating func counts() throws(PatternFault) {
        let fault = PatternFault(reason: "a \"{\" must be followed by counts such as {2} or {2,5}, or be escaped")
        guard let least = number() else { throw fault }
        output += "{\(least)"
        if take(",") {
            output += ","
            if let most = number() {
                guard least <= most else { throw PatternFault(reason: "the counts of {\(least),\(most)} are reversed") }
                output += "\(most)"
            }
        }
        guard take("}") else { throw fault }
        output += "}"
    }

    /// A decimal number, at most 1,000,000: more than PCRE2 takes.
    mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek, let digit = scalar.properties.numericType == .decimal ? scalar.asciiDigit : nil {
            value = min((value ?? 0) * 10 + digit, 1_000_000)
            index += 1
        }
        return value
    }

    // MARK: Output

    static let lineEnds = "\\n\\r\\x{2028}\\x{2029}"

    mutating func literal(_ scalar: Unicode.Scalar) { output += Self.written(scalar) }

    /// A character that stands for itself, inside and outside of classes.
    static func written(_ scalar: Unicode.Scalar) -> String {
        guard scalar.isASCII, !ASCII.isAlphanumeric(UInt8(truncatingIfNeeded: scalar.value)) else {
            return String(Character(scalar))
        }
        return "\\x{\(String(scalar.value, radix: 16))}"
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII digit.
    var asciiDigit: Int? { ("0"..."9").contains(self) ? Int(value) - 0x30 : nil }
}
