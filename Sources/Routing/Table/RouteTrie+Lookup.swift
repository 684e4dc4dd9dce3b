import Pipeline

/// One walk through the tree. Allocates nothing.
struct RouteWalk {
    let bytes: UnsafeRawBufferPointer
    let method: MethodSet
    /// Methods of routes that would have taken the request but for its method.
    var allowed: MethodSet = []
    var found: Int32 = -1
    var isHeadOfGet = false
}

// Not of the walk, which would have to hold on to the tree.
extension RouteTrie {
    /// Tries everything below a node: literal segments first, then `:param`, then `*rest`.
    func visit(
        _ index: Int32, segment: Int, _ walk: inout RouteWalk, match: RouteMatch, request: RequestView
    ) -> Bool {
        let node = nodes[Int(index)]
        if segment == match.segmentCount {
            let leaf = match.endsWithSlash ? node.slashLeaf : node.leaf
            return leaf >= 0 && takes(leaf, &walk, request: request)
        }
        if segment < PathStorage.capacity {
            if node.edgeCount > 0 {
                let start = Int(match.storage.starts[segment])
                let child = child(
                    of: node, in: walk.bytes, start: start, count: Int(match.storage.ends[segment]) &- start)
                if child >= 0, visit(child, segment: segment &+ 1, &walk, match: match, request: request) {
                    return true
                }
            }
            if node.parameter >= 0, visit(node.parameter, segment: segment &+ 1, &walk, match: match, request: request)
            {
                return true
            }
        }
        return node.rest >= 0 && takes(node.rest, &walk, request: request)
    }

    private func child(of node: Node, in bytes: UnsafeRawBufferPointer, start: Int, count: Int) -> Int32 {
        let word = Self.word(bytes, from: start, count: count)
        var low = Int(node.firstEdge)
        var high = low &+ Int(node.edgeCount)
        while low < high {
            let middle = (low &+ high) / 2
            let edge = edges[middle]
            let order =
                edge.word != word ? (edge.word < word ? -1 : 1) : compare(edge, bytes, start: start, count: count)
            if order == 0 { return edge.node }
            if order < 0 { low = middle &+ 1 } else { high = middle }
        }
        return -1
    }

    /// Orders segments of the same first eight bytes: by length, then byte by byte.
    private func compare(_ edge: Edge, _ bytes: UnsafeRawBufferPointer, start: Int, count: Int) -> Int {
        if Int(edge.count) != count { return Int(edge.count) < count ? -1 : 1 }
        var offset = 8
        while offset < count {
            let (left, right) = (text[Int(edge.text) &+ offset], bytes[start &+ offset])
            if left != right { return left < right ? -1 : 1 }
            offset &+= 1
        }
        return 0
    }

    /// Whether an entry of a leaf takes the request; the best one wins, and for HEAD one that names HEAD before GET.
    private func takes(_ leaf: Int32, _ walk: inout RouteWalk, request: RequestView) -> Bool {
        let range = leaves[Int(leaf)]
        var fallback: Int32 = -1
        for index in Int(range.first)..<Int(range.first &+ range.count) {
            let entry = entries[index]
            if entry.isConditional, !routes[Int(entry.route)].takes(request) { continue }
            if entry.methods.contains(walk.method), !walk.method.isEmpty {
                walk.found = entry.route
                return true
            }
            if walk.method == .head, fallback < 0, entry.methods.contains(.get) { fallback = entry.route }
            walk.allowed.formUnion(entry.methods)
        }
        guard fallback >= 0 else { return false }
        walk.found = fallback
        walk.isHeadOfGet = true
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
