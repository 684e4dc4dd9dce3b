import Routing

/// What came of an attempt to read the route files again.
public struct ReloadOutcome: Sendable, Hashable {
    /// Whether the files' configuration serves now; it may be the one that served already.
    public let isApplied: Bool
    /// The number of the configuration that serves now.
    public let generation: Int
    /// What tells it from others: equal for equal files.
    public let hash: String
    /// What is other than before, a phrase each; empty when nothing is.
    public let changes: [String]
    /// Why the old configuration stays, `file:line:column: text` each; empty when it does not.
    public let errors: [String]

    package init(isApplied: Bool, generation: Int, hash: String, changes: [String], errors: [String]) {
        self.isApplied = isApplied
        self.generation = generation
        self.hash = hash
        self.changes = changes
        self.errors = errors
    }
}

extension ReloadOutcome {
    /// What one configuration has that the other has not, in phrases such as `routes added: a, b`.
    static func changes(from old: Generation, to new: Generation) -> [String] {
        let (before, after) = (old.file, new.file)
        var changes: [String] = []
        func compare(_ what: String, _ before: [String], _ after: [String]) {
            let (gone, come) = (before.filter { !after.contains($0) }, after.filter { !before.contains($0) })
            if !come.isEmpty { changes.append("\(what) added: \(shortened(come))") }
            if !gone.isEmpty { changes.append("\(what) removed: \(shortened(gone))") }
        }
        compare("routes", before.routes.map(\.id), after.routes.map(\.id))
        compare("services", before.services.map(\.name), after.services.map(\.name))
        let changed = after.services.filter { service in
            before.services.contains { $0.name == service.name && !$0.isSameUpstream(as: service) }
        }
        if !changed.isEmpty { changes.append("services changed: \(shortened(changed.map(\.name)))") }
        compare(
            "listeners", before.gateway.listen.map(\.address.description),
            after.gateway.listen.map(\.address.description))
        if before.gateway.limits != after.gateway.limits { changes.append("limits changed") }
        if before.gateway.logging != after.gateway.logging { changes.append("logging changed") }
        if old.observation.tracing !== new.observation.tracing { changes.append("tracing changed") }
        let names = Set(old.reading.digests.keys).union(new.reading.digests.keys).sorted()
        let files = names.filter { old.reading.digests[$0] != new.reading.digests[$0] }
        if !files.isEmpty { changes.append("files changed: \(shortened(files))") }
        return changes
    }

    /// The first few, and how many more.
    private static func shortened(_ names: [String]) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }
}
