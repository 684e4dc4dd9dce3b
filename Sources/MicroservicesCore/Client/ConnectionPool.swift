import Logging
import MessageWire
import NIOCore
import NIOPosix
import NetworkIO
import Pooling

/// The connections of one event loop to one service: does what ``PoolState`` decides.
///
/// In the way of a request it takes the message from whoever dispatches and puts it on a ``ServiceConnection``, or keeps
/// it while a connection is opened, or refuses it.
///
/// World: one event loop; create, use and close it there.
package final class ConnectionPool: DeadlineObserver, ServiceConnectionOwner {
    package let loop: EventLoopContext
    /// The service's name, for logs.
    package let serviceName: String
    let configuration: ClientConfiguration
    private let logger: Logger
    var state: PoolState
    private var connections: [ServiceConnection?] = []
    /// Those that are being opened, by their places.
    private var attempts: [Int: ServiceConnection] = [:]
    private var waiting: WaitingMessages
    private var isEndpointDown: [Bool]
    /// By endpoint.
    private let tallies: [EndpointTally]
    private let refusalTally: RefusalTally
    private var closePromise: EventLoopPromise<Void>?
    private var connectPromises: [EventLoopPromise<Void>] = []
    /// Hears of connections coming and going; nil where nobody can ask.
    var monitor: ClientMonitor?

    /// Makes a pool without connections.
    ///
    /// - Parameters:
    ///   - serviceName: For logs.
    ///   - configuration: Endpoints, limits and timeouts.
    ///   - loop: The loop it lives on.
    ///   - logger: For connections coming and going.
    ///   - former: A pool of the same service and loop whose place it takes: what is counted goes on where that left off.
    package init(
        serviceName: String, configuration: ClientConfiguration, loop: EventLoopContext, logger: Logger,
        after former: ConnectionPool? = nil
    ) {
        self.serviceName = serviceName
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.waiting = WaitingMessages(maxSize: configuration.maxQueueSize)
        self.isEndpointDown = Array(repeating: false, count: configuration.endpoints.count)
        self.tallies = configuration.endpoints.map { former?.tally(of: $0) ?? EndpointTally() }
        self.refusalTally = former?.refusalTally ?? RefusalTally()
        self.state = PoolState(
            endpoints: configuration.endpoints.count, limits: configuration.poolLimits,
            seed: UInt64.random(in: .min ... .max))
        loop.addObserver(self)
    }

    // MARK: Messages

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - message: Copied before this returns.
    ///   - receiver: Called later, on this loop, unless the result is a refusal.
    ///   - timeouts: Run from now, waiting for a connection included.
    ///   - now: The present.
    /// - Returns: What became of it.
    package func send(
        _ message: OutboundMessage, receiver: any ReplyReceiver, timeouts: ReplyTimeouts, now: Int64
    ) -> SendResult {
        switch state.acquire(now: now, patience: min(timeouts.first, timeouts.total)) {
        case .use(let id):
            guard let connection = connections[id.index] else { return .refused(.overloaded) }
            guard let packet = connection.send(message, receiver: receiver, timeouts: timeouts, now: now) else {
                requestFinished(on: connection, now: now)
                return .refused(.notSerialized)
            }
            // Another endpoint may be due for an attempt to connect.
            if state.hasActions { runActions() }
            return .sent(RequestTicket(.connection(connection, packet), endpoint: connection.endpoint))
        case .wait(let id):
            return wait(id, message, receiver, timeouts, isEvent: false, now)
        case .refuse(let refusal):
            runActions()
            return .refused(failure(of: refusal))
        }
    }

    /// Emits an event.
    ///
    /// - Parameters:
    ///   - message: Copied before this returns.
    ///   - receiver: Called only when the event has to wait for a connection.
    ///   - now: The present.
    /// - Returns: What became of it.
    package func emit(_ message: OutboundMessage, receiver: any ReplyReceiver, now: Int64) -> SendResult {
        switch state.acquire(now: now, isEvent: true) {
        case .use(let id):
            guard let connection = connections[id.index] else { return .refused(.overloaded) }
            let isWritten = connection.emit(message)
            if state.hasActions { runActions() }
            return isWritten ? .sent(RequestTicket(.none, endpoint: connection.endpoint)) : .refused(.notSerialized)
        case .wait(let id):
            return wait(id, message, receiver, ReplyTimeouts(.max), isEvent: true, now)
        case .refuse(let refusal):
            runActions()
            return .refused(failure(of: refusal))
        }
    }

    /// Forgets a request whose caller is gone. Its receiver is not called any more.
    package func forget(_ ticket: RequestTicket) {
        switch ticket.place {
        case .connection(let connection, let packet):
            connection.forget(packet, now: loop.now)
        case .queue(let number):
            guard waiting.remove(number) != nil else { return }
            state.waiterCancelled(WaiterID(number: number))
        case .none:
            break
        }
    }

    /// Opens a connection to every endpoint that has none, so that an unreachable one is reported early.
    package func warmUp() {
        state.warmUp()
        state.fill(now: loop.now)
        runActions()
    }

    /// Succeeds the promise as soon as a connection is open, fails it with the attempt's error when none can be opened.
    func connected(or promise: EventLoopPromise<Void>) {
        guard closePromise == nil else { return promise.fail(UpstreamFailure.closing) }
        connectPromises.append(promise)
        state.warmUp()
        runActions()
        settleConnectPromises()
    }

    private func settleConnectPromises() {
        guard !connectPromises.isEmpty else { return }
        let promises = connectPromises
        if state.openConnections > 0 {
            connectPromises = []
            for promise in promises { promise.succeed() }
        } else if !state.isConnecting {
            connectPromises = []
            for promise in promises { promise.fail(lastConnectError ?? UpstreamFailure.closing) }
        }
    }

    /// Refuses everything new, fails what waits, gives up attempts to connect, and closes each connection when its last answer
    /// is in.
    ///
    /// - Returns: A future that succeeds when neither connection nor attempt is left.
    package func close() -> EventLoopFuture<Void> {
        if let closePromise { return closePromise.futureResult }
        let promise = loop.eventLoop.makePromise(of: Void.self)
        closePromise = promise
        state.beginClosing(now: loop.now)
        runActions()
        for attempt in Array(attempts.values) { attempt.cancelAttempt() }
        finishClosing()
        return promise.futureResult
    }

    /// Closes every connection now; what is in flight is lost.
    package func closeNow() {
        for case let connection? in connections { connection.close() }
    }

    /// The channels of the open connections.
    var channels: [any Channel] { connections.compactMap { $0?.channel } }

    /// Connections open, requests waiting for a connection, requests waiting for an answer.
    package var counts: (open: Int, queued: Int, inFlight: Int) {
        (state.openConnections, state.queued, state.inFlight)
    }

    private func tally(of endpoint: HostPort) -> EndpointTally? {
        configuration.endpoints.firstIndex(of: endpoint).map { tallies[$0] }
    }

    /// What was counted since the pool was made, and what it has now.
    package var snapshot: PoolSnapshot {
        let endpoints = configuration.endpoints.indices.map { endpoint in
            let counts = state.counts(ofEndpoint: endpoint)
            return PoolSnapshot.Endpoint(
                address: configuration.name(ofEndpoint: endpoint), open: counts.open, connecting: counts.connecting,
                isDown: isEndpointDown[endpoint], isDraining: state.isDraining(endpoint: endpoint),
                inFlight: counts.inFlight, counters: tallies[endpoint].counters)
        }
        return PoolSnapshot(
            service: serviceName, endpoints: endpoints, queued: state.queued, refusals: refusalTally.counts)
    }

    private func wait(
        _ id: WaiterID, _ message: OutboundMessage, _ receiver: any ReplyReceiver, _ timeouts: ReplyTimeouts,
        isEvent: Bool, _ now: Int64
    ) -> SendResult {
        guard waiting.hasRoom(for: message) else {
            state.waiterCancelled(id)
            runActions()
            return .refused(failure(of: .overloaded))
        }
        var data = ByteBufferAllocator().buffer(capacity: message.data.count + (message.metadata?.0.count ?? 0))
        data.writeBytes(message.data)
        if let metadata = message.metadata { data.writeBytes(metadata.0) }
        let waitingMessage = WaitingMessage(
            receiver: receiver, pattern: message.pattern, data: data, dataUnits: message.dataUnits,
            metadata: message.metadata.map { ($0.0.count, $0.1) }, timeouts: timeouts, isEvent: isEvent, since: now)
        waiting.insert(waitingMessage, as: id.number)
        runActions()
        if let deadline = state.nextDeadline() { loop.wake(at: deadline) }
        return .waiting(RequestTicket(.queue(id.number), endpoint: nil))
    }

    // MARK: What connections report

    func requestFinished(on connection: ServiceConnection, now: Int64) {
        state.finished(connection.id, now: now)
        // Rare: somebody waited, or the pool is closing.
        if state.hasActions || closePromise != nil { afterFinish(connection) }
    }

    private func afterFinish(_ connection: ServiceConnection) {
        runActions()
        if closePromise != nil && connection.inFlight == 0 { connection.close() }
    }

    func connectionSaturated(_ connection: ServiceConnection, _ isSaturated: Bool) {
        state.saturated(connection.id, isSaturated, now: loop.now)
        runActions()
    }

    func connectionDrained(_ connection: ServiceConnection) {
        monitor?.report(.drain(address(connection.endpoint)))
    }

    func connectionClosed(_ connection: ServiceConnection) {
        // One that was never reported open fails in `connect`.
        guard connections[connection.id.index] === connection else { return }
        connections[connection.id.index] = nil
        state.closed(connection.id, now: loop.now)
        log(.info, "connection to service closed", endpoint: connection.endpoint, error: nil)
        closeReported(connection)
        runActions()
        finishClosing()
    }

    /// Tells the monitor that a connection has ended, or could not be opened.
    private func closeReported(_ connection: ServiceConnection) {
        if state.openConnections == 0 { monitor?.changed(to: .disconnected) }
        monitor?.report(.close(address(connection.endpoint)))
    }

    /// An endpoint's address, as it was written.
    package func name(ofEndpoint endpoint: Int) -> String { configuration.name(ofEndpoint: endpoint) }

    /// How many endpoints there are.
    package var endpointCount: Int { configuration.endpoints.count }

    private func address(_ endpoint: Int) -> NetworkAddress {
        NetworkAddress(host: configuration.endpoints[endpoint].host, port: configuration.endpoints[endpoint].port)
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, endpoint: Int, error: (any Error)?) {
        // What is worth a line because of an error is an event as well.
        if let error { monitor?.report(.error(address(endpoint), error)) }
        logger.log(
            level: level, message,
            metadata: [
                "service": "\(serviceName)", "endpoint": "\(configuration.name(ofEndpoint: endpoint))",
                "reason": "\(error.map(ClientError.reason) ?? "end of connection")",
            ])
    }

    // MARK: What the state wants done

    func runActions() {
        while let action = state.nextAction() {
            switch action {
            case .connect(let id, let endpoint): connect(id, endpoint)
            case .close(let id): connections[id.index]?.close()
            case .assign(let waiter, let id): assign(waiter, id)
            case .fail(let waiter, let refusal):
                waiting.remove(waiter.number)?.receiver.replyFailed(failure(of: refusal))
            }
        }
        // Idle connections and waiters have deadlines; requests in flight have theirs in the connection.
        if let deadline = state.nextDeadline() { loop.wake(at: deadline) }
    }

    private func connect(_ id: ConnectionID, _ endpoint: Int) {
        let connection = ServiceConnection(
            id: id, endpoint: endpoint, owner: self, loop: loop, tally: tallies[endpoint],
            frameLimits: configuration.frameLimits,
            maxSendBuffer: configuration.maxSendBuffer, coding: configuration.coding)
        attempts[id.index] = connection
        lastConnectError = nil
        channel(to: endpoint, handler: connection).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel) where channel.isActive:
                connection.opened(on: channel)
                self.opened(connection)
            case .success: self.connectFailed(connection, ChannelError.ioOnClosedChannel)
            case .failure(let error): self.connectFailed(connection, error)
            }
        }
    }

    private func channel(to endpoint: Int, handler: ServiceConnection) -> EventLoopFuture<any Channel> {
        let address = configuration.endpoints[endpoint]
        if let network = configuration.network {
            return Connector.connect(to: address.host, in: network, on: loop, handler: handler)
        }
        return Connector.connect(
            to: address, on: loop, timeout: .nanoseconds(configuration.poolLimits.connectTimeout),
            tls: configuration.tls?.current, handler: handler)
    }

    private func opened(_ connection: ServiceConnection) {
        let index = connection.id.index
        attempts[index] = nil
        while connections.count <= index { connections.append(nil) }
        connections[index] = connection
        tallies[connection.endpoint].counters.connected &+= 1
        let wasDown = isEndpointDown[connection.endpoint]
        isEndpointDown[connection.endpoint] = false
        logger.log(
            level: wasDown ? .notice : .info, wasDown ? "service is reachable again" : "connected to service",
            metadata: [
                "service": "\(serviceName)", "endpoint": "\(configuration.name(ofEndpoint: connection.endpoint))",
            ])
        state.connected(connection.id, now: loop.now)
        monitor?.changed(to: .connected)
        monitor?.report(.connect(address(connection.endpoint)))
        runActions()
        settleConnectPromises()
    }

    private func connectFailed(_ connection: ServiceConnection, _ error: any Error) {
        attempts[connection.id.index] = nil
        connection.attemptFailed()
        tallies[connection.endpoint].counters.connectFailures &+= 1
        if closePromise == nil { unreachable(connection.endpoint, error) }
        lastConnectError = closePromise == nil ? error : UpstreamFailure.closing
        state.connectFailed(connection.id, now: loop.now)
        closeReported(connection)
        runActions()
        settleConnectPromises()
        finishClosing()
    }

    /// The first failure is news; those after it are the same news.
    private func unreachable(_ endpoint: Int, _ error: any Error) {
        let isNews = !isEndpointDown[endpoint]
        isEndpointDown[endpoint] = true
        log(
            isNews ? .warning : .debug, "service is not reachable; requests are refused until it is",
            endpoint: endpoint, error: error)
    }

    /// Why the latest attempt to connect failed; nil while another one is under way, and after one that did not.
    package private(set) var lastConnectError: (any Error)?

    private func assign(_ waiter: WaiterID, _ id: ConnectionID) {
        guard let message = waiting.remove(waiter.number), let connection = connections[id.index] else {
            state.finished(id, now: loop.now)
            return
        }
        let now = loop.now
        message.data.withUnsafeReadableBytes { bytes in
            let outbound = message.outbound(bytes)
            if message.isEvent {
                let isWritten = connection.emit(outbound)
                state.finished(id, now: now)
                return isWritten ? message.receiver.eventHandedOver() : message.receiver.replyFailed(.notSerialized)
            }
            let timeouts = message.timeouts.shortened(by: now - message.since)
            guard let packet = connection.send(outbound, receiver: message.receiver, timeouts: timeouts, now: now)
            else {
                state.finished(id, now: now)
                return message.receiver.replyFailed(.notSerialized)
            }
            message.receiver.requestSent(
                RequestTicket(.connection(connection, packet), endpoint: connection.endpoint))
        }
    }

    package func deadlinesPassed(now: Int64) -> Int64? {
        var next = Int64.max
        for case let connection? in connections {
            if let wanted = connection.deadlinesPassed(now: now) { next = min(next, wanted) }
        }
        state.deadlinesPassed(now: now)
        runActions()
        if let wanted = state.nextDeadline() { next = min(next, wanted) }
        return next == .max ? nil : next
    }

    private func finishClosing() {
        guard let closePromise, attempts.isEmpty, !connections.contains(where: { $0 != nil }) else { return }
        loop.removeObserver(self)
        closePromise.succeed()
    }

    private func failure(of refusal: PoolRefusal) -> UpstreamFailure {
        refusalTally.counts.count(refusal)
        switch refusal {
        case .unavailable(let retryAfter):
            // On demand every message has, or shares, an attempt of its own, whose error is the reason.
            guard configuration.poolLimits.retriesOnDemand, let lastConnectError else {
                return .unavailable(retryAfter: retryAfter)
            }
            return .cannotConnect(.cannotConnect(to: configuration.addresses, cause: lastConnectError))
        case .overloaded: return .overloaded
        case .closing: return .closing
        }
    }
}
