/// Decides which connection a request takes, when to open one, who waits, and who is refused.
///
/// One pool belongs to one service on one event loop. It holds no socket, no clock and no payload: events come in with
/// the present time, decisions come out as a ``PoolAcquisition`` and as ``PoolAction``s. The driver is
/// `ConnectionPool`.
///
/// Rules:
/// - Endpoints take turns (round robin) among those that have, or may open, a connection.
/// - An endpoint's connections are filled one after the other, so that requests share writes; the next one is opened
///   when those before it are full.
/// - While an endpoint's first connection is being opened, requests use another endpoint that has one; only if there is
///   none they wait.
/// - An endpoint that could not be reached, or that keeps hanging up, is left alone for a jittered, growing time. The first
///   request after that time tries it again; nobody else waits for that attempt, unless the failure is long past. So a
///   dead service costs its callers nothing, and a service that is back is noticed by the next request.
/// - With ``PoolLimits/retriesOnDemand`` a request for which there is no connection and no attempt makes one, whatever was found
///   out before, and everybody waits for an attempt that is under way: what a NestJS client does.
package struct PoolState: ~Copyable, Sendable {
    enum Phase: Sendable, Equatable {
        case vacant
        case connecting
        case open
        case closing
    }

    struct Connection: Sendable {
        var phase = Phase.vacant
        var endpoint = 0
        var inFlight = 0
        var isSaturated = false
        var idleSince: Int64 = 0
        var openedAt: Int64 = 0
        /// Whether any request on it is over.
        var wasOfUse = false
    }

    struct Endpoint: Sendable {
        /// Indexes of its connections that are connecting or open, oldest first.
        var connections: [Int] = []
        var connecting = 0
        /// Attempts in a row that failed.
        var failures = 0
        /// Connections in a row that ended soon and were of no use.
        var shortLives = 0
        /// Not tried before this time.
        var retryAt = Int64.min
        /// Takes nothing new: its open connections are not among ``connections``.
        var isDraining = false
    }

    struct Waiter: Sendable {
        var id: WaiterID
        var deadline: Int64
        var isCancelled = false
    }

    let limits: PoolLimits
    var backoff: Backoff
    var connections: [Connection] = []
    var vacant: [Int] = []
    var endpoints: [Endpoint]
    var cursor = 0
    var waiters: [Waiter] = []
    var firstWaiter = 0
    var waitersAlive = 0
    var nextWaiterNumber: UInt64 = 0
    /// Not after any waiter's deadline; may be before, when its waiter is gone.
    var earliestWaiterDeadline = Int64.max
    var isClosing = false
    /// Somebody wants to know which endpoints are there.
    var isWatched = false
    private var actions: [PoolAction] = []
    private var firstAction = 0

    /// Makes a pool without connections.
    ///
    /// - Parameters:
    ///   - endpoints: How many endpoints the service has; they are numbered from zero.
    ///   - limits: The pool's bounds.
    ///   - seed: For the jitter of the backoff.
    package init(endpoints: Int, limits: PoolLimits, seed: UInt64) {
        self.limits = limits
        self.backoff = Backoff(seed: seed)
        self.endpoints = Array(repeating: Endpoint(), count: endpoints)
    }

    // MARK: What the driver asks

    /// A request wants a connection.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - patience: How long the request would wait, if that is less than the queue's time-out.
    ///   - isEvent: An event expects no answer: it is not counted and may use a connection whose answers are pending.
    /// - Returns: The connection, a place in the queue, or why not.
    package mutating func acquire(now: Int64, patience: Int64 = .max, isEvent: Bool = false) -> PoolAcquisition {
        guard !isClosing else { return .refuse(.closing) }
        var hasOpened = false
        for step in 0..<endpoints.count {
            var endpoint = cursor + step
            if endpoint >= endpoints.count { endpoint -= endpoints.count }
            if let found = usableConnection(of: endpoint, isEvent: isEvent) {
                cursor = endpoint + 1 == endpoints.count ? 0 : endpoint + 1
                if isEvent { connections[found].idleSince = now } else { connections[found].inFlight += 1 }
                return .use(ConnectionID(index: found))
            }
            if mayOpen(endpoint, now: now) {
                forgetOldFailures(of: endpoint, now: now)
                open(endpoint)
                hasOpened = true
            }
        }
        if !hasOpened && limits.retriesOnDemand && !isWorthWaiting {
            warmUp()
            hasOpened = true
        }
        return wait(now: now, patience: patience, hasHope: hasOpened || isWorthWaiting)
    }

    /// The next thing to do; `nil` when there is nothing. Asked after every event.
    package mutating func nextAction() -> PoolAction? {
        guard firstAction < actions.count else {
            if firstAction > 0 {
                actions.removeAll(keepingCapacity: true)
                firstAction = 0
            }
            return nil
        }
        defer { firstAction += 1 }
        return actions[firstAction]
    }

    /// Whether there is something to do.
    package var hasActions: Bool { firstAction < actions.count }

    /// When ``deadlinesPassed(now:)`` should be called next; `nil` for not at all.
    package func nextDeadline() -> Int64? {
        var earliest = Int64.max
        if waitersAlive > 0 { earliest = earliestWaiterDeadline }
        for connection in connections where connection.phase == .open && connection.inFlight == 0 {
            earliest = min(earliest, Self.time(connection.idleSince, plus: limits.idleTimeout))
        }
        if minimum > 0 && !isClosing {
            for endpoint in endpoints where endpoint.connections.count < minimum && !endpoint.isDraining {
                earliest = min(earliest, endpoint.retryAt)
            }
        }
        return earliest == .max ? nil : earliest
    }

    mutating func act(_ action: PoolAction) { actions.append(action) }

    /// A later time; `Int64.max`, which never comes, for a duration without end.
    static func time(_ time: Int64, plus duration: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }

    // MARK: Numbers for whoever watches

    /// Open connections.
    package var openConnections: Int { connections.reduce(0) { $0 + ($1.phase == .open ? 1 : 0) } }
    /// Connections of one endpoint that are open and that are being opened, and requests that wait for its answer.
    package func counts(ofEndpoint endpoint: Int) -> (open: Int, connecting: Int, inFlight: Int) {
        var counts = (open: 0, connecting: endpoints[endpoint].connecting, inFlight: 0)
        for connection in connections where connection.endpoint == endpoint {
            if connection.phase == .open { counts.open += 1 }
            counts.inFlight += connection.inFlight
        }
        return counts
    }
    /// Whether a connection is being opened.
    package var isConnecting: Bool { endpoints.contains { $0.connecting > 0 } }
    /// Requests that wait for a connection.
    package var queued: Int { waitersAlive }
    /// Requests that wait for an answer.
    package var inFlight: Int { connections.reduce(0) { $0 + $1.inFlight } }
}
