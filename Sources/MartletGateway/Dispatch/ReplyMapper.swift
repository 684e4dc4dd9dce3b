import HTTPWire
import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Routing

/// Turns what a service answered (or that it did not) into an HTTP answer: the last part of the way of a request.
///
/// The value of an answer is copied once, from the service's receive buffer into the client's output. Errors go through the
/// route's ``ErrorSpec``.
///
/// World: one event loop.
final class ReplyMapper {
    private let errors: ErrorSpec
    private let logger: Logger
    /// Where error bodies are made; used again.
    private var bodyBuffer = ByteBuffer()

    /// - Parameters:
    ///   - errors: The file's; a route has its own.
    ///   - logger: For what the client must not see.
    init(errors: ErrorSpec, logger: Logger) {
        self.errors = errors
        self.logger = logger
    }

    // MARK: What the service said

    /// One frame of an answer.
    func received(_ reply: Reply, for exchange: Exchange) {
        switch reply.outcome {
        case .value(let range, let isLast):
            value(UnsafeRawBufferPointer(rebasing: reply.json[range]), isLast: isLast, exchange)
        case .foreign(let whole):
            value(UnsafeRawBufferPointer(rebasing: reply.json[whole]), isLast: true, exchange)
        case .undefinedValue:
            break
        case .completed:
            completed(exchange)
        case .error(let range):
            serviceError(UnsafeRawBufferPointer(rebasing: reply.json[range]), exchange)
        }
    }

    /// There will be no (further) answer.
    func failed(_ failure: UpstreamFailure, for exchange: Exchange) {
        answer(exchange, with: GatewayError(failure))
    }

