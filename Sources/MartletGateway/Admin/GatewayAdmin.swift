import NetworkIO
import Routing
import Synchronization

/// What a gateway keeps for its admin listener: the phase it is in and the listener itself. It outlives whatever a start, a reload or
/// a stop puts in place of something else.
///
/// World: called from anywhere.
final class GatewayAdmin: Sendable {
    private struct State {
        var phase = GatewayPhase.starting
        var startedAt = Timestamp.now()
        var server: AdminServer?
        var settings: AdminSettings?
        /// What a reload asked for and only a restart can do was said.
        var toldOf: AdminSettings??
        /// Endpoints taken out of service, so that a pool that is made anew knows: service and address.
        var draining: Set<DrainedEndpoint> = []
    }

    private let state = Mutex(State())

    var phase: GatewayPhase {
        get { state.withLock { $0.phase } }
        set { state.withLock { $0.phase = newValue } }
    }

    var startedAt: Timestamp { state.withLock { $0.startedAt } }
    var draining: Set<DrainedEndpoint> { state.withLock { $0.draining } }
    /// Where the listener is; `nil` without one.
    var address: HostPort? { state.withLock { $0.server }?.address }

    func began(_ server: AdminServer, _ settings: AdminSettings) {
        state.withLock { state in
            state.server = server
            state.settings = settings
            state.toldOf = .some(settings)
        }
    }

    /// Ends the listener, if there is one; the next start begins anew.
    func end() async {
        let server = state.withLock { state in
            defer { state = State() }
            return state.server
        }
        await server?.stop()
    }

    func setDraining(_ isDraining: Bool, _ endpoint: DrainedEndpoint) {
        state.withLock { state in
            if isDraining { state.draining.insert(endpoint) } else { state.draining.remove(endpoint) }
        }
    }

    /// Whether a section of a reloaded file asks for what only a restart can do; `true` once for each such section.
    func needsRestart(for settings: AdminSettings?) -> Bool {
        state.withLock { state in
            guard !Self.isSame(state.settings, settings) else {
                state.toldOf = .some(settings)
                return false
            }
            if case .some(let told) = state.toldOf, Self.isSame(told, settings) { return false }
            state.toldOf = .some(settings)
            return true
        }
    }

    /// But for the policy of readiness, which is taken from the file in force, and the place.
    private static func isSame(_ one: AdminSettings?, _ other: AdminSettings?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.address == other.address && one.token == other.token && one.page == other.page
            && one.connections == other.connections
    }
}
