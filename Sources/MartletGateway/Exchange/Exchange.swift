import HTTPWire
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// One request and its answer, whatever HTTP version carries them.
///
/// In the way of a request it begins when the request is whole and ends when its answer was written. It holds what must
/// outlive the request's bytes: where the answer goes, which route it took, and the ticket with which the message
/// can be forgotten. Exchanges are used again; a request allocates none.
///
/// ```
/// idle -> dispatching -> waiting -> (collecting | streaming) -> finished -> idle
/// ```
///
/// World: one event loop.
final class Exchange {
    let worker: GatewayWorker
    /// Not counted: a connection that ends takes the sink out of every exchange it has.
    private(set) unowned(unsafe) var sink: (any ResponseSink)?
    var id = RequestID(bits: 0)
    /// Of the generation that the request began with. Not counted: one that has exchanges stays with its worker.
    private var generation: Unmanaged<Dispatcher>
    /// Not counted: routes live as long as their generation.
    private(set) unowned(unsafe) var route: Route?
    var routeIndex: Int?
    /// Where the route is counted; 0 while there is none.
    private(set) var slot = 0

    // MARK: What the connection needs to know

    private(set) var isHead = false
    private(set) var minorVersion = 1
    /// Whether the connection lives on after this answer.
    var keepAlive = true
    /// The HTTP/2 stream that carries it; `nil` on HTTP/1.1. Not counted: a stream that ends takes itself out.
    unowned(unsafe) var stream: HTTP2Stream?
    /// Output that has to wait for the answers of earlier requests.
    var held: ByteBuffer?
    /// Everything was said.
    var isFinished = false

    // MARK: What the mapping of the answer needs to know

    /// What several values become for this request.
    var form: ResponseSpec.Form?
    /// The status that the route gives its answers; `nil` for the usual ones.
    private(set) var routeStatus: Int?
    /// The route's headers with all that the request brings filled in.
    var headers: [PreparedHeader]?
    /// What stands around the route's call; `nil` for nothing. Not counted: plans live as long as their generation.
    unowned(unsafe) var plan: RoutePlan?
    /// What guards and interceptors have found out.
    var admission: Admission?
    /// The task that carries the request out, if it needs one.
    var call: EnhancedCall?
    /// The message that several requests share.
    var shared: SharedCall?
    /// Where the answer is to be kept.
    var cacheKey: CallKey?
    /// What an enhancer has chosen instead of the route's.
    var chosenStatus: Int?
    /// Whether asking twice is as good as asking once: GET and HEAD. Known for routes with a plan.
    var isRepeatable = false
    /// Which of the route's patterns the message carries.
    var variant = 0
    /// The pool and the ticket while a message is on its way. Not counted: pools live as long as
    /// a generation that has them.
    unowned(unsafe) var pool: ConnectionPool?
    var ticket = RequestTicket.none
    /// The last value, or the array so far.
    var collected: ByteBuffer?
    var collectedCount = 0
    var heartbeat: Scheduled<Void>?
    /// Whether the head of a streamed answer is out.
    private(set) var isStreaming = false

    // MARK: For the access line and spans

    private(set) var startedAt: Int64 = 0
    /// When it was over.
    private(set) var endedAt: Int64 = 0
    var status = 0
    /// Of the request's body.
    var bytesIn = 0
    /// Of the answer's body.
    var bytesOut = 0
    var code = ""
    /// The client behind the proxy that the connection comes from.
    var forwardedAddress: String?
    /// What its line and its spans will say of the request.
    var notes = RequestNotes()
    /// When the message was sent and answered.
    var timing = MessageTiming()
    /// The trace that the gateway records or passes on, if it does so for all requests.
    var trace: TraceContext?
    /// The `tracestate` that belongs to it.
    var traceState: String?
    /// Also when the stream has ended.
    var isHTTP2 = false

    init(worker: GatewayWorker) {
        self.worker = worker
        self.generation = .passUnretained(worker.dispatcher)
    }

    /// Who carries the request out.
    var dispatcher: Dispatcher { generation.takeUnretainedValue() }

    /// The same for a call, and not counted for it.
    @inline(__always)
    func withDispatcher<Result>(_ body: (Dispatcher) -> Result) -> Result { generation._withUnsafeGuaranteedRef(body) }

    /// What lines and spans say of its generation's routes, until ``leave()``.
    @inline(__always)
    var routeTexts: UnsafeMutablePointer<RouteTexts> { withDispatcher { $0.routeTexts } }

    /// Takes its place among the exchanges of a generation.
    @inline(__always)
    func enter(_ dispatcher: Dispatcher) {
        generation = .passUnretained(dispatcher)
        dispatcher.exchanges += 1
    }

    /// Gives its place among the exchanges of its generation up.
    ///
    /// - Returns: Whether that has none any more, and is not the present one.
    @inline(__always)
    func leave() -> Bool {
        withDispatcher { dispatcher in
            dispatcher.exchanges -= 1
            return dispatcher.exchanges == 0 && dispatcher.isRetired
        }
    }

