import HTTPWire
import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// Turns a request into the message its route declares and sends it: the middle of the way of a request.
///
/// Route table -> media type -> JSON check -> payload -> the service's pool. Each step may refuse, and then nothing is sent. On
/// the fast path (a route that passes its body through) the body is copied once, from the receive buffer into the
/// frame.
///
/// It belongs to one event loop and one generation of the route file. When the file is read again another one takes its place,
/// and it lives on until its last request is over: a request ends on the table that it began with.
///
/// World: one event loop.
final class Dispatcher {
    /// What the head of a request says about its body.
    enum Decision {
        /// Read it, up to so many bytes; what was found out is for ``Dispatcher/dispatch(_:contentType:_:admitted:admission:)`` of the
        /// same dispatcher, which is to be kept until the body is there: the route file may be read again meanwhile.
        case accept(bodyLimit: Int?, route: Int?, Admission?)
        /// Do not; the route is named when it is known.
        case refuse(GatewayError, route: Int?, Admission?)
    }

    let services: ServiceDirectory
    let replies: ReplyMapper
    let table: RouteTable
    /// By route: its place in the loop's counters.
    var slots: [Int] = []
    let timeouts: [ReplyTimeouts]
    /// `nil` when nobody's word is taken for a client's address.
    private let proxies: TrustedProxies?
    /// By route; `nil` for one with nothing around its call.
    private let plans: [RoutePlan?]
    let serviceTimeouts: [ReplyTimeouts]
    let serviceNames: [String]
    /// What access lines and spans say of the routes.
    let routeTexts: UnsafeMutablePointer<RouteTexts>
    private let observer: RequestObserver
    let loop: EventLoopContext
    let logger: Logger
    /// Requests in tasks, those of the loop's other generations among them.
    let calls: LoopCalls
    /// Exchanges that hold on to this generation.
    var exchanges = 0
    /// Another generation has taken its place.
    var isRetired = false
    let match = RouteMatch()
    /// Where payloads are made; used again for every request.
    private var payloadBuffer = ByteBuffer()
    /// Where packets' metadata is made.
    private var metadataBuffer = ByteBuffer()
    private let traceMetadata = TraceMetadata()
    /// Where bodies that are not JSON become JSON.
    private var bodyBuffer = ByteBuffer()

    /// - Parameters:
    ///   - generation: What the route file says, made.
    ///   - former: The loop's dispatcher until now: what did not change is taken over from it.
    ///   - calls: The loop's.
    ///   - loop: The loop.
    ///   - observer: The loop's.
    ///   - logger: For what the client must not see.
    init(
        _ generation: Generation, after former: Dispatcher?, calls: LoopCalls, loop: EventLoopContext,
        observer: RequestObserver, logger: Logger
    ) {
        let (file, table, plans) = (generation.file, generation.file.table, generation.plans)
        self.logger = logger
        self.calls = calls
        self.serviceTimeouts = file.services.map { ReplyTimeouts($0.timeout) }
        self.serviceNames = file.services.map(\.name)
        self.table = table
        self.loop = loop
        self.observer = observer
        self.services = ServiceDirectory(
            file.services, tls: generation.tls.services, after: former?.services, loop: loop, logger: logger)
        self.replies = ReplyMapper(errors: file.errors, logger: logger)
        self.routeTexts = .allocate(capacity: 1)
        routeTexts.initialize(
            to: RouteTexts(
                table.routes, serviceNames, services.pools,
                hasSpans: generation.observation.tracing?.queue != nil))
        self.timeouts = zip(table.routes, plans).map { route, plan in
            ReplyTimeouts(route.timeout).shortened(to: plan?.timeout)
        }
        self.proxies = TrustedProxies(file.gateway.trustedProxies)
        self.plans = plans
    }

    deinit {
        routeTexts.deinitialize(count: 1)
        routeTexts.deallocate()
    }

    // MARK: From the head alone

