/// Taking endpoints out of service, and watching those that nobody asks.
extension PoolState {
    /// Takes an endpoint out of service, or back in.
    ///
    /// A draining endpoint gets no further message. Its connections leave the running at once and are closed when their last
    /// answer is in; an attempt under way is closed when it succeeds. Taken back in, it is as good as new: a connection that
    /// still finishes is used again.
    ///
    /// - Parameters:
    ///   - isDraining: Whether it is to take nothing new.
    ///   - endpoint: Its number; any other is ignored.
    ///   - now: The present.
    package mutating func setDraining(_ isDraining: Bool, endpoint: Int, now: Int64) {
        guard endpoints.indices.contains(endpoint), endpoints[endpoint].isDraining != isDraining else { return }
        endpoints[endpoint].isDraining = isDraining
        let open = connections.indices.filter {
            connections[$0].phase == .open && connections[$0].endpoint == endpoint
        }
        if isDraining {
            endpoints[endpoint].connections = endpoints[endpoint].connections.filter {
                connections[$0].phase != .open
            }
            for index in open where connections[index].inFlight == 0 { close(index) }
        } else {
            endpoints[endpoint].connections += open
            endpoints[endpoint].failures = 0
            endpoints[endpoint].shortLives = 0
            endpoints[endpoint].retryAt = .min
        }
        if !isClosing {
            fill(now: now)
            serveWaiters(now: now)
        }
    }

    /// Keeps one connection to every endpoint even if nobody asks, so that it is known which are there. A dead one is tried
    /// again after the pauses of the backoff.
    package mutating func watch(now: Int64) {
        guard !isWatched else { return }
        isWatched = true
        fill(now: now)
    }

    /// Connections to each endpoint that are kept.
    var minimum: Int { isWatched ? max(limits.minConnections, 1) : limits.minConnections }

    /// Whether an endpoint takes nothing new.
    package func isDraining(endpoint: Int) -> Bool { endpoints[endpoint].isDraining }
}
