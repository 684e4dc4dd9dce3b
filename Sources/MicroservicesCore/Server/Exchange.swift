import Logging
import MessageWire
import NIOCore
import NetworkIO
import Tracing

/// One message and the handler that works on it, until it has ended.
///
/// World: one event loop, that of the message's connection; the handler's task runs on it too (its executor is the
/// loop's), so what a handler reports arrives without a hop.
final class Exchange: IncomingMessage, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the variables are touched on `loop`'s event loop only.

    /// Where the outcome goes.
    enum Destination {
        /// Frames for the sender of a request.
        case sender
        /// Nowhere: an event.
        case nowhere
        /// One part of the answer to a request that met event handlers.
        case group(EventGroup, index: Int)
    }

    let loop: ServerLoop
    let destination: Destination
    /// Nil once the exchange has ended or its connection is gone.
    private var connection: ServerConnection?
    private var task: Task<Void, Never>?
    private var isEnded = false
    /// Runs until the sender's deadline; nil when there is none.
    var timer: Scheduled<Void>?
    private var isLate = false
    /// Where the connection keeps this exchange while it runs.
    var index = -1
    /// The last value of a stream, as JSON text, until it is known whether it is the very last.
    private(set) var held: (text: ByteBuffer, units: Int)?
    private var waiter: CheckedContinuation<Void, Never>?
    /// Only where the program traces.
    var span: (any Span)?

    init(
        connection: ServerConnection, destination: Destination, pattern: PatternEntry, id: [UInt8]?,
        metadata: [UInt8]?, data: UnsafeRawBufferPointer?
    ) {
        self.loop = connection.loop
        self.connection = connection
        self.destination = destination
        super.init(pattern: pattern, id: id, metadata: metadata, data: data, peer: connection.peer)
        if loop.traces { beginSpan() }
    }

    // MARK: Start

    /// The payload as the handler wants it; nil when it is none, which has been answered then.
    func decode<Payload>(_ part: PayloadPart<Payload>, from data: UnsafeRawBufferPointer?) -> Payload? {
        do {
            return try part.read(data)
        } catch let error as DecodingError {
            refuse(PayloadCoding.problem(error))
        } catch {
            fail(error)
        }
        return nil
    }

    /// Runs the handler's task: here and now up to its first suspension, from then on as a job of the loop.
    func run(_ operation: @escaping @Sendable () async -> Void) {
        let task =
            span == nil
            ? Task.immediateDetached(executorPreference: loop.executor) {
                await RequestContext.binding(self, operation)
            }
            : Task.immediateDetached(executorPreference: loop.executor) {
                await self.tracing { await RequestContext.binding(self, operation) }
            }
        guard !isEnded else { return }
        self.task = task
        if connection == nil { task.cancel() } else { connection?.track(self) }
    }

    /// The connection is gone: nobody waits for the outcome.
    func abandon() {
        connection = nil
        dropHeld()
        resumeWaiter()
        task?.cancel()
    }

    /// The sender does not wait any more.
    func deadlinePassed() {
        guard !isEnded else { return }
        isLate = true
        task?.cancel()
        resumeWaiter()
    }

    // MARK: Outcome

    /// What a handler has returned: its only value, or none.
    ///
    /// - Parameters:
    ///   - result: What it has returned.
    ///   - mayBeAbsent: Whether its type is an ``AbsentResult``. Asked once for a handler: casting each result would cost more
    ///     than most handlers.
    func conclude<Result: Encodable>(_ result: Result, mayBeAbsent: Bool) {
        if mayBeAbsent, let result = result as? any AbsentResult, result.isAbsent {
            complete()
        } else {
            answer(result)
        }
    }

    /// The handler's only value.
    func answer<Result: Encodable>(_ result: Result) {
        loop.context.eventLoop.preconditionInEventLoop()
        guard let connection else { return end() }
        // What a cancelled handler has to say may be a part of the truth.
        if isLate { return fail(DeadlineExceeded()) }
        switch destination {
        case .nowhere:
            break
        case .sender:
            do {
                try loop.encode(result) { text, units in
                    connection.writeReply(id: id, value: text, units: units, isLast: true)
                }
            } catch {
                return fail(error)
            }
        case .group(let group, let index):
            do {
                try loop.encode(result) { text, _ in group.received(.value(Array(text)), at: index) }
            } catch {
                return fail(error)
            }
        }
        end()
    }

    /// One value of several; false when nobody wants any more.
    func produce<Value: Encodable>(_ value: Value) -> Bool {
        loop.context.eventLoop.preconditionInEventLoop()
        guard let connection else {
            end()
            return false
        }
        if case .nowhere = destination { return true }
        writeHeld()
        guard !isEnded else { return false }
        // The connection closes at the end of this tick.
        guard !connection.isOverfull else { return true }
        do {
            try loop.encode(value) { text, units in
                var buffer = loop.context.outputBuffers.take()
                buffer.writeBytes(text)
                held = (buffer, units)
                connection.holdsValue(self, bytes: text.count)
            }
        } catch {
            fail(error)
            return false
        }
        return true
    }

    /// Values as they come, and no faster than the peer takes them; then the end.
    func produce<Values: AsyncSequence>(all values: Values) async throws where Values.Element: Encodable {
        for try await value in values {
            guard produce(value) else { return }
            if mustWait { await waitUntilWritable() }
        }
        complete()
    }

    /// The handler has nothing (more) to say.
    func complete() {
        loop.context.eventLoop.preconditionInEventLoop()
        guard let connection else { return end() }
        if isLate { return fail(DeadlineExceeded()) }
        switch destination {
        case .nowhere:
            break
        case .sender:
            if let held {
                held.text.withUnsafeReadableBytes {
                    _ = connection.writeReply(id: id, value: $0, units: held.units, isLast: true)
                }
            } else {
                connection.writeCompletion(id: id)
            }
        case .group(let group, let index):
            if let last = lastOfGroup {
                group.received(.value(last), at: index)
            } else {
                group.received(.nothing, at: index)
            }
        }
        end()
    }

    /// The handler threw, or something before it.
    ///
    /// - Parameters:
    ///   - error: What was thrown.
    ///   - isRefusal: Whether a guard threw it: no mishap of the handler.
    func fail(_ error: any Error, isRefusal: Bool = false) {
        loop.context.eventLoop.preconditionInEventLoop()
        if span != nil { spanFailed(error) }
        guard connection != nil else { return end() }
        let answer: RPCError
        if let error = error as? RPCError {
            answer = error
            if case .nowhere = destination {
                if isRefusal {
                    log(.debug, "event refused", error)
                } else {
                    loop.complain(
                        "event handler failed",
                        metadata: ["pattern": "\(pattern.route)", "error": "\(LogBudget.cut("\(error)"))"])
                }
            }
        } else if error is DeadlineExceeded || (isLate && error is CancellationError) {
            answer = DeadlineExceeded.answer
            log(.debug, "the sender's deadline has passed", error)
        } else {
            answer = .internalServerError
            log(.error, "handler failed", error)
        }
        send(answer)
    }

    /// The payload is not what the handler is declared for.
    private func refuse(_ problem: String) {
        if case .nowhere = destination {
            loop.complain(
                "event payload refused",
                metadata: ["pattern": "\(LogBudget.cut(pattern.route))", "problem": "\(LogBudget.cut(problem))"])
        }
        send(.badPayload(problem))
    }

    private func send(_ error: RPCError) {
        guard let connection else { return end() }
        switch destination {
        case .nowhere:
            break
        case .sender:
            writeHeld()
            guard !isEnded else { return }
            loop.encode(error.value) { text, units in connection.writeError(id: id, value: text, units: units) }
        case .group(let group, let index):
            group.received(.error(error), at: index)
        }
        end()
    }

    private func end() {
        guard !isEnded else { return }
        isEnded = true
        task = nil
        span?.end()
        timer?.cancel()
        dropHeld()
        if let connection {
            self.connection = nil
            connection.ended(self)
        }
        loop.exchangeEnded()
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ error: any Error) {
        loop.logger.log(
            level: level, message,
            metadata: [
                "pattern": "\(pattern.route)", "error": "\(error)", "type": "\(type(of: error))",
                "peer": "\(peer.name)",
            ])
    }

    // MARK: Streams

    /// Writes the value that was held back as one that is not the last. Called at the end of the tick, too: a value never
    /// waits longer.
    func writeHeld() {
        guard let held, let connection else { return }
        if case .group = destination { return }
        let isWritten = held.text.withUnsafeReadableBytes {
            connection.writeReply(id: id, value: $0, units: held.units, isLast: false)
        }
        dropHeld()
        guard !isWritten else { return }
        // The caller was told that it is over.
        task?.cancel()
        end()
    }

    private func dropHeld() {
        guard let held else { return }
        self.held = nil
        loop.context.outputBuffers.give(held.text)
    }

    /// In a group only the last value of a stream counts.
    private var lastOfGroup: [UInt8]? { held.map { Array($0.text.readableBytesView) } }

    /// Whether the peer is so far behind that the stream should pause.
    var mustWait: Bool { connection?.isCongested ?? false }

    /// Returns when the peer has taken enough, or is gone.
    func waitUntilWritable() async {
        await withCheckedContinuation { continuation in
            loop.context.eventLoop.preconditionInEventLoop()
            guard let connection, connection.isCongested else { return continuation.resume() }
            waiter = continuation
            connection.hasWaiters = true
        }
    }

    /// Lets a paused stream go on.
    func resumeWaiter() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }
}
