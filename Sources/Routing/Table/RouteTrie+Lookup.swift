import Pipeline

/// One walk through the tree. Allocates nothing.
struct RouteWalk {
    let trie: RouteTrie
    let bytes: UnsafeRawBufferPointer
    let method: MethodSet
    /// Methods of routes that would have taken the request but for its method.
    var allowed: MethodSet = []
    var found: Int32 = -1
    var isHeadOfGet = false

    /// Tries everything below a node: literal segments first, then `:param`, then `*rest`.
    mutating func visit(_ index: Int32, segment: Int, match: RouteMatch, request: RequestView) -> Bool {
        let node = trie.nodes[Int(index)]
        if segment == match.segmentCount {
            let leaf = match.endsWithSlash ? node.slashLeaf : node.leaf
            return leaf >= 0 && takes(leaf, request: request)
        }
        if segment < PathStorage.capacity {
            if node.edgeCount > 0 {
                let start = Int(match.storage.starts[segment])
                let child = child(of: node, start: start, count: Int(match.storage.ends[segment]) &- start)
                if child >= 0, visit(child, segment: segment &+ 1, match: match, request: request) { return true }
            }
            if node.parameter >= 0, visit(node.parameter, segment: segment &+ 1, match: match, request: request) {
                return true
            }
        }
        return node.rest >= 0 && takes(node.rest, request: request)
    }

    private func child(of node: RouteTrie.Node, start: Int, count: Int) -> Int32 {
        let word = RouteTrie.word(bytes, from: start, count: count)
        var low = Int(node.firstEdge)
        var high = low &+ Int(node.edgeCount)
        while low < high {
            let middle = (low &+ high) / 2
            let edge = trie.edges[middle]
            let order = edge.word != word ? (edge.word < word ? -1 : 1) : compare(edge, start: start, count: count)
            if order == 0 { return edge.node }
            if order < 0 { low = middle &+ 1 } else { high = middle }
        }
        return -1
    }

    /// Orders segments of the same first eight bytes: by length, then byte by byte.
    private func compare(_ edge: RouteTrie.Edge, start: Int, count: Int) -> Int {
        if Int(edge.count) != count { return Int(edge.count) < count ? -1 : 1 }
        var offset = 8
        while offset < count {
            let (left, right) = (trie.text[Int(edge.text) &+ offset], bytes[start &+ offset])
            if left != right { return left < right ? -1 : 1 }
            offset &+= 1
        }
        return 0
    }

    /// Whether an entry of a leaf takes the request; the best one wins, and for HEAD one that names HEAD before GET.
    private mutating func takes(_ leaf: Int32, request: RequestView) -> Bool {
        let range = trie.leaves[Int(leaf)]
        var fallback: Int32 = -1
        for index in Int(range.first)..<Int(range.first &+ range.count) {
            let entry = trie.entries[index]
            if entry.isConditional, !trie.routes[Int(entry.route)].takes(request) { continue }
            if entry.methods.contains(method), !method.isEmpty {
                found = entry.route
                return true
            }
            if method == .head, fallback < 0, entry.methods.contains(.get) { fallback = entry.route }
            allowed.formUnion(entry.methods)
        }
        guard fallback >= 0 else { return false }
        found = fallback
        isHeadOfGet = true
        return true
    }
}

extension Route {
    /// Whether host and conditions hold.
    func takes(_ request: RequestView) -> Bool {
        if let host, !host.matches(request.authority) { return false }
        for condition in conditions where !condition.holds(for: request) { return false }
        return true
    }
}
