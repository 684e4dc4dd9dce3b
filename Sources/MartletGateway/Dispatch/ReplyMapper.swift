import HTTPWire
import Logging
import MessageWire
import Microservices
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
        let head = AnswerHead(status: exchange.route?.response.status ?? 202, fields: fields(exchange, result: nil))
        exchange.respond(head, body: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private func value(_ json: UnsafeRawBufferPointer, isLast: Bool, _ exchange: Exchange) {
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

    private func completed(_ exchange: Exchange) {
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
        let status = exchange.route?.response.status
        guard status != nil || exchange.headers != nil || exchange.guardFields != nil else {
            exchange.respondJSON(json)
            return
        }
        exchange.respond(
            AnswerHead(status: status ?? 200, contentType: .json, fields: fields(exchange, result: json)), body: json)
    }

    /// An answer without any value.
    private func noValue(_ exchange: Exchange) {
        exchange.respond(
            AnswerHead(status: 204, fields: fields(exchange, result: nil)),
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
                status: exchange.route?.response.status ?? 200, contentType: isSSE ? .eventStream : .ndjson,
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
            guard exchange.id == id, exchange.isStreaming else { return }
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
                metadata: [
                    "route": "\(route.id)", "pattern": "\(route.pattern.variants[exchange.variant].serialized())",
                ])
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
        let content = ErrorContent(
            status: error.status, code: error.code, detail: error.detail, instance: exchange.requestID)
        write(content, spec, exchange, fields: error.fields)
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
        let fields = fields + (exchange.guardFields?.fields ?? [])
        body.withUnsafeReadableBytes { bytes in
            exchange.respond(
                AnswerHead(status: content.status, contentType: contentType, fields: fields), body: bytes)
        }
        bodyBuffer = body
    }

    private func fields(_ exchange: Exchange, result: UnsafeRawBufferPointer?) -> [HTTPField] {
        let own = (exchange.headers ?? []).compactMap { header in
            header.value(result: result).flatMap { GatewayError.field(header.name, $0) }
        }
        guard let guardFields = exchange.guardFields else { return own }
        // What the route itself sets counts.
        return own + guardFields.fields.filter { field in !own.contains { $0.name == field.name } }
    }

    private func takeBodyBuffer() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &bodyBuffer)
        taken.clear()
        return taken
    }
}