    /// The request was admitted by an earlier generation than the present one: it goes on with that.
    func move(to earlier: Dispatcher) {
        guard earlier !== dispatcher else { return }
        dispatcher.exchanges -= 1
        worker.keep(earlier)
        enter(earlier)
    }

    func begin(on sink: any ResponseSink, now: Int64, isHead: Bool, minorVersion: Int, keepAlive: Bool) {
        self.sink = sink
        self.startedAt = now
        self.isHead = isHead
        self.minorVersion = minorVersion
        self.keepAlive = keepAlive
    }

    /// The route is known; from now on the request is counted by it.
    ///
    /// - Parameters:
    ///   - route: The route.
    ///   - index: Its place in the table.
    ///   - slot: Its place in the loop's counters.
    func takes(_ route: Route, index: Int, slot: Int) {
        self.route = route
        routeStatus = route.response.status
        routeIndex = index
        self.slot = slot
        worker.metrics.began(slot)
    }

    /// Over: nothing comes for it or goes out any more. What its line and its spans say of it stays until ``reset()``.
    func end(at time: Int64) {
        endedAt = time
        detach()
    }

    /// Lets go of all that something may come from or go to.
    @inline(__always)
    private func detach() {
        sink = nil
        stream = nil
        pool = nil
        if heartbeat != nil {
            heartbeat?.cancel()
            heartbeat = nil
        }
        guard plan != nil else { return }
        call = nil
        shared = nil
    }

    /// Ready for the next request.
    func reset() {
        detach()
        route = nil
        routeStatus = nil
        routeIndex = nil
        slot = 0
        bytesIn = 0
        isFinished = false
        if headers != nil { headers = nil }
        if plan != nil {
            plan = nil
            admission = nil
            cacheKey = nil
            chosenStatus = nil
            isRepeatable = false
        }
        ticket = .none
        collectedCount = 0
        variant = 0
        form = nil
        isStreaming = false
        status = 0
        bytesOut = 0
        if collected != nil { collected = nil }
        if held != nil { held = nil }
        if forwardedAddress != nil { forwardedAddress = nil }
        if !code.isEmpty { code = "" }
        notes.clear()
        timing = MessageTiming()
        isHTTP2 = false
        trace = nil
        if traceState != nil { traceState = nil }
    }

    /// Whether the request with an id is still carried out: this object may be idle by now, or serve another one.
    func isBusy(with id: RequestID) -> Bool { sink != nil && self.id == id && !isFinished }

    /// The client is gone: nobody waits for the answer any more.
    func clientGone() {
        // The line and the span say where the message went.
        let sent = ticket
        forget()
        if sent.endpoint != nil { ticket = sent }
        worker.metrics.requestsAbandoned += 1
        if worker.isCuttingOff {
            code = "shutdown_deadline"
            if status == 0 { status = 503 }
        } else {
            // As nginx logs it: the client closed the request.
            code = "client_gone"
            if status == 0 { status = 499 }
        }
        worker.give(self)
    }

    /// Waits no longer for the service: what it still sends is dropped.
    func forget() {
        pool?.forget(ticket)
        pool = nil
        ticket = .none
        guard plan != nil else { return }
        if let shared {
            self.shared = nil
            shared.leave(self)
        }
        if let call {
            self.call = nil
            call.abandon()
        }
    }

    /// Lends the text of the request id.
    @inline(__always)
    func withRequestID(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard let admission, var text = admission.requestID else { return id.withText(body) }
        text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    // MARK: Answers

    func respondJSON(_ body: UnsafeRawBufferPointer) {
        sink?.respondJSON(self, body: body)
    }

    func respond(_ head: AnswerHead, body: UnsafeRawBufferPointer) {
        sink?.respond(self, head, body: body)
    }

    func beginStream(_ head: AnswerHead) {
        isStreaming = true
        sink?.beginStream(self, head)
    }

    func stream(_ bytes: UnsafeRawBufferPointer) {
        sink?.stream(self, bytes)
    }

    func endStream(isComplete: Bool) {
        sink?.endStream(self, isComplete: isComplete)
    }
}

extension Exchange: RequestFacts {
    var requestID: String { admission?.requestID ?? id.description }
    var clientAddress: String { forwardedAddress ?? sink?.clientAddress ?? "-" }
    var receivedAt: String { "\(Timestamp.now())" }
    var tlsSubject: String? { tls?.subject }
}

extension Exchange: ReplyReceiver {
    func replyReceived(_ reply: Reply, now: Int64) {
        if reply.isLast { pool = nil }
        timing.replied(now)
        withDispatcher { $0.replies.received(reply, for: self) }
    }

    func replyFailed(_ failure: UpstreamFailure) {
        // An exchange that is idle keeps nothing for whoever has it next.
        guard sink != nil else { return }
        pool = nil
        dispatcher.replies.failed(failure, for: self)
    }

    func requestSent(_ ticket: RequestTicket) {
        guard sink != nil else { return }
        self.ticket = ticket
        timing.sent(worker.loop.latestNow)
    }

    func eventHandedOver() {
        guard sink != nil else { return }
        pool = nil
        timing.sent(worker.loop.latestNow)
        dispatcher.replies.eventHandedOver(self)
    }
}
