/// Finds routes that tie (an error) and routes that no request can reach (a warning).
///
/// Only routes with paths of the same shape can do either; between others the path decides.
struct RouteConflicts {
    let routes: [Route]
    let sink: DiagnosticSink

    func report() {
        var groups: [[PathTemplate.Segment]: [Int]] = [:]
        for (index, route) in routes.enumerated() { groups[shape(of: route.path), default: []].append(index) }
        for group in groups.values.sorted(by: { $0[0] < $1[0] }) where group.count > 1 {
            // Different hosts cannot tie; so a thousand tenants with one path each cost no million comparisons.
            let byHost = Dictionary(grouping: group) { routes[$0].host?.text ?? "" }
            for same in byHost.values.sorted(by: { $0[0] < $1[0] }) { report(same) }
        }
    }

    private func report(_ group: [Int]) {
        for (offset, first) in group.enumerated() {
            for second in group[(offset + 1)...] { compare(routes[first], routes[second]) }
        }
    }

    /// The path without the parameters' names, which distinguish nothing.
    private func shape(of path: PathTemplate) -> [PathTemplate.Segment] {
        path.segments.map { segment in
            switch segment {
            case .literal: segment
            case .parameter: .parameter("")
            case .rest: .rest("")
            }
        }
    }

    private func compare(_ a: Route, _ b: Route) {
        let methods = a.methods.intersection(b.methods)
        // A route that only ignores the slash gives way to one that has it.
        guard !methods.isEmpty, a.path.endsWithSlash == b.path.endsWithSlash else { return }
        let isExclusive = a.conditions.contains { one in b.conditions.contains { one.excludes($0) } }
        guard !isExclusive else { return }
        if a.conditions.count == b.conditions.count, a.priority == b.priority {
            sink.error(
                b.place,
                "route \"\(b.id)\" ties with route \"\(a.id)\" (\(a.place)): "
                    + "both take \(methods.names.joined(separator: "|")) "
                    + "\(b.path.text) under conditions of the same rank; give one of them a \"priority\"")
            return
        }
        let isFirst = (a.conditions.count, a.priority) > (b.conditions.count, b.priority)
        let (winner, loser) = isFirst ? (a, b) : (b, a)
        let covers = winner.conditions.allSatisfy { one in loser.conditions.contains { one.isImplied(by: $0) } }
        let coversSlash = winner.ignoresTrailingSlash || !loser.ignoresTrailingSlash
        if covers, coversSlash, winner.methods.isSuperset(of: loser.methods) {
            sink.warning(
                loser.place,
                "route \"\(loser.id)\" is never reached: "
                    + "route \"\(winner.id)\" (\(winner.place)) takes every request of it"
            )
        }
    }
}
