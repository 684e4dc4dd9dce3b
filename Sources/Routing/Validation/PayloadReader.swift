import MessageWire
import Pipeline

/// Understands `payload:`: a tree of literals and references.
struct PayloadReader {
    let sink: DiagnosticSink
    let path: PathTemplate
    /// Whether the path could be read; if not, references into it are not judged.
    let isPathKnown: Bool
    /// What claims are called that guards provide; `nil` takes any name for one.
    var claims: [String]? = []

    /// - Returns: `nil` when there is a fault in it.
    func read(_ node: SourceNode) -> PayloadNode? {
        switch node.content {
        case .scalar(let scalar):
            switch ReferenceText(scalar) {
            case .literal: return sink.json(node).map { .literal(LiteralText($0)) }
            case .escaped(let text): return .literal(LiteralText(.string(text)))
            case .reference(let text):
                return reference(text, at: node.place).map { .value($0) }
            case .substituted:
                sink.error(
                    node.place, "a reference cannot hold environment variables; write \"$$\" for a literal dollar")
                return nil
            }
        case .sequence(let elements):
            let nodes = elements.map(read)
            if nodes.contains(where: { $0 == nil }) { return nil }
            return array(nodes.compactMap { $0 })
        case .mapping(let members):
            if isLongForm(members) { return longForm(node).map { .value($0) } }
            return object(members)
        }
    }

    private func array(_ nodes: [PayloadNode]) -> PayloadNode {
        let literals = nodes.compactMap(\.literal)
        guard literals.count == nodes.count else { return .array(nodes) }
        let inner = literals.map(\.bytes).joined(separator: [UInt8(ascii: ",")])
        return .literal(LiteralText([UInt8(ascii: "[")] + inner + [UInt8(ascii: "]")]))
    }