    /// Decides whether a body is wanted, before it is read: asks the guards, then looks at its media type.
    ///
    /// Guards are asked once for each request, here or in ``dispatch(_:contentType:_:admitted:admission:)``. The request's facts are those of
    /// its connection.
    func admit(_ request: RequestView, contentType: UnsafeRawBufferPointer?) -> Decision {
        guard let proxies else { return decide(request, contentType) }
        let facts = ForwardedFacts(
            request.facts,
            clientAddress: proxies.client(peer: request.facts.clientAddress, fields: request.fields))
        return withExtendedLifetime(facts) { decide(request.with(facts: facts), contentType) }
    }

    private func decide(_ request: RequestView, _ contentType: UnsafeRawBufferPointer?) -> Decision {
        switch lookup(request) {
        case .failure(let error): return .refuse(error, route: nil, nil)
        case .success(let found):
            guard let found else { return .accept(bodyLimit: nil, route: nil, nil) }
            let route = table.routes[found]
            var admission: Admission?
            if let plan = plans[found], let refusal = ask(plan, request, &admission) {
                return .refuse(refusal, route: found, admission)
            }
            do throws(PayloadError) {
                _ = try Self.select(route, contentType)
            } catch {
                return .refuse(GatewayError(error), route: found, admission)
            }
            return .accept(bodyLimit: route.maxBodyBytes, route: found, admission)
        }
    }

    /// Lets the interceptors that look at heads only have their say, then asks the guards; the first refusal counts. What those
    /// before it had to say goes into its answer too.
    private func ask(_ plan: RoutePlan, _ request: RequestView, _ admission: inout Admission?) -> GatewayError? {
        if !plan.preludes.isEmpty {
            let noted = admission.noted()
            for prelude in plan.preludes { prelude.prepare(request, noted) }
        }
        var request = request
        for each in plan.guards {
            switch each.decide(GuardContext(request: request, now: loop.latestNow, loop: loop.index)) {
            case .pass: continue
            case .passWith(let fields):
                admission.noted().fields += fields
            case .identified(let claims):
                let noted = admission.noted()
                noted.claims = noted.claims?.adding(claims) ?? claims
                request.claims = noted.claims
            case .refuse(let refusal): return refusal
            }
        }
        return nil
    }

    /// Whether ``describe(_:_:peer:)`` has anything to do.
    var describesRequests: Bool { proxies != nil || observer.isInterested }

    /// Notes who the client is, and what else lines and spans say of a request: the first that is done with it.
    ///
    /// - Parameters:
    ///   - head: What was asked; the body is not looked at.
    ///   - exchange: Keeps what is noted.
    ///   - peer: Where the connection comes from.
    func describe(_ head: some RequestHead, _ exchange: Exchange, peer: UnsafeRawBufferPointer) {
        guard let proxies else { return observer.began(head, exchange, client: peer) }
        var client = proxies.client(peer: exchange.clientAddress, fields: head)
        exchange.forwardedAddress = client
        client.withUTF8 { observer.began(head, exchange, client: UnsafeRawBufferPointer($0)) }
    }

    // MARK: The whole request

