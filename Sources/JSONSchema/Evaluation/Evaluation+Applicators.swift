import MessageWire

/// Schemas that are applied to the value itself. Returns as for single values.
extension Evaluation {
    mutating func apply(
        _ applicator: Applicator, of node: SchemaNode, to value: JSONValue, _ evaluated: inout Evaluated?
    ) -> Bool {
        switch applicator {
        case .reference(let target): return check(target, value, &evaluated) || !mustStop
        case .dynamicReference(let reference): return check(resolve(reference), value, &evaluated) || !mustStop
        case .all(let branches):
            for branch in branches where !check(branch, value, &evaluated) && mustStop { return false }
            return true
        case .any(let branches): return checkAny(branches, of: node, value, &evaluated)
        case .one(let branches): return checkOne(branches, of: node, value, &evaluated)
        case .not(let branch):
            var ignored: Evaluated?
            guard test(branch, value, &ignored) else { return obstacle == nil }
            return note(node, "not", "is what it must not be")
        case .condition(let condition):
            if condition.then == nil, condition.otherwise == nil, evaluated == nil { return true }
            let isTrue = test(condition.test, value, &evaluated)
            guard obstacle == nil else { return false }
            guard let branch = isTrue ? condition.then : condition.otherwise else { return true }
            return check(branch, value, &evaluated) || !mustStop
        }
    }

    /// The outermost resource that has the anchor.
    private func resolve(_ reference: DynamicReference) -> Int {
        guard !reference.anchors.isEmpty else { return reference.target }
        for resource in scope {
            if let node = reference.anchors[resource] { return node }
        }
        return reference.target
    }

    private mutating func checkAny(
        _ branches: [Int], of node: SchemaNode, _ value: JSONValue, _ evaluated: inout Evaluated?
    ) -> Bool {
        var isValid = false
        for branch in branches where test(branch, value, &evaluated) {
            isValid = true
            // Every branch that is valid adds to what was evaluated.
            if evaluated == nil { break }
        }
        guard obstacle == nil else { return false }
        return isValid || explain(branches, "anyOf", of: node, value)
    }

    private mutating func checkOne(
        _ branches: [Int], of node: SchemaNode, _ value: JSONValue, _ evaluated: inout Evaluated?
    ) -> Bool {
        var first: Int?
        for (index, branch) in branches.enumerated() where test(branch, value, &evaluated) {
            guard let other = first else {
                first = index
                continue
            }
            guard obstacle == nil else { return false }
            return note(node, "oneOf", "must be of one kind only and is of the kinds \(other) and \(index)")
        }
        guard obstacle == nil else { return false }
        return first != nil || explain(branches, "oneOf", of: node, value)
    }

    /// Reports why a value is valid by none of the branches: if only one of them can have been meant, by its faults.
    private mutating func explain(
        _ branches: [Int], _ keyword: String, of node: SchemaNode, _ value: JSONValue
    ) -> Bool {
        guard !mustStop else { return false }
        let meant = branches.filter { isMeant($0, value) }
        if meant.count == 1, let branch = meant.first {
            var ignored: Evaluated?
            return check(branch, value, &ignored) || !mustStop
        }
        let candidates = meant.isEmpty ? branches : meant
        let types = candidates.reduce(into: JSONTypes()) { $0.formUnion(plan.types(of: $1)) }
        guard types.contains(value) else { return note(node, keyword, types.message) }
        return note(node, keyword, "must be of one of the \(branches.count) kinds that are allowed")
    }

    /// Whether the value is of a branch's type and has the constants that the branch asks for, as tagged unions do.
    private func isMeant(_ branch: Int, _ value: JSONValue) -> Bool {
        guard plan.types(of: branch).contains(value) else { return false }
        guard value.kind == .object else { return true }
        return plan.tags(of: branch).allSatisfy { name, node in
            guard let tag = value[name] else { return true }
            if let constant = node.rules.constant { return CanonicalValue.areEqual(constant, tag) }
            return node.rules.choices?.contains(tag) ?? true
        }
    }
}
