import NetworkIO
import Pooling

/// What operators ask of a pool. World: one event loop.
extension ConnectionPool {
    /// Takes an endpoint out of service, or back in: it gets no further message, what is in flight is answered, and its
    /// connections close.
    ///
    /// - Parameters:
    ///   - isDraining: Whether it is to take nothing new.
    ///   - address: As the configuration has it; an unknown one is ignored.
    package func setDraining(_ isDraining: Bool, address: String) {
        for index in configuration.endpoints.indices where configuration.name(ofEndpoint: index) == address {
            state.setDraining(isDraining, endpoint: index, now: loop.now)
        }
        runActions()
    }

    /// Takes exactly these endpoints out of service, and all others back in.
    ///
    /// - Parameter addresses: As the configuration has them.
    package func setDraining(_ addresses: Set<String>) {
        for index in configuration.endpoints.indices {
            let isDraining = addresses.contains(configuration.name(ofEndpoint: index))
            state.setDraining(isDraining, endpoint: index, now: loop.now)
        }
        if state.hasActions { runActions() }
    }

    /// Keeps a connection to every endpoint from now on, so that one that is gone is noticed although nobody asks.
    package func watch() {
        state.watch(now: loop.now)
        runActions()
    }
}
