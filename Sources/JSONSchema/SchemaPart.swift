import MessageWire

/// A schema for the parameters of a query or path, whose values are texts.
///
/// A text is read as what the schema wants only where it wants no string, so nothing that is valid as it stands becomes
/// something else. A text that is not of the wanted form stays a string, and the schema's fault tells the client.
package struct SchemaPart: Sendable {
    /// What the object of the parameters is checked against.
    package let schema: CompiledSchema
    private let readings: [ByteName: Reading]
    /// For names that the schema does not list.
    private let otherReading: Reading

    /// How the texts of one parameter are read.
    fileprivate struct Reading: Sendable {
        var types: JSONTypes = .all
        /// Types of the elements, if it is an array.
        var elements: JSONTypes = .all
    }

    /// Finds out which types each property of the root object may have, through `$ref`, `allOf` and alternatives.
    ///
    /// - Parameter schema: what the object of the parameters is checked against.
    package init(_ schema: CompiledSchema) {
        self.schema = schema
        let plan = schema.plan
        var readings: [ByteName: Reading] = [:]
        var otherReading = Reading()
        for rules in plan.requirements(of: plan.root).compactMap({ $0.rules.object?.value }) {
            for (name, property) in zip(rules.names.names, rules.properties) {
                guard let property else { continue }
                readings[ByteName(text: name), default: Reading()].add(property, of: plan)
            }
            // With patterns beside it, not all other names are its own.
            if let additional = rules.additional, rules.patterns.isEmpty { otherReading.add(additional, of: plan) }
        }
        self.readings = readings
        self.otherReading = otherReading
    }

    /// Whether a query is surely valid, told from its bytes as they came.
    ///
    /// - Parameter query: `a=1&b=2`.
    /// - Returns: `false` when it is not valid, or when that cannot be told so.
    package func isSurelyValid(query: UnsafeRawBufferPointer) -> Bool { schema.isSurelyValid(query: query) }

    /// The object that texts stand for.
    ///
    /// - Parameter members: the parameters' names, each once, with their values in the order they came.
    /// - Returns: the object, its members in that order.
    package func object(of members: [(name: String, values: [String])]) -> JSONValue {
        .object(
            members.map { name, values in
                let reading = readings[ByteName(text: name)] ?? otherReading
                return JSONValue.Member(name: name, value: reading.value(of: values))
            })
    }
}

extension SchemaPart.Reading {
    /// Takes in what one more schema says of the property.
    fileprivate mutating func add(_ property: Int, of plan: SchemaPlan) {
        types.formIntersection(plan.types(of: property))
        for rules in plan.requirements(of: property).compactMap({ $0.rules.array?.value }) {
            if let items = rules.items { elements.formIntersection(plan.types(of: items)) }
        }
    }

    fileprivate func value(of texts: [String]) -> JSONValue {
        guard texts.count == 1, let text = texts.first else { return array(of: texts) }
        let value = types.value(of: text)
        guard value.kind == .string, types.isSuperset(of: .array), types.isDisjoint(with: .string) else { return value }
        return array(of: texts)
    }

    private func array(of texts: [String]) -> JSONValue { .array(texts.map { elements.value(of: $0) }) }
}

extension JSONTypes {
    /// What a text stands for where these types are wanted.
    fileprivate func value(of text: String) -> JSONValue {
        guard isDisjoint(with: .string) else { return .string(text) }
        if !isDisjoint(with: .number), JSONNumberText.isNumber(text) { return .number(text) }
        switch text {
        case "true" where isSuperset(of: .boolean): return true
        case "false" where isSuperset(of: .boolean): return false
        case "null" where isSuperset(of: .null): return nil
        default: return .string(text)
        }
    }
}
