import MessageWire

/// What is asked of arrays and their elements. Returns as for single values.
extension Evaluation {
    mutating func checkArray(
        _ node: SchemaNode, _ rules: ArrayRules, _ elements: [JSONValue], _ evaluated: inout Evaluated?
    ) -> Bool {
        if elements.count < rules.minItems {
            guard note(node, "minItems", FaultText.minItems(rules.minItems)) else { return false }
        }
        if let max = rules.maxItems, elements.count > max {
            guard note(node, "maxItems", FaultText.atMost(max, "element")) else { return false }
        }
        if rules.isUnique, let equal = EqualElements.find(in: elements) {
            guard note(node, "uniqueItems", FaultText.equal(equal.first, equal.second)) else { return false }
        }
        guard checkElements(rules, elements, &evaluated) else { return false }
        guard let contains = rules.contains else { return true }
        return check(contains, of: node, elements, &evaluated)
    }

    private mutating func checkElements(
        _ rules: ArrayRules, _ elements: [JSONValue], _ evaluated: inout Evaluated?
    ) -> Bool {
        let prefix = min(rules.prefix.count, elements.count)
        for index in 0..<prefix where !checkElement(rules.prefix[index], elements[index], index) && mustStop {
            return false
        }
        evaluated?.insert(before: prefix)
        guard let items = rules.items else { return true }
        for index in prefix..<elements.count where !checkElement(items, elements[index], index) && mustStop {
            return false
        }
        evaluated?.insertAll()
        return true
    }

    private mutating func checkElement(_ number: Int, _ element: JSONValue, _ index: Int) -> Bool {
        var evaluated: Evaluated?
        if isSilent { return check(number, element, &evaluated) }
        path.push(element: index)
        defer { path.pop() }
        return check(number, element, &evaluated)
    }

    private mutating func check(
        _ contains: ArrayRules.Contains, of node: SchemaNode, _ elements: [JSONValue], _ evaluated: inout Evaluated?
    ) -> Bool {
        var count = 0
        for (index, element) in elements.enumerated() {
            // All matches count as evaluated.
            if evaluated == nil, count >= contains.min, count > contains.max ?? -1 { break }
            var ignored: Evaluated?
            guard test(contains.node, element, &ignored) else {
                guard obstacle == nil else { return false }
                continue
            }
            count += 1
            evaluated?.insert(index)
        }
        if count < contains.min {
            let keyword = contains.min == 1 ? "contains" : "minContains"
            guard note(node, keyword, FaultText.atLeast(contains.min, "matching element")) else { return false }
        }
        if let max = contains.max, count > max {
            guard note(node, "maxContains", FaultText.atMost(max, "matching element")) else { return false }
        }
        return true
    }

    /// `unevaluatedItems` and `unevaluatedProperties`.
    mutating func checkUnevaluated(_ node: SchemaNode, _ value: JSONValue, _ evaluated: inout Evaluated?) -> Bool {
        switch value {
        case .array(let elements):
            guard let number = node.rules.unevaluatedItems else { return true }
            for (index, element) in elements.enumerated() where evaluated?.contains(index) == false {
                if !checkElement(number, element, index), mustStop { return false }
            }
        case .object(let members):
            guard let number = node.rules.unevaluatedProperties else { return true }
            for (index, member) in members.enumerated() where evaluated?.contains(index) == false {
                if !checkMember(number, member), mustStop { return false }
            }
        default: return true
        }
        evaluated?.insertAll()
        return true
    }
}
