import MessageWire
import Pipeline
import Routing

/// What was made of the entries of a route file, for the entries of the next one that say the same: they go on with it, and
/// with what it has counted and remembered.
///
/// Kept are guards and what Swift packages have registered. `Cache` and `Collapse` are made anew: what they hold belongs to the
/// routes of one table.
struct KeptEnhancers {
    /// What makes an entry the same, wherever it is written.
    private enum Identity: Hashable {
        case guardian(GuardSettings)
        case custom(EnhancerKind, String, String)

        init?(_ entry: EnhancerEntry) {
            switch entry.settings {
            case .guardian(let settings): self = .guardian(settings.placeless)
            case .custom(let options): self = .custom(entry.kind, entry.name, options.serialized())
            case .interceptor, .schema, .filter, .remote: return nil
            }
        }
    }

    private var made: [Identity: [MadeEnhancer]] = [:]

    init() {}

    /// - Parameters:
    ///   - entries: Of a configuration.
    ///   - made: What was made of each.
    init(_ entries: [EnhancerEntry], _ made: [MadeEnhancer]) {
        for (entry, enhancer) in zip(entries, made).reversed() {
            guard let identity = Identity(entry) else { continue }
            self.made[identity, default: []].append(enhancer)
        }
    }

    /// What an entry goes on with; of several that say the same the first one gets what the first one had.
    mutating func take(_ entry: EnhancerEntry) -> MadeEnhancer? {
        guard let identity = Identity(entry) else { return nil }
        return made[identity]?.popLast()
    }
}
