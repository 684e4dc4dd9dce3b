import Synchronization

/// Tells whoever listens what becomes of a client proxy or a microservice: its status, and its events.
///
/// Listeners belong to the client or the service, not to a connection: they hear of every connection, also of those that are
/// opened later (NestJS's are bound to the first socket). While nobody listens an event costs one load.
///
/// World: any; reports come from event loops, listeners from tasks.
final class Monitor<Event: Sendable>: Sendable {
    private struct State {
        var status: ConnectionStatus?
        var statusListeners: [UInt64: AsyncStream<ConnectionStatus>.Continuation] = [:]
        var eventListeners: [UInt64: AsyncStream<Event>.Continuation] = [:]
        var nextListener: UInt64 = 0
        var isFinished = false

        mutating func number() -> UInt64 {
            nextListener += 1
            return nextListener
        }
    }

    /// Changes kept for a listener that falls behind; the newest.
    private static var keptStatuses: Int { 16 }
    /// Events kept for a listener that falls behind; the newest.
    private static var keptEvents: Int { 64 }

    private let state = Mutex(State())
    private let eventListenerCount = Atomic<Int>(0)

    // MARK: Reports

    /// Something happened; `event` is made only when somebody listens.
    func report(_ event: @autoclosure () -> Event) {
        guard eventListenerCount.load(ordering: .relaxed) > 0 else { return }
        let event = event()
        // Yielding under the lock keeps the order for everyone, and calls nobody back.
        state.withLock { state in
            for listener in state.eventListeners.values { listener.yield(event) }
        }
    }

    /// The status is now this one; the same again is no news.
    func changed(to status: ConnectionStatus) {
        state.withLock { state in
            guard state.status != status else { return }
            state.status = status
            for listener in state.statusListeners.values { listener.yield(status) }
        }
    }

    /// Nothing more will happen: ends every iteration, also those that begin later.
    func finish() {
        let (statusListeners, eventListeners) = state.withLock { state in
            state.isFinished = true
            return (Array(state.statusListeners.values), Array(state.eventListeners.values))
        }
        // Outside of the lock: the end of a stream calls back to forget it.
        for listener in statusListeners { listener.finish() }
        for listener in eventListeners { listener.finish() }
    }

    // MARK: Listeners

    /// The present status and its changes.
    func statuses() -> AsyncStream<ConnectionStatus> {
        let (stream, listener) = AsyncStream.makeStream(
            of: ConnectionStatus.self, bufferingPolicy: .bufferingNewest(Self.keptStatuses))
        let number = state.withLock { $0.number() }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.statusListeners.removeValue(forKey: number) }
        }
        let isFinished = state.withLock { state in
            if let status = state.status { listener.yield(status) }
            if !state.isFinished { state.statusListeners[number] = listener }
            return state.isFinished
        }
        if isFinished { listener.finish() }
        return stream
    }

    /// Everything that is reported from now on.
    func events() -> AsyncStream<Event> {
        let (stream, listener) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.keptEvents))
        let number = state.withLock { $0.number() }
        listener.onTermination = { [weak self] _ in self?.forgetEventListener(number) }
        let isFinished = state.withLock { state in
            guard !state.isFinished else { return true }
            state.eventListeners[number] = listener
            eventListenerCount.add(1, ordering: .relaxed)
            return false
        }
        if isFinished { listener.finish() }
        return stream
    }

    private func forgetEventListener(_ number: UInt64) {
        state.withLock { state in
            guard state.eventListeners.removeValue(forKey: number) != nil else { return }
            eventListenerCount.subtract(1, ordering: .relaxed)
        }
    }
}