    /// Sends the message of a request that is whole and was described (``describe(_:_:peer:)``), or answers it.
    ///
    /// When this returns the exchange may be over already, and in use for another request.
    ///
    /// - Parameters:
    ///   - request: What was asked.
    ///   - contentType: The field's value, `nil` when there is none.
    ///   - exchange: Gets the answer.
    ///   - admitted: The route that ``admit(_:contentType:)`` has found; `nil` when it was not asked.
    ///   - admission: What it found out about the request.
    func dispatch(
        _ request: RequestView, contentType: UnsafeRawBufferPointer?, _ exchange: Exchange, admitted: Int?,
        admission: Admission?
    ) {
        switch lookup(request, admitted: admitted) {
        case .failure(let error):
            answer(exchange, with: error)
        case .success(nil):
            // OPTIONS was answered by `lookup` with the methods of the path.
            var fields = GatewayError.field("allow", optionsAllow).map { [$0] } ?? []
            fields += preflight(request)
            exchange.respond(
                AnswerHead(status: 204, fields: fields), body: UnsafeRawBufferPointer(start: nil, count: 0))
        case .success(let found?):
            let route = table.routes[found]
            exchange.takes(route, index: found, slot: slots[found])
            var request = request
            if let plan = plans[found] {
                exchange.plan = plan
                if plan.cache != nil || plan.collapse != nil { exchange.isRepeatable = request.isSafe }
                if admitted == found {
                    exchange.admission = admission
                } else if let refusal = ask(plan, request, &exchange.admission) {
                    return replies.answer(exchange, with: refusal)
                }
                if plan.needsNotes { note(request, exchange) }
                request.claims = exchange.admission?.claims
            }
            if route.response.stream == .negotiate, request.fields.firstValue(of: "accept") != nil {
                exchange.form = route.response.form(for: request.fields)
            } else {
                exchange.form = route.standardForm
            }
            if let steps = exchange.plan?.steps {
                let owned = OwnedRequest(request, contentType: contentType)
                let call = EnhancedCall(owned, exchange, route, found, steps, dispatcher: self)
                exchange.call = call
                call.start()
                return
            }
            do throws(PayloadError) {
                try send(request, contentType: contentType, route, found, exchange)
            } catch {
                refuse(exchange, with: GatewayError(error), route: found)
            }
        }
    }

    /// What of the request its answer will depend on.
    private func note(_ request: RequestView, _ exchange: Exchange) {
        let admission = exchange.admission.noted()
        if exchange.plan?.compress != nil { admission.acceptedEncodings = Compressor.accepted(request.fields) }
        if exchange.plan?.tagsAnswers == true, request.isSafe {
            // Several lines are one list. Spec: RFC 9110 §5.3
            request.fields.forEachValue(of: "if-none-match") { line in
                let known = admission.ifNoneMatch.map { $0 + "," } ?? ""
                admission.ifNoneMatch = known + String(decoding: line, as: UTF8.self)
            }
        }
    }

    /// What a browser wants to know before it asks from a page of another origin; nothing for other requests.
    private func preflight(_ request: RequestView) -> [HTTPField] {
        guard request.fields.firstValue(of: "origin") != nil,
            let method = request.fields.firstValue(of: "access-control-request-method"), request.path.count > 0
        else { return [] }
        guard case .matched = table.lookup(request.with(method: method), into: match),
            let cors = plans[match.route]?.cors
        else { return [] }
        return cors.preflight(request, methods: optionsAllow)
    }

    /// Gives an answer of the gateway's own, in the form the route (or the file) declares.
    func answer(
        _ exchange: Exchange, with error: GatewayError, route: Int? = nil, admission: Admission? = nil
    ) {
        if let route {
            exchange.takes(table.routes[route], index: route, slot: slots[route])
            exchange.plan = plans[route]
            if exchange.plan != nil { exchange.admission = admission }
        }
        replies.answer(exchange, with: error)
    }

    /// The message cannot be made: said to the client, or to the task that wanted it.
    private func refuse(_ exchange: Exchange, with error: GatewayError, route: Int) {
        if let call = exchange.call { return call.refused(error) }
        replies.answer(exchange, with: error)
    }

    // MARK: Routes

    /// The methods of the path that an OPTIONS request asked for.
    private var optionsAllow = ""

    /// The index of the route; `nil` for OPTIONS. One that was found before is looked up again only for what its path holds:
    /// meanwhile `match` may have served other requests.
    private func lookup(_ request: RequestView, admitted: Int? = nil) -> Result<Int?, GatewayError> {
        if let admitted, table.routes[admitted].path.parameters.isEmpty { return .success(admitted) }
        guard request.path.count > 0 else {
            // `*` is the gateway as a whole; the only other target without a path is CONNECT's.
            guard request.method.elementsEqual("OPTIONS".utf8) else {
                return .failure(.methodNotAllowed(allow: Self.allMethods))
            }
            optionsAllow = Self.allMethods
            return .success(nil)
        }
        switch table.lookup(request, into: match) {
        case .matched: return .success(match.route)
        case .notFound: return .failure(.notFound)
        case .methodNotAllowed(let allow): return .failure(.methodNotAllowed(allow: allow))
        case .options(let allow):
            optionsAllow = allow
            return .success(nil)
        case .badPath(let fault):
            return .failure(GatewayError(status: 400, code: "bad_path", detail: fault.sentence))
        }
    }

