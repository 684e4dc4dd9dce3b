import Instrumentation
import Logging
import MessageWire
import NIOCore
import NetworkIO
import Synchronization

/// What the connections of one event loop share: handlers, executor, scratch space, deadlines.
///
/// World: one event loop; made anywhere.
final class ServerLoop: DeadlineObserver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the variables are touched on `context.eventLoop` only.

    let context: EventLoopContext
    let executor: LoopTaskExecutor
    /// What connections that begin now get.
    let options: LiveOptions
    private let framing: (any MessageFraming)?
    /// For answers; nil when they are written as NestJS writes them.
    let packetWriter: PacketWriter?
    /// For requests and events.
    let deserializer: (any PacketDeserializer)?
    /// Asked for each packet: an existential would be copied to find out that there is none.
    let deserializes: Bool
    /// The program has chosen a tracer before its service was made.
    let traces: Bool
    let logger: Logger
    /// Hears of connections and their mishaps.
    let monitor: ServerMonitor
    /// Open connections of all loops.
    private let connectionCount: ConnectionCount
    private var patterns: PatternCache
    /// Where values are written before they are framed.
    private var scratch = ByteBuffer()
    /// Connections by number; a free place is nil.
    private var connections: [ServerConnection?] = []
    private var freePlaces: [Int] = []
    private var runningExchanges = 0

    private var wheel: DeadlineWheel
    private var expired: [Int] = []

    private(set) var isDraining = false
    private var drained: EventLoopPromise<Void>?
    private var drainDeadline: Scheduled<Void>?
    private var complaints = LogBudget()

    private static let maxKeptScratch = 1024 * 1024
    private static let wheelTick: Int64 = 10_000_000

    init(
        context: EventLoopContext, registry: HandlerRegistry, options: LiveOptions, coding: PacketCoding,
        logger: Logger, connectionCount: ConnectionCount, monitor: ServerMonitor = ServerMonitor()
    ) {
        self.context = context
        self.executor = LoopTaskExecutor(eventLoop: context.eventLoop)
        self.options = options
        self.framing = coding.framing
        self.packetWriter = coding.writer
        self.deserializer = coding.deserializer
        self.deserializes = coding.deserializer != nil
        self.traces = !(InstrumentationSystem.instrument is NoOpInstrument)
        self.logger = logger
        self.connectionCount = connectionCount
        self.monitor = monitor
        self.patterns = PatternCache(registry: registry)
        self.wheel = DeadlineWheel(tick: context.wheelTick(Self.wheelTick), now: context.now)
    }

    /// Begins to watch deadlines; on the loop, once.
    func start() { context.addObserver(self) }

    /// The handler of an accepted connection.
    func makeConnection(_ channel: any Channel) -> ServerConnection {
        let address = channel.remoteAddress.flatMap { address -> NetworkAddress? in
            guard let host = address.ipAddress, let port = address.port else { return nil }
            return NetworkAddress(host: host, port: port)
        }
        let peer = PeerInfo(connectionID: connectionCount.nextID(), address: address)
        return ServerConnection(loop: self, channel: channel, peer: peer)
    }

    /// What cuts the bytes of a connection into packets.
    func makeReader(_ limits: FrameLimits) -> PacketReader { PacketReader(limits: limits, framing: framing) }

    // MARK: Connections

    /// Takes up a connection; nil when there are too many, or none are wanted any more.
    func add(_ connection: ServerConnection) -> Int? {
        guard !isDraining else { return nil }
        let limit = connection.limits.options.maxConnections
        guard connectionCount.add(limit: limit) else {
            complain(
                "connection refused: too many connections",
                metadata: ["limit": "\(limit)", "peer": "\(connection.peer.name)"])
            monitor.report(.drop(connection.peer.address))
            return nil
        }
        if let place = freePlaces.popLast() {
            connections[place] = connection
            return place
        }
        connections.append(connection)
        return connections.count - 1
    }

    func remove(_ place: Int) {
        cancelDeadline(place, .receive)
        cancelDeadline(place, .send)
        connections[place] = nil
        freePlaces.append(place)
        connectionCount.remove()
        checkDrained()
    }

    // MARK: Messages

    /// What a pattern leads to; the first message with a pattern that leads nowhere is logged.
    func entry(_ raw: UnsafeRawBufferPointer, isEvent: Bool) -> PatternEntry {
        let (entry, isNew) = patterns.entry(raw)
        if isNew, entry.handlers == nil {
            complain(
                isEvent ? "no handler for this event" : "no handler for this message",
                metadata: ["pattern": "\(LogBudget.cut(entry.text))"])
        }
        return entry
    }

    /// Logs what a peer does wrong; only now and then when it does so all the time.
    func complain(_ message: Logger.Message, metadata: Logger.Metadata) {
        logger.log(level: complaints.allowsLine(now: context.now) ? .warning : .debug, message, metadata: metadata)
    }

    /// Writes a value as JSON text and lends the text.
    func encode<Value: Encodable>(_ value: Value, _ body: (UnsafeRawBufferPointer, Int) -> Void) throws {
        scratch.clear()
        var writer = JSONWriter(buffer: scratch)
        scratch = ByteBuffer()
        defer { keepScratch(writer.buffer) }
        try PayloadCoding.encode(value, into: &writer)
        writer.buffer.withUnsafeReadableBytes { body($0, writer.utf16Count) }
    }

    /// Writes a JSON value as text and lends the text.
    func encode(_ value: JSONValue, _ body: (UnsafeRawBufferPointer, Int) -> Void) {
        scratch.clear()
        var writer = JSONWriter(buffer: scratch)
        scratch = ByteBuffer()
        writer.value(value)
        writer.buffer.withUnsafeReadableBytes { body($0, writer.utf16Count) }
        keepScratch(writer.buffer)
    }

    private func keepScratch(_ buffer: ByteBuffer) {
        if buffer.capacity <= Self.maxKeptScratch { scratch = buffer }
    }

    func exchangeStarted() { runningExchanges += 1 }

    func exchangeEnded() {
        runningExchanges -= 1
        checkDrained()
    }

    // MARK: Deadlines

    /// The two deadlines that a connection can have.
    enum DeadlineKind: Int {
        case receive = 0
        case send = 1
    }

    func setDeadline(_ place: Int, _ kind: DeadlineKind, after duration: Duration) {
        let deadline = context.now + duration.nanoseconds
        wheel.schedule(place * 2 + kind.rawValue, at: deadline)
        if let next = wheel.nextDeadline { context.wake(at: next) }
    }

    func cancelDeadline(_ place: Int, _ kind: DeadlineKind) {
        wheel.cancel(place * 2 + kind.rawValue)
    }

    func deadlinesPassed(now: Int64) -> Int64? {
        wheel.expire(now: now, into: &expired)
        let handles = expired
        expired.removeAll(keepingCapacity: true)
        for handle in handles {
            guard let kind = DeadlineKind(rawValue: handle & 1) else { continue }
            connections[handle >> 1]?.deadlinePassed(kind)
        }
        return wheel.nextDeadline
    }

    // MARK: Shutdown

    /// Lets every connection finish what it runs and closes it; at the deadline the rest is cancelled.
    ///
    /// - Returns: When the last connection is closed and the last handler has returned, or when handlers ignored their
    ///   cancellation for ``cancellationGrace``.
    func drain(within duration: Duration) -> EventLoopFuture<Void> {
        if let drained { return drained.futureResult }
        let promise = context.eventLoop.makePromise(of: Void.self)
        drained = promise
        isDraining = true
        for connection in connections { connection?.beginDraining() }
        // A connection that is never idle is not read from any more after half of the time, so that what runs can end.
        drainDeadline = context.eventLoop.scheduleTask(in: .nanoseconds(duration.nanoseconds / 2)) { [self] in
            for connection in connections { connection?.stopTaking() }
            drainDeadline = context.eventLoop.scheduleTask(in: .nanoseconds(duration.nanoseconds / 2)) { [self] in
                cancelEverything()
            }
        }
        checkDrained()
        return promise.futureResult
    }

    /// How long cancelled handlers may take to return before shutdown goes on without them.
    private static let cancellationGrace = TimeAmount.seconds(1)

    private func cancelEverything() {
        let open = connections.count - freePlaces.count
        if open > 0 || runningExchanges > 0 {
            logger.warning(
                "shutdown deadline reached: closing what is left",
                metadata: ["connections": "\(open)", "handlers": "\(runningExchanges)"])
        }
        for connection in connections { connection?.closeNow() }
        guard runningExchanges > 0 else { return checkDrained() }
        drainDeadline = context.eventLoop.scheduleTask(in: Self.cancellationGrace) { [self] in
            logger.error("handlers ignore their cancellation", metadata: ["handlers": "\(runningExchanges)"])
            finishDrain()
        }
    }

    private func checkDrained() {
        guard isDraining, runningExchanges == 0, connections.count == freePlaces.count else { return }
        finishDrain()
    }

    private func finishDrain() {
        drainDeadline?.cancel()
        drainDeadline = nil
        context.removeObserver(self)
        drained?.succeed(())
    }

    /// Whether handlers still run after ``drain(within:)`` has ended; the loop must live on for them then.
    var hasRunningHandlers: Bool { runningExchanges > 0 }
}

/// Counts the open connections of all loops, and numbers them.
final class ConnectionCount: Sendable {
    private let open = Atomic<Int>(0)
    // Of the process, so that a connection's number names one connection only.
    private static let numbers = Atomic<UInt64>(0)

    func add(limit: Int) -> Bool {
        let (_, count) = open.add(1, ordering: .relaxed)
        guard count > limit else { return true }
        open.subtract(1, ordering: .relaxed)
        return false
    }

    func remove() { open.subtract(1, ordering: .relaxed) }

    func nextID() -> UInt64 { Self.numbers.add(1, ordering: .relaxed).newValue }
}
