import MessageWire

/// Reads the keywords of one schema and says what is wrong with their values.
struct SchemaReader {
    let members: [JSONValue.Member]
    let place: SchemaPlace
    /// The document's URI.
    let document: String
    /// Keywords of other vocabularies are not there.
    let vocabularies: Vocabularies

    /// The value of a keyword, if it counts in the schema's dialect.
    subscript(keyword: String) -> JSONValue? {
        guard let known = Keyword.all[keyword], !vocabularies.isDisjoint(with: known.vocabulary) else { return nil }
        return members.last { $0.name == keyword }?.value
    }

    func error(_ keyword: String, _ reason: String) -> SchemaError {
        SchemaError(document: document, pointer: place.below(keyword).pointer, reason: reason)
    }

    private func mustBe(_ what: String, _ keyword: String, _ value: JSONValue) -> SchemaError {
        error(keyword, "\"\(keyword)\" must be \(what), not \(value.kindInWords)")
    }

    func string(_ keyword: String) throws(SchemaError) -> String? {
        guard let value = self[keyword] else { return nil }
        guard case .string(let text) = value else { throw mustBe("a string", keyword, value) }
        return text
    }

    func bool(_ keyword: String) throws(SchemaError) -> Bool? {
        guard let value = self[keyword] else { return nil }
        guard case .bool(let isTrue) = value else { throw mustBe("true or false", keyword, value) }
        return isTrue
    }

    /// A count: an integer from zero, `2.0` included. A count that no value can reach is the largest integer.
    func count(_ keyword: String) throws(SchemaError) -> Int? {
        guard let value = self[keyword] else { return nil }
        guard case .number(let text) = value else { throw mustBe("an integer from 0", keyword, value) }
        let number = DecimalNumber(text)
        guard number.isInteger, !number.isNegative else { throw mustBe("an integer from 0", keyword, value) }
        guard number.digits.isEmpty, number.exponent + number.digitCount <= DecimalNumber.maxSmallDigits else {
            return .max
        }
        return Int(number.mantissa * DecimalNumber.power(number.exponent))
    }

    func bound(_ keyword: String) throws(SchemaError) -> NumberRules.Bound? {
        guard let value = self[keyword] else { return nil }
        guard case .number(let text) = value else { throw mustBe("a number", keyword, value) }
        return NumberRules.Bound(text: text, value: DecimalNumber(text))
    }

    func array(_ keyword: String) throws(SchemaError) -> [JSONValue]? {
        guard let value = self[keyword] else { return nil }
        guard case .array(let elements) = value else { throw mustBe("an array", keyword, value) }
        return elements
    }

    func object(_ keyword: String) throws(SchemaError) -> [JSONValue.Member]? {
        guard let value = self[keyword] else { return nil }
        guard case .object(let members) = value else { throw mustBe("an object", keyword, value) }
        return members
    }

    func names(_ keyword: String) throws(SchemaError) -> [String]? {
        guard let value = self[keyword] else { return nil }
        return try names(value, keyword)
    }

    /// A list of strings that is the value of a keyword or of a member of it.
    func names(_ value: JSONValue, _ keyword: String, below name: String? = nil) throws(SchemaError) -> [String] {
        let at = place.below(keyword)
        let pointer = (name.map { at.below($0) } ?? at).pointer
        let what = name.map { "\"\($0)\" of \"\(keyword)\"" } ?? "\"\(keyword)\""
        guard case .array(let elements) = value else {
            let reason = "\(what) must be an array of strings, not \(value.kindInWords)"
            throw SchemaError(document: document, pointer: pointer, reason: reason)
        }
        var names: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.stringValue else {
                let reason = "\(what) must be an array of strings and has \(element.kindInWords)"
                throw SchemaError(document: document, pointer: "\(pointer)/\(index)", reason: reason)
            }
            names.append(text)
        }
        return names
    }

    func types() throws(SchemaError) -> JSONTypes? {
        guard let value = self["type"] else { return nil }
        var types: JSONTypes = []
        let list: [String]
        switch value {
        case .string(let name): list = [name]
        case .array: list = try names(value, "type")
        default: throw mustBe("a string or an array of strings", "type", value)
        }
        for name in list {
            guard let known = JSONTypes.named.first(where: { $0.name == name }) else {
                let hint = Spelling.clause(for: name, among: JSONTypes.named.map(\.name))
                throw error("type", "there is no type \"\(name)\"\(hint)")
            }
            types.formUnion(known.types)
        }
        guard !list.isEmpty else { throw error("type", "\"type\" must name at least one type") }
        return types
    }
}

extension JSONValue {
    /// The kind with its article, for messages.
    var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text.utf8.count <= 20 ? text : "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