    /// An event was handed to a live connection.
    func eventHandedOver(_ exchange: Exchange) {
        let head = AnswerHead(
            status: exchange.chosenStatus ?? exchange.routeStatus ?? 202,
            fields: fields(exchange, result: nil))
        exchange.respond(head, body: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// A value as the service sent it: kept for the next who asks, brought into the route's shape, and answered.
    private func value(_ json: UnsafeRawBufferPointer, isLast: Bool, _ exchange: Exchange) {
        guard let plan = exchange.plan else { return answer(json, isLast: isLast, exchange) }
        if let key = exchange.cacheKey {
            // One value alone; the first of several is not what the next would get.
            exchange.cacheKey = nil
            if isLast { plan.cache?[exchange.worker.loop.index].store(key, json, now: exchange.worker.loop.latestNow) }
        }
        shape(json, by: plan.templates[...]) { answer($0, isLast: isLast, exchange) }
    }

    /// Lends the value in the shape that templates give it, one after the other.
    private func shape(
        _ json: UnsafeRawBufferPointer, by templates: ArraySlice<ResultTemplate>,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        guard let template = templates.first else { return body(json) }
        var writer = JSONWriter(buffer: ByteBuffer())
        template.render(json, into: &writer)
        writer.buffer.withUnsafeReadableBytes { shape($0, by: templates.dropFirst(), body) }
    }

    /// An answer from the cache.
    func cached(_ hit: ResponseCache.Entry, for exchange: Exchange, now: Int64) {
        let age = GatewayError.field("age", "\(hit.age(now: now))")
        if let age { exchange.admission.noted().set(age) }
        hit.value.withUnsafeReadableBytes { value($0, isLast: true, exchange) }
    }

    /// A value that an enhancer made, or may have changed.
    func value(_ value: JSONValue, isLast: Bool, for exchange: Exchange) {
        encoded(value) { answer($0, isLast: isLast, exchange) }
    }

    /// An error that an enhancer or a service has thrown.
    func error(_ error: JSONValue, for exchange: Exchange) {
        encoded(error) { serviceError($0, exchange) }
    }

    private func encoded(_ value: JSONValue, _ body: (UnsafeRawBufferPointer) -> Void) {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.value(value)
        writer.buffer.withUnsafeReadableBytes(body)
    }

    private func answer(_ json: UnsafeRawBufferPointer, isLast: Bool, _ exchange: Exchange) {
        switch exchange.form ?? .last {
        case .sse, .ndjson:
            // One value alone is a plain answer, unless the route fixed the form or the stream has begun.
            if isLast && !exchange.isStreaming && exchange.route?.response.stream == .negotiate {
                whole(json, exchange)
                return
            }
            streamValue(json, exchange)
            if isLast { exchange.endStream(isComplete: true) }
        case .array:
            if isLast && exchange.collectedCount == 0 && exchange.route?.response.stream == .negotiate {
                whole(json, exchange)
                return
            }
            guard collect(json, exchange) else { return }
            if isLast { completed(exchange) }
        case .last, .negotiate:
            if isLast {
                whole(json, exchange)
            } else {
                _ = collect(json, exchange)
            }
        }
    }

    /// The service has nothing more to say.
    func completed(_ exchange: Exchange) {
        switch exchange.form ?? .last {
        case .sse, .ndjson:
            if !exchange.isStreaming {
                if exchange.route?.response.stream == .negotiate {
                    noValue(exchange)
                    return
                }
                beginStream(exchange)
            }
            exchange.endStream(isComplete: true)
        case .array:
            guard exchange.collectedCount > 0 || exchange.route?.response.stream == .array else {
                noValue(exchange)
                return
            }
            var array = exchange.collected ?? ByteBuffer()
            if exchange.collectedCount == 0 { array.writeStaticString("[") }
            array.writeStaticString("]")
            array.withUnsafeReadableBytes { whole($0, exchange) }
        case .last, .negotiate:
            guard let last = exchange.collected else {
                noValue(exchange)
                return
            }
            last.withUnsafeReadableBytes { whole($0, exchange) }
        }
    }

    /// A plain answer of one value.
    private func whole(_ json: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let status = exchange.routeStatus
        if let plan = exchange.plan, plan.shapesAnswers || exchange.chosenStatus != nil {
            let head = AnswerHead(
                status: exchange.chosenStatus ?? status ?? 200, contentType: .json,
                fields: fields(exchange, result: json))
            return represent(json, head, plan, exchange)
        }
        guard status != nil || exchange.headers != nil || exchange.admission != nil else {
            exchange.respondJSON(json)
            return
        }
        exchange.respond(
            AnswerHead(status: status ?? 200, contentType: .json, fields: fields(exchange, result: json)), body: json)
    }

    /// Gives the body a name (and the client none that it has already) and makes it smaller, as the route's plan wants.
    private func represent(
        _ json: UnsafeRawBufferPointer, _ head: AnswerHead, _ plan: RoutePlan, _ exchange: Exchange
    ) {
        var head = head
        let compress = plan.compress.flatMap { json.count >= $0.minBytes ? $0 : nil }
        if compress != nil, let vary = GatewayError.field("vary", "accept-encoding") { head.fields.append(vary) }
        if plan.tagsAnswers, exchange.isRepeatable, head.status == 200, !isRemoved("etag", exchange) {
            // A route that names its answers itself knows better.
            let own = head.fields.first { $0.name == "etag" }?.value
            let tag = own ?? EntityTag.of(json)
            if own == nil, let field = GatewayError.field("etag", tag) { head.fields.append(field) }
            if let known = exchange.admission?.ifNoneMatch, EntityTag.matches(known, tag) {
                head.status = 304
                head.contentType = nil
                return exchange.respond(head, body: UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
        guard let compress, !head.fields.contains(where: { $0.name == "content-encoding" }),
            let encoding = Compressor.choose(compress, exchange.admission?.acceptedEncodings ?? []),
            let smaller = Compressor.compress(json, encoding, level: compress.level),
            let field = GatewayError.field("content-encoding", encoding.rawValue)
        else { return exchange.respond(head, body: json) }
        head.fields.append(field)
        smaller.withUnsafeReadableBytes { exchange.respond(head, body: $0) }
    }

    /// An answer without any value.
    private func noValue(_ exchange: Exchange) {
        exchange.respond(
            AnswerHead(status: exchange.chosenStatus ?? 204, fields: fields(exchange, result: nil)),
            body: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Keeps the last value, or appends to the array; `false` when it grew too large and was answered.
    private func collect(_ json: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
        var collected = exchange.collected.take() ?? ByteBuffer()
        if exchange.form == .array {
            collected.writeStaticString(exchange.collectedCount == 0 ? "[" : ",")
        } else {
            collected.clear()
        }
        collected.writeBytes(json)
        guard collected.readableBytes <= exchange.worker.settings.maxCollectedBytes else {
            exchange.forget()
            answer(exchange, with: .answerTooLarge)
            return false
        }
        exchange.collected = collected
        exchange.collectedCount += 1
        return true
    }

    // MARK: Streams

    private func beginStream(_ exchange: Exchange) {
        let isSSE = exchange.form == .sse
        var fields = fields(exchange, result: nil)
        if !fields.contains(where: { $0.name == "cache-control" }),
            let noStore = GatewayError.field("cache-control", "no-store")
        {
            fields.append(noStore)
        }
        exchange.beginStream(
            AnswerHead(
                status: exchange.chosenStatus ?? exchange.routeStatus ?? 200,
                contentType: isSSE ? .eventStream : .ndjson,
                fields: fields))
        scheduleHeartbeat(exchange)
    }

    /// One value as an SSE event or an NDJSON line. A line break can stand between the tokens of JSON text only, where a
    /// blank does as well.
    private func streamValue(_ json: UnsafeRawBufferPointer, _ exchange: Exchange) {
        if !exchange.isStreaming { beginStream(exchange) }
        var piece = takeBodyBuffer()
        if exchange.form == .sse { piece.writeStaticString("data: ") }
        let start = piece.writerIndex
        piece.writeBytes(json)
        if json.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            for index in start..<piece.writerIndex {
                let byte: UInt8? = piece.getInteger(at: index)
                if byte == 0x0A || byte == 0x0D { piece.setInteger(UInt8(0x20), at: index) }
            }
        }
        piece.writeStaticString(exchange.form == .sse ? "\n\n" : "\n")
        piece.withUnsafeReadableBytes { exchange.stream($0) }
        bodyBuffer = piece
    }

    /// An error after the first byte: said in the stream's own form, then the body is broken off.
    private func streamError(_ exchange: Exchange, _ write: (inout JSONWriter) -> Void) {
        var piece = takeBodyBuffer()
        piece.writeStaticString(exchange.form == .sse ? "event: error\ndata: " : "{\"error\":")
        var writer = JSONWriter(buffer: piece)
        write(&writer)
        piece = writer.buffer
        piece.writeStaticString(exchange.form == .sse ? "\n\n" : "}\n")
        piece.withUnsafeReadableBytes { exchange.stream($0) }
        bodyBuffer = piece
        exchange.endStream(isComplete: false)
    }

    private func scheduleHeartbeat(_ exchange: Exchange) {
        guard let every = exchange.route?.response.heartbeat, exchange.form == .sse || exchange.form == .ndjson else {
            return
        }
        let id = exchange.id
        exchange.heartbeat = exchange.worker.loop.eventLoop.assumeIsolated().scheduleTask(
            in: .nanoseconds(every.nanoseconds)
        ) {
            // The exchange may serve another request by now.
            guard exchange.id == id, exchange.isStreaming, !exchange.isFinished else { return }
            let beat: StaticString = exchange.form == .sse ? ": \n\n" : "\n"
            exchange.stream(UnsafeRawBufferPointer(start: beat.utf8Start, count: beat.utf8CodeUnitCount))
            self.scheduleHeartbeat(exchange)
        }
    }

    // MARK: Errors

    private func serviceError(_ error: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let spec = exchange.route?.errors ?? errors
        let outcome = spec.outcome(forError: error)
        exchange.code = outcome.code
        if outcome.code == "no_handler", let route = exchange.route {
            logger.error(
                "the service has no handler for this route's pattern",
                metadata: exchange.logMetadata.merging([
                    "route": "\(route.id)", "pattern": "\(route.pattern.variants[exchange.variant].serialized())",
                ]) { _, new in new })
        }
        let instance = exchange.requestID
        let content = ErrorContent(
            status: outcome.status, code: outcome.code, title: outcome.title,
            instance: instance, message: outcome.message.map { UnsafeRawBufferPointer(rebasing: error[$0]) },
            debug: spec.debug ? error : nil)
        write(content, spec, exchange, fields: [])
    }

    /// An answer of the gateway's own.
    func answer(_ exchange: Exchange, with error: GatewayError) {
        let spec = exchange.route?.errors ?? errors
        exchange.code = error.code
        var content = ErrorContent(
            status: error.status, code: error.code, detail: error.detail, instance: exchange.requestID)
        guard !error.messages.isEmpty else { return write(content, spec, exchange, fields: error.fields) }
        content.errors = error.errors
        encoded(.array(error.messages.map { .string($0) })) { messages in
            content.message = messages
            write(content, spec, exchange, fields: error.fields)
        }
    }

    private func write(_ content: ErrorContent, _ spec: ErrorSpec, _ exchange: Exchange, fields: [HTTPField]) {
        if exchange.isStreaming {
            streamError(exchange) { spec.render(content, into: &$0) }
            return
        }
        var writer = JSONWriter(buffer: takeBodyBuffer())
        spec.render(content, into: &writer)
        let body = writer.buffer
        let contentType: HTTPContentType = spec.format == .problem ? .problemJSON : .json
        let fields = merged(fields, exchange)
        body.withUnsafeReadableBytes { bytes in
            exchange.respond(
                AnswerHead(status: content.status, contentType: contentType, fields: fields), body: bytes)
        }
        bodyBuffer = body
    }

    private func fields(_ exchange: Exchange, result: UnsafeRawBufferPointer?) -> [HTTPField] {
        guard let headers = exchange.headers else { return merged([], exchange) }
        let own = headers.compactMap { header in
            header.value(result: result).flatMap { GatewayError.field(header.name, $0) }
        }
        return merged(own, exchange)
    }

    /// An answer's own fields with those of the enhancers; what the answer itself has counts, but of `vary` all do.
    private func merged(_ own: [HTTPField], _ exchange: Exchange) -> [HTTPField] {
        guard let plan = exchange.plan else { return own }
        if own.isEmpty, plan.requestIDHeader == nil, let admission = exchange.admission, admission.removed.isEmpty {
            return admission.fields
        }
        var fields = own
        if let admission = exchange.admission {
            fields += admission.fields.filter { field in
                field.name == "vary" || !own.contains { $0.name == field.name }
            }
            if !admission.removed.isEmpty { fields.removeAll { admission.removed.contains($0.name) } }
        }
        if let name = plan.requestIDHeader, !isRemoved(name, exchange), !fields.contains(where: { $0.name == name }),
            let field = GatewayError.field(name, exchange.requestID)
        {
            fields.append(field)
        }
        return fields
    }

    /// Whether the file wants no such field.
    private func isRemoved(_ name: String, _ exchange: Exchange) -> Bool {
        exchange.admission?.removed.contains(name) == true
    }

    private func takeBodyBuffer() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &bodyBuffer)
        taken.clear()
        return taken
    }
}