    private static let allMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

    // MARK: Body and payload

    /// What kind of body this is; the commonest is recognised without taking the field apart.
    static func select(
        _ route: Route, _ contentType: UnsafeRawBufferPointer?
    ) throws(PayloadError) -> BodyFormats.Selection {
        if let contentType, isPlainJSON(contentType), route.consumes.formats.contains(.json) { return .json }
        return try route.consumes.select(contentType: contentType)
    }

    /// `application/json` and nothing else, compared by words.
    private static func isPlainJSON(_ contentType: UnsafeRawBufferPointer) -> Bool {
        guard contentType.count == 16, let base = contentType.baseAddress else { return false }
        let (first, second) = (
            base.loadUnaligned(as: UInt64.self).littleEndian,
            base.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian
        )
        return first == 0x7461_6369_6C70_7061 && second == 0x6E6F_736A_2F6E_6F69  // applicat ion/json
    }

    /// Makes the message and sends it; a request that needs a task gets the message back instead.
    func send(
        _ request: RequestView, contentType: UnsafeRawBufferPointer?, _ route: Route, _ index: Int,
        _ exchange: Exchange
    ) throws(PayloadError) {
        guard request.body.count > 0 else {
            try send(request, body: nil, route, index, exchange)
            return
        }
        let selection = try Self.select(route, contentType)
        guard case .json = selection else {
            try sendDecoded(request, selection, route, index, exchange)
            return
        }
        do throws(JSONScanError) {
            let scan = try JSONScanner.scan(request.body, rules: .untrusted)
            try sendChecked(request, JSONBody(bytes: request.body, scan: scan), route, index, exchange)
        } catch {
            refuse(exchange, with: .malformedJSON(error), route: index)
        }
    }

    /// Keeps the two kinds of errors apart: a bad payload is answered here.
    private func sendChecked(
        _ request: RequestView, _ body: JSONBody, _ route: Route, _ index: Int, _ exchange: Exchange
    ) throws(JSONScanError) {
        do throws(PayloadError) {
            try send(request, body: body, route, index, exchange)
        } catch {
            refuse(exchange, with: GatewayError(error), route: index)
        }
    }

    private func sendDecoded(
        _ request: RequestView, _ selection: BodyFormats.Selection, _ route: Route, _ index: Int,
        _ exchange: Exchange
    ) throws(PayloadError) {
        var writer = JSONWriter(buffer: take(&bodyBuffer))
        let scan = try BodyDecoder.decode(request.body, as: selection, formats: route.consumes, into: &writer)
        let decoded = writer.buffer
        let failure: PayloadError? = decoded.withUnsafeReadableBytes { bytes in
            do throws(PayloadError) {
                try send(request, body: JSONBody(bytes: bytes, scan: scan), route, index, exchange)
                return nil
            } catch {
                return error
            }
        }
        bodyBuffer = decoded
        if let failure { throw failure }
    }

    private func send(
        _ request: RequestView, body: JSONBody?, _ route: Route, _ index: Int, _ exchange: Exchange
    ) throws(PayloadError) {
        let variant =
            route.pattern.isFixed
            ? 0 : try route.pattern.select(request, match, path: route.path, body: body)
        let pattern = route.pattern.compiled[variant]
        exchange.variant = variant
        if let plan = exchange.plan, exchange.call == nil {
            for schema in plan.schemas {
                if let refusal = refusal(schema, request, route, body) {
                    return replies.answer(exchange, with: refusal)
                }
            }
        }
        if !route.response.headers.isEmpty {
            exchange.headers = route.response.headers.map {
                $0.prepared(request: request, match: match, path: route.path)
            }
        }
        if route.payload.isBodyPassthrough, let body {
            let value = UnsafeRawBufferPointer(rebasing: body.bytes[body.scan.value])
            var message = OutboundMessage(pattern: pattern, data: value, dataUnits: body.scan.utf16Count)
            put(&message, route, index, exchange)
            return
        }
        if let constant = route.payload.constant {
            constant.bytes.withUnsafeBytes { bytes in
                var message = OutboundMessage(pattern: pattern, data: bytes, dataUnits: constant.utf16Count)
                put(&message, route, index, exchange)
            }
            return
        }
        var writer = JSONWriter(buffer: take(&payloadBuffer))
        try route.payload.render(request, match, body: body, into: &writer)
        let payload = writer.buffer
        let units = writer.utf16Count
        payload.withUnsafeReadableBytes { bytes in
            var message = OutboundMessage(pattern: pattern, data: bytes, dataUnits: units)
            put(&message, route, index, exchange)
        }
        payloadBuffer = payload
    }

