import Pipeline

/// All routes of a configuration, ready for lookups. Immutable: a reload makes a new one.
package final class RouteTable: Sendable {
    /// In the order of the files.
    package let routes: [Route]
    private let trie: RouteTrie
    /// `Allow` for every set of methods.
    private let allowTexts: [String]

    package init(routes: [Route]) {
        self.routes = routes
        trie = RouteTrie(routes)
        allowTexts = (0..<128).map { bits in
            var methods = MethodSet(rawValue: UInt8(bits))
            if methods.contains(.get) { methods.insert(.head) }
            methods.insert(.options)
            return methods.names.joined(separator: ", ")
        }
    }

    /// Finds the route for a request.
    ///
    /// - Parameters:
    ///   - request: the request; `OPTIONS *` is not for routes and must be answered before.
    ///   - match: receives the route's index and the path's parameters; pass the same one every time.
    /// - Returns: what was found; `match` counts only for ``RouteLookup/matched``.
    package func lookup(_ request: RequestView, into match: RouteMatch) -> RouteLookup {
        match.hasEmptySegment = false
        if let fault = match.split(request.path) { return .badPath(fault) }
        guard !match.hasEmptySegment, request.path.first == UInt8(ascii: "/") else { return .notFound }
        let method = MethodSet(token: request.method)
        let bytes =
            match.isDecoded ? UnsafeRawBufferPointer(rebasing: match.storage.decoded[..<match.pathCount]) : request.path
        var walk = RouteWalk(bytes: bytes, method: method)
        if trie.visit(0, segment: 0, &walk, match: match, request: request) {
            match.route = Int(walk.found)
            match.isHeadOfGet = walk.isHeadOfGet
            return .matched
        }
        if walk.allowed.isEmpty { return .notFound }
        let allow = allowTexts[Int(walk.allowed.rawValue & 0x7F)]
        return method == .options ? .options(allow: allow) : .methodNotAllowed(allow: allow)
    }
}
