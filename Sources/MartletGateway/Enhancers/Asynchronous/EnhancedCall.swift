import HTTPWire
import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing
import Tracing

/// A request whose enhancers take their time: it runs in a task of its own, on its connection's event loop.
///
/// In the way of a request it takes the place of the dispatcher's inline steps, in the same order: guards, interceptors in, pipes
/// (the payload), the message, interceptors out; and exception filters for whatever is thrown. What comes out goes
/// the usual way through ``ReplyMapper``.
///
/// ```
/// guarding -> intercepting -> (rendering -> sent) -> delivering -> over      abandoned: from any of them
/// ```
///
/// World: one event loop; the task's executor is the loop's.
final class EnhancedCall: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the variables are touched on the worker's event loop only. The task prefers the
    // loop's executor, and everything that it calls here is asked for on it.

    let dispatcher: Dispatcher
    let request: OwnedRequest
    let route: Route
    let routeIndex: Int
    let steps: PlannedSteps
    let context: ExecutionContext
    let http: HTTPArguments
    /// `nil` once the client is gone, or the answer is given.
    private(set) var exchange: Exchange?
    private var task: Task<Void, Never>?
    /// Of the loop.
    private let executor: LoopTaskExecutor
    private var isOver = false
    /// The message while and after it is made.
    private(set) var message: RenderedMessage?
    private var failure: GatewayError?
    /// Messages that are on their way.
    private var receivers: [ObjectIdentifier: any AbandonableReceiver] = [:]

    /// What would be sent.
    struct RenderedMessage {
        var pattern: CompiledPattern
        var variant: Int
        var data: ByteBuffer
        var units: Int
    }

    init(
        _ request: OwnedRequest, _ exchange: Exchange, _ route: Route, _ index: Int, _ steps: PlannedSteps,
        dispatcher: Dispatcher
    ) {
        self.dispatcher = dispatcher
        self.executor = dispatcher.calls.executor
        self.request = request
        self.exchange = exchange
        self.route = route
        self.routeIndex = index
        self.steps = steps
        http = HTTPArguments(request: request.published)
        var claims: [String: JSONValue] = [:]
        for entry in request.claims?.entries ?? [] { claims[entry.name] = entry.value }
        context = ExecutionContext(
            kind: .http, handler: route.id, pattern: route.pattern.variants.first ?? .null,
            isEvent: route.kind == .emit,
            claims: claims, http: http)
    }

    /// Begins: here and now up to the first suspension, from then on as jobs of the loop.
    func start() {
        dispatcher.calls.began()
        let tracing = exchange.flatMap { exchange in
            exchange.trace.map {
                ServiceContext($0, state: exchange.traceState, queue: exchange.worker.observer.spanQueue)
            }
        }
        let task = Task.immediateDetached(executorPreference: executor) {
            // What enhancers trace belongs below the request's span.
            guard let tracing else { return await self.run() }
            await ServiceContext.$current.withValue(tracing) { await self.run() }
        }
        if !isOver { self.task = task }
    }

    /// The client is gone: nobody waits for the outcome.
    func abandon() {
        exchange = nil
        forgetMessages()
        task?.cancel()
    }

    private func forgetMessages() {
        for receiver in receivers.values { receiver.giveUp() }
        receivers = [:]
    }

    /// Runs something on the request's loop, whatever task asks for it: an interceptor may call `handle()` in one of its own,
    /// which has not the loop's executor.
    func onLoop<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await withTaskExecutorPreference(executor, operation: body)
    }

    private func run() async {
        let enhancers = Enhancers(
            guards: steps.guards.map { GuardAdapter(step: $0, call: self) },
            interceptors: steps.interceptors.map { InterceptorAdapter(step: $0, call: self) },
            pipes: steps.pipes.map { PipeAdapter(step: $0, call: self) },
            filters: steps.filters.map { FilterAdapter(step: $0, call: self) })
        do {
            let result = try await HandlerPipeline(enhancers).run(
                context, payload: { try self.payload() }, call: { try await self.send($0) })
            try await deliver(result)
        } catch {
            deliver(error)
        }
        isOver = true
        task = nil
        // An interceptor may have asked several times and waited for one answer only.
        forgetMessages()
        dispatcher.calls.finished()
    }

    // MARK: The message

    /// The rendered message; made once, when it is first asked for, with what the guards have found out.
    ///
    /// - Throws: ``GatewayFailure`` when the request cannot become its route's message.
    func render() throws -> RenderedMessage {
        if let message { return message }
        guard let exchange else { throw CancellationError() }
        request.claims = ClaimSet(context.claims, known: request.claims)
        failure = nil
        dispatcher.render(request.view, contentType: request.contentType, for: self, exchange)
        if let failure { throw GatewayFailure(failure) }
        guard let message else { throw CancellationError() }
        return message
    }

    /// The dispatcher has made the message.
    func rendered(_ message: OutboundMessage, variant: Int) {
        var data = ByteBuffer()
        data.writeBytes(message.data)
        self.message = RenderedMessage(
            pattern: message.pattern, variant: variant, data: data, units: message.dataUnits)
    }

    /// The dispatcher has refused to make one.
    func refused(_ error: GatewayError) { failure = error }

    /// What the first pipe gets. A route without custom pipes never looks into it.
    private func payload() throws -> JSONValue? {
        let message = try render()
        guard steps.pipes.contains(where: \.takesTime) || steps.interceptors.contains(where: \.takesTime) else {
            return nil
        }
        return message.data.withUnsafeReadableBytes { JSONValue(checked: $0) }
    }

    /// Sends the route's message, with what the last pipe made of its payload.
    private func send(_ payload: JSONValue?) async throws -> HandlerResult {
        var message = try render()
        if steps.pipes.contains(where: \.takesTime) {
            var writer = JSONWriter(buffer: ByteBuffer())
            writer.value(payload ?? .null)
            message.data = writer.buffer
            message.units = writer.utf16Count
        }
        guard let exchange, let plan = exchange.plan else { throw CancellationError() }
        let metadata = dispatcher.metadata(of: exchange, plan).encoded
        let pool = dispatcher.services.pools[route.service]
        if route.kind == .emit {
            try await emit(message, metadata, on: pool)
            return .none
        }
        let timeouts = dispatcher.timeouts[routeIndex]
        let final = message
        return try await shared(message, plan) {
            try await result(of: final, metadata, on: pool, timeouts: timeouts, isRoutesOwn: true)
        }
    }

    private func emit(_ message: RenderedMessage, _ metadata: EncodedPayload?, on pool: ConnectionPool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let receiver = EventReceiver(continuation, pool: pool) { [weak self] receiver in
                self?.receivers[ObjectIdentifier(receiver)] = nil
            }
            receivers[ObjectIdentifier(receiver)] = receiver
            let sent = message.data.withUnsafeReadableBytes { data in
                OutboundMessage.with(message.pattern, data, message.units, metadata) {
                    pool.emit($0, receiver: receiver, now: pool.loop.now)
                }
            }
            switch sent {
            case .sent(let ticket):
                exchange?.ticket = ticket
                exchange?.timing.sent(pool.loop.latestNow)
                receiver.eventHandedOver()
            case .waiting(let ticket): receiver.requestSent(ticket)
            case .refused(let failure): receiver.replyFailed(failure)
            }
        }
    }

    /// Sends a message and returns what comes: at once when it is one value, else as it comes.
    func result(
        of message: RenderedMessage, _ metadata: EncodedPayload?, on pool: ConnectionPool, timeouts: ReplyTimeouts,
        isRoutesOwn: Bool = false
    ) async throws -> HandlerResult {
        try await withCheckedThrowingContinuation { continuation in
            guard let exchange else { return continuation.resume(throwing: CancellationError()) }
            let receiver = CallReceiver(continuation, pool: pool) { [weak self] receiver in
                self?.receivers[ObjectIdentifier(receiver)] = nil
            }
            if isRoutesOwn { receiver.follows(exchange) }
            receivers[ObjectIdentifier(receiver)] = receiver
            let sent = message.data.withUnsafeReadableBytes { data in
                OutboundMessage.with(message.pattern, data, message.units, metadata) {
                    pool.send($0, receiver: receiver, timeouts: timeouts, now: pool.loop.now)
                }
            }
            switch sent {
            case .sent(let ticket), .waiting(let ticket): receiver.requestSent(ticket)
            case .refused(let failure): receiver.replyFailed(failure)
            }
        }
    }

    // MARK: The answer

    private func deliver(_ result: HandlerResult) async throws {
        guard let exchange else { return }
        takeOver(exchange)
        if route.kind == .emit, case .none = result {
            self.exchange = nil
            exchange.call = nil
            return dispatcher.replies.eventHandedOver(exchange)
        }
        switch result {
        case .none:
            finish { dispatcher.replies.completed($0) }
        case .value(let value):
            finish { dispatcher.replies.value(value, isLast: true, for: $0) }
        case .values(let values):
            do {
                for try await value in values {
                    guard let exchange = self.exchange else { return }
                    dispatcher.replies.value(value, isLast: false, for: exchange)
                    // Values that are made without waiting for anything must not keep the loop from its sockets.
                    await Task.yield()
                }
            } catch {
                return deliver(error)
            }
            finish { dispatcher.replies.completed($0) }
        }
    }

    private func deliver(_ error: any Error) {
        guard let exchange else { return }
        takeOver(exchange)
        finish { exchange in
            switch error {
            case let error as RPCError:
                dispatcher.replies.error(error.value, for: exchange)
            case let error as GatewayFailure: dispatcher.replies.answer(exchange, with: error.error)
            case let error as UpstreamFailure: dispatcher.replies.failed(error, for: exchange)
            default:
                dispatcher.logger.error(
                    "an enhancer failed",
                    metadata: exchange.logMetadata.merging([
                        "route": "\(route.id)", "error": "\(error)", "type": "\(type(of: error))",
                    ]) { _, new in new })
                dispatcher.replies.answer(exchange, with: .internalError)
            }
        }
    }

    /// Says the last; the exchange may serve another request when this returns.
    private func finish(_ body: (Exchange) -> Void) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.call = nil
        body(exchange)
    }

    /// What enhancers have set of the answer's head.
    private func takeOver(_ exchange: Exchange) {
        let fields = http.fields.compactMap { GatewayError.field($0.name, $0.value) }
        for field in fields { exchange.admission.noted().set(field) }
        if let status = http.status { exchange.chosenStatus = status }
    }
}

/// An answer of the gateway's own, as filters see it: no connection to the service, a payload that cannot be made, a built-in
/// guard's refusal.
public struct GatewayFailure: Error, Sendable, CustomStringConvertible {
    let error: GatewayError

    init(_ error: GatewayError) { self.error = error }

    /// The status of the answer, 400 to 599.
    public var status: Int { error.status }
    /// Stable and machine-readable: `upstream_unavailable`, `unauthorized`, `invalid_body`.
    public var code: String { error.code }
    /// One sentence for the client.
    public var detail: String { error.detail }
    /// The sentence.
    public var description: String { error.detail }
}

extension ClaimSet {
    /// Claims by name; those that are known already keep who they stand for.
    convenience init?(_ claims: [String: JSONValue], known: ClaimSet?) {
        guard !claims.isEmpty else { return nil }
        self.init(
            claims.sorted { $0.key < $1.key }.map { name, value in
                if let entry = known?.entries.first(where: { $0.name == name && $0.value == value }) { return entry }
                return Entry(name: name, value: value, identity: Array(value.serialized().utf8))
            })
    }
}
