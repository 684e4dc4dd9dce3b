import MessageWire

/// What is asked of objects and their members. Returns as for single values.
extension Evaluation {
    mutating func checkObject(
        _ node: SchemaNode, _ rules: ObjectRules, _ members: [JSONValue.Member], _ value: JSONValue,
        _ evaluated: inout Evaluated?
    ) -> Bool {
        if members.count < rules.minProperties {
            guard note(node, "minProperties", FaultText.atLeast(rules.minProperties, "property")) else { return false }
        }
        if let max = rules.maxProperties, members.count > max {
            guard note(node, "maxProperties", FaultText.atMost(max, "property")) else { return false }
        }
        var present = NumberSet()
        for index in members.indices {
            guard checkMember(members[index], at: index, rules, &present, &evaluated) else { return false }
        }
        if !present.isSuperset(of: rules.required) {
            for name in rules.requiredList where !present.contains(name) {
                guard note(node, "required", of: rules.names.names[name], "is required") else { return false }
            }
        }
        for dependency in rules.dependencies where present.contains(dependency.trigger) {
            guard check(dependency, of: node, rules, present, value, &evaluated) else { return false }
        }
        return true
    }

    /// One member against all schemas that its name leads to.
    private mutating func checkMember(
        _ member: JSONValue.Member, at index: Int, _ rules: ObjectRules, _ present: inout NumberSet,
        _ evaluated: inout Evaluated?
    ) -> Bool {
        var isKnown = false
        if let name = rules.names.index(of: member.name) {
            present.insert(name)
            if let property = rules.properties[name] {
                isKnown = true
                if !checkMember(property, member), mustStop { return false }
            }
        }
        for rule in rules.patterns {
            guard let isMatch = search(rule.pattern, member.name, "patternProperties") else { return false }
            guard isMatch else { continue }
            isKnown = true
            if !checkMember(rule.node, member), mustStop { return false }
        }
        if !isKnown, let additional = rules.additional {
            isKnown = true
            if !checkMember(additional, member), mustStop { return false }
        }
        if isKnown { evaluated?.insert(index) }
        if let names = rules.propertyNames, !checkName(names, member.name), mustStop { return false }
        return true
    }

    mutating func checkMember(_ number: Int, _ member: JSONValue.Member) -> Bool {
        var evaluated: Evaluated?
        if isSilent { return check(number, member.value, &evaluated) }
        path.push(member: member.name)
        defer { path.pop() }
        return check(number, member.value, &evaluated)
    }

    private mutating func checkName(_ number: Int, _ name: String) -> Bool {
        var evaluated: Evaluated?
        if isSilent { return check(number, .string(name), &evaluated) }
        path.push(name: name)
        defer { path.pop() }
        return check(number, .string(name), &evaluated)
    }

    private mutating func check(
        _ dependency: ObjectRules.Dependency, of node: SchemaNode, _ rules: ObjectRules, _ present: NumberSet,
        _ value: JSONValue, _ evaluated: inout Evaluated?
    ) -> Bool {
        if !present.isSuperset(of: dependency.names) {
            let names = rules.names.names
            for name in dependency.list where !present.contains(name) {
                let trigger = names[dependency.trigger]
                guard note(node, dependency.keyword, of: names[name], "is required when there is \(trigger)") else {
                    return false
                }
            }
        }
        if let schema = dependency.node, !check(schema, value, &evaluated), mustStop { return false }
        return true
    }
}