    private func object(_ members: [SourceNode.Member]) -> PayloadNode? {
        var spreads: [ValuePlan] = []
        var named: [(name: String, node: PayloadNode)] = []
        var isWhole = true
        for member in members {
            if member.key == "..." {
                let found = spread(member.value)
                isWhole = isWhole && found != nil
                spreads += found ?? []
                continue
            }
            var key = member.key
            if key.hasPrefix("$$") {
                key.removeFirst()
            } else if key.hasPrefix("$") {
                sink.error(
                    member.keyPlace,
                    "a key cannot be a reference; write \"$\(SourceNode.shortened(key))\" for a literal dollar")
                isWhole = false
            }
            if let node = read(member.value) { named.append((key, node)) } else { isWhole = false }
        }
        guard isWhole else { return nil }
        let plan = ObjectPlan(spreads: spreads, members: named, path: path)
        let literals = plan.members.compactMap { member in member.node.literal.map { member.key.bytes + $0.bytes } }
        guard spreads.isEmpty, literals.count == plan.members.count else { return .object(plan) }
        return .literal(
            LiteralText([UInt8(ascii: "{")] + literals.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]))
    }

    private func spread(_ node: SourceNode) -> [ValuePlan]? {
        var plans: [ValuePlan] = []
        var isWhole = true
        for element in node.elements ?? [node] {
            guard let scalar = element.scalar, case .reference(let text) = ReferenceText(scalar) else {
                sink.error(
                    element.place, "\"...\" spreads $body, $query, $path or a part of the body, not \(element.shown)")
                isWhole = false
                continue
            }
            guard let plan = reference(text, at: element.place) else {
                isWhole = false
                continue
            }
            if !plan.reference.isSpreadable {
                sink.error(element.place, "\"\(SourceNode.shortened(text))\" is a single value and cannot be spread")
                isWhole = false
            }
            plans.append(plan)
        }
        return isWhole ? plans : nil
    }

    // MARK: Long form

    private static let options = ["from", "pipes", "all", "enum", "pattern"]

    /// `{ from: $..., pipes: ... }`: the key `from` with a reference and nothing but options beside it. Anything else
    /// is an object that happens to have such a key; what looks like a mistyped option is taken for one.
    func isLongForm(_ members: [SourceNode.Member]) -> Bool {
        guard let from = members.first(where: { $0.key == "from" })?.value.scalar else { return false }
        guard case .reference = ReferenceText(from) else { return false }
        return members.allSatisfy { member in
            Self.options.contains(member.key)
                || Self.options.dropFirst().contains { Suggestion.editDistance($0, member.key) == 1 }
        }
    }

    func longForm(_ node: SourceNode) -> ValuePlan? {
        guard let reader = MappingReader(node, what: "a reference", sink: sink), let from = reader.take("from"),
            let text = from.scalar?.text
        else { return nil }
        let faultsBefore = sink.faultCount
        var plan = reference(text, at: from.place)
        if let node = reader.take("pipes") { plan?.pipes = PipesReader(sink: sink).read(node) }
        if let all = reader.takeMember("all") {
            plan?.isAll = sink.bool(all.value, named: "all") ?? false
            if plan?.isAll == true, plan?.reference.canRepeat == false {
                sink.error(
                    all.keyPlace, "\"all\" is for $query.name and $header.name; this reference has one value")
            }
        }
        if let node = reader.take("enum") { plan?.choices = choices(node) }
        if let node = reader.take("pattern"), let text = sink.text(node, named: "pattern") {
            do throws(TextShapeError) {
                plan?.shape = try TextShape(text)
            } catch {
                sink.error(node.place, "\(node.shown) is not a regular expression: \(error.message)")
            }
        }
        reader.finish()
        return sink.faultCount == faultsBefore ? plan : nil
    }

    func choices(_ node: SourceNode) -> EnumOptions? {
        guard let elements = node.elements, !elements.isEmpty else {
            sink.error(
                node.place,
                "\"enum\" must be a list of values, not \(node.elements == nil ? node.shown : "an empty list")")
            return nil
        }
        return EnumOptions(
            elements.compactMap { element in
                // Any scalar but null, as a text is.
                sink.text(element, named: "enum").flatMap { _ in sink.json(element) }
            })
    }

    // MARK: References

    func reference(_ text: String, at place: SourcePlace) -> ValuePlan? {
        guard let reference = parse(text, at: place) else { return nil }
        return ValuePlan(reference: reference, name: String(text.dropFirst()))
    }

    private func parse(_ text: String, at place: SourcePlace) -> Reference? {
        let dot = text.firstIndex(of: ".")
        let root = String(dot.map { text[..<$0] } ?? text[...])
        let name = dot.map { String(text[text.index(after: $0)...]) }
        let shown = SourceNode.shortened(text)
        if name?.isEmpty == true {
            sink.error(place, "\"\(shown)\" names nothing behind its dot")
            return nil
        }
        switch (root, name) {
        case ("$path", nil): return .wholePath
        case ("$path", let name?): return pathParameter(name, shown, at: place)
        case ("$query", nil): return .wholeQuery
        case ("$query", let name?): return .query(name)
        case ("$body", nil): return .body([])
        case ("$body", let name?):
            let keys = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !keys.contains("") else {
                sink.error(place, "\"\(shown)\" names nothing between two dots")
                return nil
            }
            return .body(keys)
        case ("$header", let name?):
            guard sink.isFieldName(name) else {
                sink.error(place, "\"\(SourceNode.shortened(name))\" is not a header name")
                return nil
            }
            return .header(name.lowercased())
        case ("$cookie", let name?): return .cookie(name)
        case ("$request", let name?):
            if let fact = Reference.RequestFact(rawValue: name) { return .request(fact) }
            let hint = Suggestion.clause(for: name, among: Reference.RequestFact.allCases.map(\.rawValue))
            sink.error(place, "\"\(shown)\" does not exist\(hint)")
        case ("$tls", let name?):
            if let fact = Reference.TLSFact(rawValue: name) { return .tls(fact) }
            let hint = Suggestion.clause(for: name, among: Reference.TLSFact.allCases.map(\.rawValue))
            sink.error(place, "\"\(shown)\" does not exist\(hint)")
        case ("$header", nil), ("$cookie", nil), ("$request", nil), ("$tls", nil):
            let example = ["$request": "id", "$tls": "subject"][root] ?? "name"
            sink.error(place, "\"\(root)\" needs a name behind a dot, such as \(root).\(example)")
        case (_, let name) where claims?.contains(String(root.dropFirst())) ?? isClaimRoot(root):
            let keys = name?.split(separator: ".", omittingEmptySubsequences: false).map(String.init) ?? []
            guard !keys.contains("") else {
                sink.error(place, "\"\(shown)\" names nothing between two dots")
                return nil
            }
            return .claim(String(root.dropFirst()), keys)
        case ("$auth", _):
            sink.error(
                place,
                "\"\(shown)\" does not exist: no guard of this route provides \"auth\" (Jwt, Basic, ApiKey and Remote do, by their \"as\")"
            )
        case ("$result", _):
            sink.error(place, "\"$result\" exists only in the headers of an answer")
        default:
            let hint = Suggestion.clause(for: root, among: Reference.roots + (claims ?? []).map { "$" + $0 })
            sink.error(place, "unknown reference \"\(shown)\"; write \"$\(shown)\" for a literal dollar\(hint)")
        }
        return nil
    }

    private func isClaimRoot(_ root: String) -> Bool {
        root != "$result" && Identifier.isValid(String(root.dropFirst()))
    }

    private func pathParameter(_ name: String, _ shown: String, at place: SourcePlace) -> Reference? {
        if let index = path.parameters.firstIndex(where: { $0.name == name }) { return .path(index) }
        if isPathKnown {
            let hint = Suggestion.clause(for: name, among: path.parameters.map(\.name))
            sink.error(place, "\"\(shown)\" does not exist: \(path.text) has no such parameter\(hint)")
        }
        return nil
    }
}

/// What a text of a payload is.
enum ReferenceText {
    /// As it stands.
    case literal
    /// `$$`, with one dollar taken off.
    case escaped(String)
    case reference(String)
    /// A reference with something from the environment in it.
    case substituted

    /// Only what the file's author wrote can be a reference: a dollar from the environment is a dollar.
    init(_ scalar: SourceNode.Scalar) {
        let written = scalar.written
        if !written.hasPrefix("$") || written.hasPrefix("${") || written.hasPrefix("$${") {
            self = .literal
        } else if written.hasPrefix("$$") {
            self = .escaped(String(scalar.text.dropFirst()))
        } else {
            self = scalar.isSubstituted ? .substituted : .reference(scalar.text)
        }
    }
}

extension DiagnosticSink {
    /// A YAML value as JSON, dollars untouched.
    func json(_ node: SourceNode) -> JSONValue? {
        switch node.content {
        case .scalar(let scalar):
            guard !isUnknown(node) else { return nil }
            if scalar.isQuoted || scalar.isSubstituted { return .string(scalar.text) }
            switch CoreScalar(scalar.text) {
            case .null: return .null
            case .bool(let value): return .bool(value)
            case .number(let text): return .number(text)
            case .text: return .string(scalar.text)
            case .notFinite:
                error(node.place, "\(node.shown) has no form in JSON; quote it if a text is meant")
                return nil
            }
        case .sequence(let elements):
            let values = elements.map(json)
            return values.contains(nil) ? nil : .array(values.compactMap { $0 })
        case .mapping(let members):
            var values: [JSONValue.Member] = []
            for member in members {
                guard let value = json(member.value) else { return nil }
                values.append(.init(name: member.key, value: value))
            }
            return .object(values)
        }
    }
}