    /// Takes a buffer out of its place, so that it is unique and written in place.
    private func take(_ buffer: inout ByteBuffer) -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &buffer)
        taken.clear()
        return taken
    }

    // MARK: The service

    /// The message gets its metadata here.
    private func put(_ message: inout OutboundMessage, _ route: Route, _ index: Int, _ exchange: Exchange) {
        if let plan = exchange.plan {
            if let call = exchange.call { return call.rendered(message, variant: exchange.variant) }
            if plan.cache != nil || plan.collapse != nil, route.kind == .send, exchange.isRepeatable,
                answerTogether(message, plan, index, exchange)
            {
                return
            }
            if plan.sendsMetadata { return putWithMetadata(&message, plan, route, index, exchange) }
        }
        if let trace = exchange.trace {
            guard exchange.traceState == nil else {
                return putWithMetadata(&message, exchange.plan, route, index, exchange)
            }
            let metadata = traceMetadata.with(trace.outgoing)
            message.metadata = (metadata, metadata.count)
        }
        post(message, route, index, exchange)
    }

    private func putWithMetadata(
        _ message: inout OutboundMessage, _ plan: RoutePlan?, _ route: Route, _ index: Int, _ exchange: Exchange
    ) {
        let metadata = metadata(of: exchange, plan)
        guard !metadata.isEmpty else { return post(message, route, index, exchange) }
        var writer = JSONWriter(buffer: take(&metadataBuffer))
        metadata.write(into: &writer)
        let written = writer.buffer
        let units = writer.utf16Count
        written.withUnsafeReadableBytes { bytes in
            message.metadata = (bytes, units)
            post(message, route, index, exchange)
        }
        metadataBuffer = written
    }

    private func post(_ message: OutboundMessage, _ route: Route, _ index: Int, _ exchange: Exchange) {
        let pool = services.pools[route.service]
        let id = exchange.id
        switch route.kind {
        case .send:
            let shared = exchange.plan != nil ? exchange.shared : nil
            let receiver: any ReplyReceiver = if let shared { shared } else { exchange }
            switch pool.send(message, receiver: receiver, timeouts: timeouts[index], now: exchange.startedAt) {
            case .sent(let ticket):
                if let shared { return shared.sent(ticket, on: pool) }
                exchange.pool = pool
                exchange.ticket = ticket
                exchange.timing.sent(max(exchange.startedAt, loop.latestNow))
            case .waiting(let ticket):
                // An attempt to connect that fails within the call has answered it already.
                guard exchange.isBusy(with: id) else { return }
                if let shared { return shared.sent(ticket, on: pool) }
                exchange.pool = pool
                exchange.ticket = ticket
            case .refused(let failure):
                receiver.replyFailed(failure)
            }
        case .emit:
            switch pool.emit(message, receiver: exchange, now: exchange.startedAt) {
            case .sent(let ticket):
                exchange.ticket = ticket
                exchange.timing.sent(max(exchange.startedAt, loop.latestNow))
                replies.eventHandedOver(exchange)
            case .waiting(let ticket):
                guard exchange.isBusy(with: id) else { return }
                exchange.pool = pool
                exchange.ticket = ticket
            case .refused(let failure):
                replies.failed(failure, for: exchange)
            }
        }
    }
}
