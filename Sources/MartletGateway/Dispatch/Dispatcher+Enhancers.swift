import HTTPWire
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// What the enhancers of a route need of the dispatcher.
extension Dispatcher {
    /// Makes the message of a request for the task that carries it out; the outcome goes to the task.
    func render(
        _ request: RequestView, contentType: UnsafeRawBufferPointer?, for call: EnhancedCall, _ exchange: Exchange
    ) {
        // Other requests were looked up since.
        guard case .matched = table.lookup(request, into: match) else { return call.refused(.notFound) }
        do throws(PayloadError) {
            try send(request, contentType: contentType, call.route, call.routeIndex, exchange)
        } catch {
            call.refused(GatewayError(error))
        }
    }

    /// Checks a request by a schema, for the task that carries it out.
    func check(
        _ schema: SchemaPipe, _ request: RequestView, contentType: UnsafeRawBufferPointer?, _ route: Route
    ) -> GatewayError? {
        guard case .matched = table.lookup(request, into: match) else { return .notFound }
        guard request.body.count > 0 else { return refusal(schema, request, route, nil) }
        do throws(PayloadError) {
            let selection = try Self.select(route, contentType)
            guard case .json = selection else {
                var writer = JSONWriter(buffer: ByteBuffer())
                let scan = try BodyDecoder.decode(request.body, as: selection, formats: route.consumes, into: &writer)
                return writer.buffer.withUnsafeReadableBytes {
                    refusal(schema, request, route, JSONBody(bytes: $0, scan: scan))
                }
            }
        } catch {
            return GatewayError(error)
        }
        do throws(JSONScanError) {
            let scan = try JSONScanner.scan(request.body, rules: .untrusted)
            return refusal(schema, request, route, JSONBody(bytes: request.body, scan: scan))
        } catch {
            return .malformedJSON(error)
        }
    }

    /// What a schema has against a request that was just looked up.
    func refusal(_ schema: SchemaPipe, _ request: RequestView, _ route: Route, _ body: JSONBody?) -> GatewayError? {
        schema.refusal(
            request,
            parameters: {
                route.path.parameters.indices.map {
                    (route.path.parameters[$0].name, match.parameter($0, of: route, in: request))
                }
            },
            body: body?.value)
    }

    /// Answers from the cache, or joins a message that is on its way already; `false` when the message has to be sent.
    func answerTogether(_ message: OutboundMessage, _ plan: RoutePlan, _ index: Int, _ exchange: Exchange) -> Bool {
        let isShared = plan.cache?.settings.isShared ?? false
        let key = CallKey(
            route: index, variant: exchange.variant, identity: isShared ? nil : exchange.admission?.claims,
            payload: message.data)
        if let cache = plan.cache {
            if let hit = cache[loop.index].find(key, now: loop.latestNow) {
                exchange.worker.metrics.cacheHit(exchange.slot)
                replies.cached(hit, for: exchange, now: loop.latestNow)
                return true
            }
            exchange.worker.metrics.cacheMissed(exchange.slot)
            exchange.cacheKey = key
        }
        guard let table = plan.collapse?[loop.index] else { return false }
        if let call = table.call(key) {
            exchange.worker.metrics.collapsed(exchange.slot)
            call.join(exchange)
            return true
        }
        table.begin(key).join(exchange)
        return false
    }

    /// What is told to the service beside the payload: the request id and the trace.
    func metadata(of exchange: Exchange, _ plan: RoutePlan?) -> MessageMetadata {
        MessageMetadata(
            requestID: plan?.sendsRequestID == true ? exchange.requestID : nil,
            trace: exchange.trace ?? (plan?.sendsTrace == true ? exchange.admission?.trace : nil),
            state: exchange.trace == nil ? exchange.admission?.traceState : exchange.traceState)
    }
}

extension OutboundMessage {
    /// Lends a message with its metadata.
    static func with<Result>(
        _ pattern: CompiledPattern, _ data: UnsafeRawBufferPointer, _ units: Int, _ metadata: EncodedPayload?,
        _ body: (OutboundMessage) -> Result
    ) -> Result {
        var message = OutboundMessage(pattern: pattern, data: data, dataUnits: units)
        guard let metadata else { return body(message) }
        return metadata.bytes.withUnsafeReadableBytes { bytes in
            message.metadata = (bytes, metadata.utf16Count)
            return body(message)
        }
    }
}

extension ReplyTimeouts {
    /// With no clock running longer than a time.
    func shortened(to time: Duration?) -> ReplyTimeouts {
        guard let time else { return self }
        let most = time.nanoseconds
        return ReplyTimeouts(first: min(first, most), idle: idle, total: min(total, most))
    }
}
