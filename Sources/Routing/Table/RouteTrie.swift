/// The paths of all routes as one tree, laid out in flat arrays: what a lookup walks through.
///
/// A node has children for literal segments (sorted, found by binary search), at most one for `:param`, and leaves
/// for paths that end there, with and without a final slash, or in `*rest`. As the tree has one way to each node, a
/// lookup, with all its backtracking, visits each node at most once.
final class RouteTrie: Sendable {
    struct Node: Sendable {
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        var parameter: Int32 = -1
        var rest: Int32 = -1
        var leaf: Int32 = -1
        var slashLeaf: Int32 = -1
    }

    struct Edge: Sendable {
        /// The first eight bytes of the segment; shorter ones are filled with zeros.
        let word: UInt64
        let count: UInt32
        /// Where the bytes begin in `text`.
        let text: UInt32
        let node: Int32
    }

    /// The entries for one shape of path, best first.
    struct Leaf: Sendable {
        let first: Int32
        let count: Int32
    }

    struct Entry: Sendable {
        let methods: MethodSet
        /// Whether host or conditions must be looked at.
        let isConditional: Bool
        let route: Int32
    }

    let nodes: [Node]
    let edges: [Edge]
    /// The literal segments, one behind the other.
    let text: [UInt8]
    let leaves: [Leaf]
    let entries: [Entry]
    /// In file order.
    let routes: [Route]

    init(_ routes: [Route]) {
        let root = Builder()
        for (index, route) in routes.enumerated() {
            root.insert(route, index: index)
        }
        var layout = Layout()
        _ = layout.add(root, routes: routes)
        nodes = layout.nodes
        edges = layout.edges
        text = layout.text
        leaves = layout.leaves
        entries = layout.entries
        self.routes = routes
    }

    /// The first eight bytes of `count` bytes at `start`; the first byte counts least.
    @inline(__always)
    static func word(_ bytes: UnsafeRawBufferPointer, from start: Int, count: Int) -> UInt64 {
        if start &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            return count >= 8 ? word : word & ((1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1)
        }
        var word: UInt64 = 0
        var index = 0
        while index < min(count, 8) {
            word |= UInt64(bytes[start &+ index]) &<< (UInt64(truncatingIfNeeded: index) &* 8)
            index &+= 1
        }
        return word
    }
}

/// The arrays of a ``RouteTrie`` while they are filled.
private struct Layout {
    var nodes: [RouteTrie.Node] = []
    var edges: [RouteTrie.Edge] = []
    var text: [UInt8] = []
    var leaves: [RouteTrie.Leaf] = []
    var entries: [RouteTrie.Entry] = []

    mutating func add(_ builder: RouteTrie.Builder, routes: [Route]) -> Int32 {
        let index = nodes.count
        nodes.append(RouteTrie.Node())
        var node = RouteTrie.Node()
        node.leaf = addLeaf(builder.leaf, routes: routes)
        node.slashLeaf = addLeaf(builder.slashLeaf, routes: routes)
        node.rest = addLeaf(builder.rest, routes: routes)
        if let child = builder.parameter { node.parameter = add(child, routes: routes) }
        let children = builder.children.map { (key: $0.key, word: Self.word($0.key), builder: $0.value) }
            .sorted { ($0.word, $0.key.count, $0.key.lexical) < ($1.word, $1.key.count, $1.key.lexical) }
        var mine: [RouteTrie.Edge] = []
        for child in children {
            let start = text.count
            text.append(contentsOf: child.key)
            let childIndex = add(child.builder, routes: routes)
            mine.append(
                RouteTrie.Edge(word: child.word, count: UInt32(child.key.count), text: UInt32(start), node: childIndex))
        }
        node.firstEdge = Int32(edges.count)
        node.edgeCount = Int32(mine.count)
        edges.append(contentsOf: mine)
        nodes[index] = node
        return Int32(index)
    }

    private mutating func addLeaf(_ candidates: [RouteTrie.Candidate], routes: [Route]) -> Int32 {
        guard !candidates.isEmpty else { return -1 }
        let first = entries.count
        for candidate in candidates.sorted(by: { RouteTrie.Candidate.precedes($0, $1, routes) }) {
            let route = routes[candidate.route]
            entries.append(
                RouteTrie.Entry(
                    methods: route.methods, isConditional: route.host != nil || !route.conditions.isEmpty,
                    route: Int32(candidate.route)))
        }
        leaves.append(RouteTrie.Leaf(first: Int32(first), count: Int32(candidates.count)))
        return Int32(leaves.count - 1)
    }

    private static func word(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { RouteTrie.word($0, from: 0, count: $0.count) }
    }
}

extension RouteTrie {
    /// A route at a leaf.
    struct Candidate {
        let route: Int
        /// The route stands here only because it ignores the final slash: any other comes first.
        let isImplied: Bool

        /// Rule 8 of the format: host, then number of conditions, then (for what still ties) priority, then file order.
        static func precedes(_ a: Candidate, _ b: Candidate, _ routes: [Route]) -> Bool {
            let (left, right) = (routes[a.route], routes[b.route])
            if a.isImplied != b.isImplied { return b.isImplied }
            let (hostA, hostB) = (left.host?.specificity ?? -1, right.host?.specificity ?? -1)
            if hostA != hostB { return hostA > hostB }
            if left.conditions.count != right.conditions.count { return left.conditions.count > right.conditions.count }
            if left.priority != right.priority { return left.priority > right.priority }
            return a.route < b.route
        }
    }

    /// The tree while it is built.
    final class Builder {
        var children: [[UInt8]: Builder] = [:]
        var parameter: Builder?
        var rest: [Candidate] = []
        var leaf: [Candidate] = []
        var slashLeaf: [Candidate] = []

        func insert(_ route: Route, index: Int) {
            var node = self
            for segment in route.path.segments {
                switch segment {
                case .literal(let bytes):
                    let child = node.children[bytes] ?? Builder()
                    node.children[bytes] = child
                    node = child
                case .parameter:
                    let child = node.parameter ?? Builder()
                    node.parameter = child
                    node = child
                case .rest:
                    node.rest.append(Candidate(route: index, isImplied: false))
                    return
                }
            }
            let ignores = route.ignoresTrailingSlash && !route.path.segments.isEmpty
            if !route.path.endsWithSlash || ignores {
                node.leaf.append(Candidate(route: index, isImplied: route.path.endsWithSlash))
            }
            if route.path.endsWithSlash || ignores {
                node.slashLeaf.append(Candidate(route: index, isImplied: !route.path.endsWithSlash))
            }
        }
    }
}

extension [UInt8] {
    /// Something with an order.
    fileprivate var lexical: String { map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined() }
}
