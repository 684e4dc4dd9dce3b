import MessageWire

/// What a schema asks of objects.
extension NodeBuilder {
    func objectRules() throws(SchemaError) -> Shared<ObjectRules>? {
        var rules = ObjectRules()
        let properties = try schemaMap("properties") ?? []
        let required = try reader.names("required") ?? []
        let dependencies = try self.dependencies()
        rules.names = NameTable(
            properties.map(\.name) + required + dependencies.flatMap { [$0.trigger] + $0.names })
        rules.properties = Array(repeating: nil, count: rules.names.names.count)
        for (name, node) in properties {
            if let index = rules.names.index(of: name) { rules.properties[index] = node }
        }
        rules.requiredList = unique(required, in: rules.names)
        for index in rules.requiredList { rules.required.insert(index) }
        rules.dependencies = dependencies.compactMap { $0.rule(in: rules.names) }
        rules.patterns = try patternRules()
        rules.additional = try schema("additionalProperties")
        rules.propertyNames = try schema("propertyNames")
        rules.minProperties = try reader.count("minProperties") ?? 0
        rules.maxProperties = try reader.count("maxProperties")
        let isEmpty =
            rules.names.isEmpty && rules.patterns.isEmpty && rules.additional == nil && rules.propertyNames == nil
            && rules.minProperties == 0 && rules.maxProperties == nil
        return isEmpty ? nil : Shared(rules)
    }

    private func unique(_ names: [String], in table: NameTable) -> [Int] {
        var seen: Set<Int> = []
        return names.compactMap { table.index(of: $0) }.filter { seen.insert($0).inserted }
    }

    private func patternRules() throws(SchemaError) -> [ObjectRules.PatternRule] {
        var rules: [ObjectRules.PatternRule] = []
        for (source, node) in try schemaMap("patternProperties") ?? [] {
            let place = reader.place.below("patternProperties").below(source)
            rules.append(.init(pattern: try pattern(source, at: place), node: node))
        }
        return rules
    }

    /// A dependency with its names still as texts.
    private struct NamedDependency {
        let trigger: String
        var names: [String] = []
        var node: Int?
        let keyword: String

        func rule(in table: NameTable) -> ObjectRules.Dependency? {
            guard let trigger = table.index(of: trigger) else { return nil }
            var rule = ObjectRules.Dependency(trigger: trigger, node: node, keyword: keyword)
            for index in names.compactMap({ table.index(of: $0) }) {
                rule.names.insert(index)
                rule.list.append(index)
            }
            return rule
        }
    }

    /// `dependentRequired`, `dependentSchemas`, and `dependencies` of earlier drafts, which is both.
    private func dependencies() throws(SchemaError) -> [NamedDependency] {
        var all: [NamedDependency] = []
        for member in try reader.object("dependentRequired") ?? [] {
            let names = try reader.names(member.value, "dependentRequired", below: member.name)
            all.append(NamedDependency(trigger: member.name, names: names, keyword: "dependentRequired"))
        }
        for (name, node) in try schemaMap("dependentSchemas") ?? [] {
            all.append(NamedDependency(trigger: name, node: node, keyword: "dependentSchemas"))
        }
        for member in try reader.object("dependencies") ?? [] {
            var dependency = NamedDependency(trigger: member.name, keyword: "dependencies")
            if member.value.kind == .array {
                dependency.names = try reader.names(member.value, "dependencies", below: member.name)
            } else {
                let place = reader.place.below("dependencies").below(member.name)
                dependency.node = plan.node(at: place, member.value, label: "dependencies")
            }
            all.append(dependency)
        }
        return all
    }
}
