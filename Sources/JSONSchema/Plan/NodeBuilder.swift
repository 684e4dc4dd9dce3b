import MessageWire

/// Makes the rules of one schema from its keywords.
struct NodeBuilder {
    let reader: SchemaReader
    let resource: Int
    /// The schema's own number.
    let number: Int
    let plan: PlanBuilder

    func fill(_ rules: inout NodeRules) throws(SchemaError) {
        try checkCore()
        rules.types = try reader.types() ?? .all
        rules.constant = reader["const"]
        rules.choices = try reader.array("enum").map { Choices($0) }
        rules.number = try numberRules()
        rules.text = try textRules()
        rules.array = try arrayRules()
        rules.object = try objectRules()
        try addReferences(to: &rules)
        try addLogic(to: &rules)
        rules.unevaluatedItems = try schema("unevaluatedItems")
        rules.unevaluatedProperties = try schema("unevaluatedProperties")
        // An annotation, but what is wrong in it should be told.
        _ = try schema("contentSchema")
        for keyword in ["$defs", "definitions"] { _ = try schemaMap(keyword) }
    }

    // MARK: Schemas in schemas

    func schema(_ keyword: String) throws(SchemaError) -> Int? {
        guard let value = reader[keyword] else { return nil }
        return plan.node(at: reader.place.below(keyword), value, label: keyword)
    }

    private func schemaList(_ keyword: String) throws(SchemaError) -> [Int]? {
        guard let elements = try reader.array(keyword) else { return nil }
        guard !elements.isEmpty else { throw reader.error(keyword, "\"\(keyword)\" must have at least one schema") }
        let place = reader.place.below(keyword)
        return elements.enumerated().map { plan.node(at: place.below(String($0)), $1, label: keyword) }
    }

    func schemaMap(_ keyword: String) throws(SchemaError) -> [(name: String, node: Int)]? {
        guard let members = try reader.object(keyword) else { return nil }
        let place = reader.place.below(keyword)
        return members.map { ($0.name, plan.node(at: place.below($0.name), $0.value, label: keyword)) }
    }

    // MARK: Core

    private func checkCore() throws(SchemaError) {
        if let id = try reader.string("$id"), let fragment = URIReference(id).fragment, !fragment.isEmpty {
            throw reader.error("$id", "\"$id\" must not have a fragment; use \"$anchor\"")
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let name = try reader.string(keyword), !Self.isAnchor(name) else { continue }
            throw reader.error(keyword, "an anchor is a word of letters, digits, \"-\", \"_\" and \".\"")
        }
        for keyword in ["$schema", "$comment"] { _ = try reader.string(keyword) }
        _ = try reader.object("$vocabulary")
    }

