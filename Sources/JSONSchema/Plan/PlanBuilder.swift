import MessageWire

/// Makes the plan of a schema: a node for every schema of the document and for all that they refer to.
///
/// Load time only, never shared.
final class PlanBuilder {
    let library: SchemaLibrary
    let assertsFormats: Bool
    private(set) var warnings: [SchemaWarning] = []
    private var nodes: [SchemaNode?] = []
    private var numbers: [SchemaPlace: Int] = [:]
    /// Places that have a number and no node yet.
    private var queue: [Work] = []
    private var dialects: [Int: Vocabularies] = [:]
    /// Names that `$dynamicRef` looks for, with the nodes that do.
    private var dynamicNodes: [(node: Int, anchor: String)] = []
    private var compiledResources: Set<Int> = []

    private struct Work {
        let number: Int
        let place: SchemaPlace
        let value: JSONValue
        let label: String
    }

    init(_ library: SchemaLibrary, assertsFormats: Bool) {
        self.library = library
        self.assertsFormats = assertsFormats
    }

    /// Makes the plan.
    ///
    /// - Throws: the first thing that is wrong, in the order of the document.
    func build() throws(SchemaError) -> SchemaPlan {
        if let error = library.firstError { throw error }
        let root = SchemaPlace(document: 0, pointer: "")
        for place in library.places where place.document == 0 {
            guard let value = library.value(at: place) else { continue }
            _ = node(at: place, value, label: Self.label(of: place))
            try drain()
        }
        try resolveDynamicReferences()
        let finished = ContiguousArray(nodes.compactMap { $0 })
        try LoopCheck(nodes: finished).run()
        return SchemaPlan(
            nodes: finished, usesDynamicScope: !dynamicNodes.isEmpty, root: numbers[root] ?? 0)
    }

    private static func label(of place: SchemaPlace) -> String {
        let names = JSONPointer.names(of: place.pointer) ?? []
        return names.last { Keyword.all[$0]?.content != nil && Keyword.all[$0]?.content != .plain } ?? "false"
    }

    /// The number of the schema at a place. Its node is made later, so that schemas may refer to themselves.
    func node(at place: SchemaPlace, _ value: JSONValue, label: String) -> Int {
        if let known = numbers[place] { return known }
        let number = nodes.count
        nodes.append(nil)
        numbers[place] = number
        queue.append(Work(number: number, place: place, value: value, label: label))
        return number
    }

    private func drain() throws(SchemaError) {
        while let work = queue.popLast() {
            let resource = library.resource(of: work.place) ?? 0
            compiledResources.insert(resource)
            nodes[work.number] = SchemaNode(try rules(for: work, resource: resource))
        }
    }

    private func rules(for work: Work, resource: Int) throws(SchemaError) -> NodeRules {
        let document = library.uri(of: work.place)
        var rules = NodeRules(location: "\(document)#\(work.place.pointer)", label: work.label, resource: resource)
        switch work.value {
        case .bool(let verdict): rules.verdict = verdict
        case .object(let members):
            let reader = SchemaReader(
                members: members, place: work.place, document: document, vocabularies: try vocabularies(of: resource))
            warnAboutUnknown(reader)
            try NodeBuilder(reader: reader, resource: resource, number: work.number, plan: self).fill(&rules)
        default:
            let what = work.label == "items" && work.value.kind == .array
            let reason =
                what
                ? "\"items\" must be a schema, not an array: draft 2020-12 has \"prefixItems\" for that"
                : "a schema must be an object, true or false, not \(work.value.kindInWords)"
            throw SchemaError(document: document, pointer: work.place.pointer, reason: reason)
        }
        return rules
    }

    private func vocabularies(of resource: Int) throws(SchemaError) -> Vocabularies {
        if let known = dialects[resource] { return known }
        let dialect = try library.dialect(of: resource)
        dialects[resource] = dialect.vocabularies
        if let warning = dialect.warning { warn(library.resources[resource].root.below("$schema"), warning) }
        return dialect.vocabularies
    }

    // MARK: Dynamic references

    /// Remembers that a node looks for an anchor.
    func addDynamicNode(_ node: Int, anchor: String) { dynamicNodes.append((node, anchor)) }

    /// Makes the nodes that dynamic references may lead to. These may bring in further resources, which have anchors again.
    private func resolveDynamicReferences() throws(SchemaError) {
        var known = -1
        while known != compiledResources.count {
            known = compiledResources.count
            for resource in compiledResources.sorted() {
                for anchor in Set(dynamicNodes.map(\.anchor)).sorted() { _ = dynamicAnchor(anchor, in: resource) }
            }
            try drain()
        }
        for (number, anchor) in dynamicNodes {
            guard var rules = nodes[number]?.rules else { continue }
            var anchors: [Int: Int] = [:]
            for resource in compiledResources { anchors[resource] = dynamicAnchor(anchor, in: resource) }
            rules.applicators = rules.applicators.map { applicator in
                guard case .dynamicReference(var reference) = applicator else { return applicator }
                reference.anchors = anchors
                return .dynamicReference(reference)
            }
            nodes[number] = SchemaNode(rules)
        }
    }

    private func dynamicAnchor(_ name: String, in resource: Int) -> Int? {
        guard let place = library.resources[resource].dynamicAnchors[name], let value = library.value(at: place) else {
            return nil
        }
        return node(at: place, value, label: Self.label(of: place))
    }

    // MARK: Warnings

    func warn(_ place: SchemaPlace, _ message: String) {
        warnings.append(SchemaWarning(document: library.uri(of: place), pointer: place.pointer, message: message))
    }

    private func warnAboutUnknown(_ reader: SchemaReader) {
        for member in reader.members where Keyword.all[member.name] == nil {
            guard let message = Keyword.warning(for: member.name) else { continue }
            warn(reader.place.below(member.name), message)
        }
        for (keyword, partner) in [
            ("then", "if"), ("else", "if"), ("minContains", "contains"), ("maxContains", "contains"),
        ]
        where reader[keyword] != nil && reader[partner] == nil {
            warn(reader.place.below(keyword), "\"\(keyword)\" has no effect without \"\(partner)\"")
        }
    }
}
