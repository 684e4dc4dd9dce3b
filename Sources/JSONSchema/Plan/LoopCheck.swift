/// Refuses schemas that ask the same of the same value again, forever (`{ "$ref": "#" }`), or in too many steps.
///
/// Dynamic references are followed where they lead without a dynamic scope; other loops are stopped by the evaluation's
/// limit of depth.
///
/// Spec: JSON Schema Core 2020-12 §9.4.1
struct LoopCheck {
    private enum State {
        case new
        case open
        case done
    }

    /// Schemas in a row that look at the same value.
    private static let maxChain = 200

    private let nodes: ContiguousArray<SchemaNode>
    private var states: [State]
    /// The longest chain from each node on, itself counted, once it is done.
    private var lengths: [Int]

    init(nodes: ContiguousArray<SchemaNode>) {
        self.nodes = nodes
        states = Array(repeating: .new, count: nodes.count)
        lengths = Array(repeating: 1, count: nodes.count)
    }

    /// - Throws: a schema that leads to itself without looking into the value.
    consuming func run() throws(SchemaError) {
        for start in nodes.indices where states[start] == .new { try visit(from: start) }
    }

    /// A search in depth, with a stack of its own: chains of references may be long.
    private mutating func visit(from start: Int) throws(SchemaError) {
        var stack: [(node: Int, rest: [Int])] = [(start, successors(of: start))]
        states[start] = .open
        while var top = stack.popLast() {
            guard let next = top.rest.popLast() else {
                states[top.node] = .done
                lengths[top.node] = 1 + (successors(of: top.node).map { lengths[$0] }.max() ?? 0)
                guard lengths[top.node] <= Self.maxChain else {
                    throw error(at: top.node, "the schema refers to others through more than \(Self.maxChain) steps")
                }
                continue
            }
            stack.append(top)
            switch states[next] {
            case .done: break
            case .open:
                throw error(at: next, "the schema refers to itself without looking into the value, which never ends")
            case .new:
                states[next] = .open
                stack.append((next, successors(of: next)))
            }
        }
    }

    private func error(at node: Int, _ reason: String) -> SchemaError {
        let location = nodes[node].rules.location
        let parts = location.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return SchemaError(document: parts[0], pointer: parts.count > 1 ? parts[1] : "", reason: reason)
    }

    /// The nodes that a node applies to the same value.
    private func successors(of node: Int) -> [Int] {
        let rules = nodes[node].rules
        var next = rules.object?.value.dependencies.compactMap(\.node) ?? []
        for applicator in rules.applicators {
            switch applicator {
            case .reference(let target), .not(let target): next.append(target)
            case .dynamicReference(let reference): next.append(reference.target)
            case .all(let nodes), .any(let nodes), .one(let nodes): next += nodes
            case .condition(let condition):
                next += [condition.test, condition.then, condition.otherwise].compactMap { $0 }
            }
        }
        return next
    }
}