    private static func isAnchor(_ name: String) -> Bool {
        guard let first = name.utf8.first, ASCII.isLetter(first) || first == UInt8(ascii: "_") else { return false }
        return name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ASCII.isOne(of: "-._", $0) }
    }

    private func addReferences(to rules: inout NodeRules) throws(SchemaError) {
        if let reference = try reader.string("$ref") {
            let target = try follow(reference, "$ref")
            rules.applicators.append(.reference(plan.node(at: target.place, target.value, label: "$ref")))
        }
        if let reference = try reader.string("$dynamicRef") {
            let target = try follow(reference, "$dynamicRef")
            let node = plan.node(at: target.place, target.value, label: "$dynamicRef")
            rules.applicators.append(.dynamicReference(DynamicReference(target: node)))
            if let anchor = target.dynamicAnchor { plan.addDynamicNode(number, anchor: anchor) }
        }
    }

    private func follow(_ reference: String, _ keyword: String) throws(SchemaError) -> SchemaLibrary.Target {
        switch plan.library.follow(reference, from: resource) {
        case .success(let target): return target
        case .failure(let fault): throw reader.error(keyword, fault.reason)
        }
    }

    // MARK: Logic

    private func addLogic(to rules: inout NodeRules) throws(SchemaError) {
        if let nodes = try schemaList("allOf") { rules.applicators.append(.all(nodes)) }
        if let nodes = try schemaList("anyOf") { rules.applicators.append(.any(nodes)) }
        if let nodes = try schemaList("oneOf") { rules.applicators.append(.one(nodes)) }
        if let node = try schema("not") { rules.applicators.append(.not(node)) }
        let (then, otherwise) = (try schema("then"), try schema("else"))
        if let test = try schema("if") {
            rules.applicators.append(.condition(.init(test: test, then: then, otherwise: otherwise)))
        }
    }

    // MARK: Scalars and arrays

    private func numberRules() throws(SchemaError) -> Shared<NumberRules>? {
        let rules = NumberRules(
            maximum: try reader.bound("maximum"), exclusiveMaximum: try reader.bound("exclusiveMaximum"),
            minimum: try reader.bound("minimum"), exclusiveMinimum: try reader.bound("exclusiveMinimum"),
            multipleOf: try reader.bound("multipleOf"))
        if let divisor = rules.multipleOf?.value, divisor.isZero || divisor.isNegative {
            throw reader.error("multipleOf", "\"multipleOf\" must be greater than 0")
        }
        let bounds = [rules.maximum, rules.exclusiveMaximum, rules.minimum, rules.exclusiveMinimum, rules.multipleOf]
        return bounds.contains { $0 != nil } ? Shared(rules) : nil
    }

    private func textRules() throws(SchemaError) -> Shared<TextRules>? {
        var rules = TextRules()
        rules.minLength = try reader.count("minLength") ?? 0
        rules.maxLength = try reader.count("maxLength")
        if let source = try reader.string("pattern") {
            rules.pattern = try pattern(source, at: reader.place.below("pattern"))
        }
        rules.format = try format()
        let isEmpty = rules.minLength == 0 && rules.maxLength == nil && rules.pattern == nil && rules.format == nil
        return isEmpty ? nil : Shared(rules)
    }

    private func format() throws(SchemaError) -> Format? {
        guard let name = try reader.string("format") else { return nil }
        guard let format = Format(rawValue: name) else {
            // Number formats of OpenAPI are everywhere and mean what the bounds say.
            if !["int32", "int64", "float", "double", "password", "byte", "binary"].contains(name) {
                let hint = Spelling.clause(for: name, among: Format.allCases.map(\.rawValue))
                plan.warn(reader.place.below("format"), "unknown format \"\(name)\"\(hint)")
            }
            return nil
        }
        return plan.assertsFormats || reader.vocabularies.contains(.formatAssertion) ? format : nil
    }

    func pattern(_ source: String, at place: SchemaPlace) throws(SchemaError) -> TextPattern {
        do throws(PatternFault) {
            return try TextPattern(source)
        } catch {
            let reason = "\"\(source)\" is not a regular expression: \(error.reason)"
            throw SchemaError(document: reader.document, pointer: place.pointer, reason: reason)
        }
    }

    private func arrayRules() throws(SchemaError) -> Shared<ArrayRules>? {
        var rules = ArrayRules()
        rules.minItems = try reader.count("minItems") ?? 0
        rules.maxItems = try reader.count("maxItems")
        rules.isUnique = try reader.bool("uniqueItems") ?? false
        rules.prefix = try schemaList("prefixItems") ?? []
        rules.items = try schema("items")
        let (min, max) = (try reader.count("minContains"), try reader.count("maxContains"))
        if let node = try schema("contains") { rules.contains = .init(node: node, min: min ?? 1, max: max) }
        let isEmpty =
            rules.minItems == 0 && rules.maxItems == nil && !rules.isUnique && rules.prefix.isEmpty
            && rules.items == nil && rules.contains == nil
        return isEmpty ? nil : Shared(rules)
    }
}
