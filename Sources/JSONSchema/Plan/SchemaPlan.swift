import MessageWire

/// A schema and all it refers to, ready to be evaluated by any number of threads.
struct SchemaPlan: Sendable {
    let nodes: ContiguousArray<SchemaNode>
    /// Whether the resources that are gone through must be remembered.
    let usesDynamicScope: Bool
    /// The node of the document itself.
    let root: Int
}

/// What can be said of schemas before there is a value. None of this follows dynamic references.
extension SchemaPlan {
    /// The node and all that the same value must meet too: what `$ref` and `allOf` lead to. There are no loops.
    func requirements(of number: Int) -> [SchemaNode] {
        var found: [SchemaNode] = []
        var seen: Set<Int> = []
        var rest = [number]
        while let next = rest.popLast() {
            guard seen.insert(next).inserted else { continue }
            found.append(nodes[next])
            for applicator in nodes[next].rules.applicators {
                switch applicator {
                case .reference(let target): rest.append(target)
                case .all(let branches): rest += branches
                default: break
                }
            }
        }
        return found
    }

    /// The types that a schema leaves open.
    func types(of number: Int) -> JSONTypes {
        var memory: [Int: JSONTypes] = [:]
        return types(of: number, &memory)
    }

    /// Remembers the types of the nodes it has seen: many alternatives may lead to one.
    private func types(of number: Int, _ memory: inout [Int: JSONTypes]) -> JSONTypes {
        if let known = memory[number] { return known }
        let rules = nodes[number].rules
        var types = rules.verdict == false ? [] : rules.types
        if let constant = rules.constant { types.formIntersection(JSONTypes(of: constant)) }
        if let choices = rules.choices {
            types.formIntersection(choices.values.reduce(into: []) { $0.formUnion(JSONTypes(of: $1)) })
        }
        for applicator in rules.applicators {
            switch applicator {
            case .reference(let target): types.formIntersection(self.types(of: target, &memory))
            case .all(let branches): for branch in branches { types.formIntersection(self.types(of: branch, &memory)) }
            case .any(let branches), .one(let branches):
                var union: JSONTypes = []
                for branch in branches { union.formUnion(self.types(of: branch, &memory)) }
                types.formIntersection(union)
            case .dynamicReference, .not, .condition: break
            }
        }
        memory[number] = types
        return types
    }

    /// The properties for which a schema asks one of certain values: what tells the kinds of a union apart.
    func tags(of number: Int) -> [(name: String, node: SchemaNode)] {
        var tags: [(name: String, node: SchemaNode)] = []
        for object in requirements(of: number).compactMap({ $0.rules.object?.value }) {
            for (name, property) in zip(object.names.names, object.properties) {
                guard let property else { continue }
                let tagging = requirements(of: property).filter { $0.rules.constant != nil || $0.rules.choices != nil }
                tags += tagging.map { (name, $0) }
            }
        }
        return tags
    }
}
