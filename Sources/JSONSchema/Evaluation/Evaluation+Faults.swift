import MessageWire

/// How faults are written down.
extension Evaluation {
    /// Notes a fault of the value the check is at, and tells whether to go on for more faults. The message is what follows
    /// the name of the value, or of the member that is given.
    mutating func note(
        _ node: SchemaNode, _ keyword: String, of member: String? = nil, _ message: @autoclosure () -> String
    ) -> Bool {
        guard !mustStop else { return false }
        faults.append(
            SchemaFault(
                instance: path.pointer, keyword: keyword, schema: "\(node.rules.location)/\(keyword)",
                message: "\(path.subject(of: member)) \(message())"))
        return !mustStop
    }

    /// Notes that there is a value where a schema allows none.
    mutating func noteRefusal(by node: SchemaNode) {
        guard !mustStop else { return }
        let isMember =
            node.rules.label.lowercased().hasSuffix("properties") || node.rules.label.lowercased().hasSuffix("items")
        let message = isMember ? "should not exist" : "is not allowed"
        faults.append(
            SchemaFault(
                instance: path.pointer, keyword: node.rules.label, schema: node.rules.location,
                message: "\(path.subject) \(message)"))
    }

    /// The faults, with the reason why there may be more of them at the end.
    var allFaults: [SchemaFault] {
        guard let obstacle else { return faults }
        let fault = SchemaFault(
            instance: path.pointer, keyword: obstacle.keyword, schema: plan.nodes[plan.root].rules.location,
            message: "\(path.subject) \(obstacle.message)")
        return faults.prefix(limit - 1) + [fault]
    }

    /// Whether a value is valid, without a word on why. What the schema has looked at counts only if it is.
    mutating func test(_ number: Int, _ value: JSONValue, _ evaluated: inout Evaluated?) -> Bool {
        let wasSilent = isSilent
        isSilent = true
        defer { isSilent = wasSilent }
        guard evaluated != nil else { return check(number, value, &evaluated) }
        var own: Evaluated? = Evaluated()
        guard check(number, value, &own) else { return false }
        if let own { evaluated?.formUnion(own) }
        return true
    }
}
