import HTTPWire
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// `Remote`: a message handler of some service is the guard, pipe, interceptor or exception filter.
///
/// It gets `{request, claims, route}` and what its kind works on: `payload`, `result` or `error`. Without an answer the request
/// is refused, unless the route file says `onError: allow`.
///
/// Spec: docs/enhancers/remote.md
struct RemoteCall: Sendable {
    private let settings: RemoteSettings

    init(_ settings: RemoteSettings) { self.settings = settings }

    // MARK: Guard

    func decide(_ call: EnhancedCall, _ context: ExecutionContext, _ verdicts: RemoteVerdicts) async throws -> Bool {
        let question = self.question(call, context)
        let loop = call.dispatcher.loop
        let key = verdicts.key(question)
        if let verdict = verdicts.find(key, loop: loop.index, now: loop.now) {
            return apply(verdict, context)
        }
        let answer: JSONValue?
        do {
            answer = try await ask(call, question)
            // The answer to a request that is over may be cut short: nothing to remember.
            try Task.checkCancellation()
        } catch let error as RPCError {
            throw error
        } catch {
            if error is CancellationError { throw error }
            if settings.onError == .allow { return true }
            throw GatewayFailure(.guardUnavailable)
        }
        verdicts.store(key, answer ?? false, loop: loop.index, now: loop.now)
        return apply(answer ?? false, context)
    }

    /// `true`, `{ claims }` and `{ allow: true, claims }` let in, everything else does not.
    private func apply(_ verdict: JSONValue, _ context: ExecutionContext) -> Bool {
        guard case .object = verdict else { return verdict == .bool(true) }
        let claims = verdict["claims"] ?? .null
        guard (verdict["allow"] ?? .bool(claims != .null)) == .bool(true) else { return false }
        if claims != .null, !settings.claims.isEmpty { context.claims[settings.claims] = claims }
        return true
    }

    // MARK: Pipe, interceptor, filter

    func transform(
        _ value: JSONValue?, _ call: EnhancedCall, _ context: ExecutionContext
    ) async throws -> JSONValue? {
        try await orElse(value, call) {
            try await ask(call, question(call, context, ["payload": value ?? .null]))
        }
    }

    /// Asked with the result; values over time each on their own.
    func intercept(
        _ call: EnhancedCall, _ context: ExecutionContext, _ next: CallHandler
    ) async throws -> HandlerResult {
        try await next.handle().map { value in
            try await orElse(value, call) {
                try await ask(call, question(call, context, ["result": value]))
            } ?? .null
        }
    }

    /// `null` leaves the error to the next filter; `{ error }` is answered in its place, anything else is the result.
    func handle(
        _ error: any Error, _ call: EnhancedCall, _ context: ExecutionContext
    ) async throws -> HandlerResult? {
        let described: JSONValue
        switch error {
        case let error as RPCError: described = error.value
        case let error as GatewayFailure:
            described = [
                "statusCode": JSONValue(integerLiteral: error.status), "code": .string(error.code),
                "message": .string(error.detail),
            ]
        case let error as UpstreamFailure:
            let error = GatewayError(error)
            described = [
                "statusCode": JSONValue(integerLiteral: error.status), "code": .string(error.code),
                "message": .string(error.detail),
            ]
        case is CancellationError: return nil
        default: described = ["statusCode": 500, "message": "Internal server error"]
        }
        let answer: JSONValue?
        do {
            answer = try await ask(call, question(call, context, ["error": described]))
        } catch {
            // The handler has nothing to say: the error stays what it was.
            return nil
        }
        guard let answer, answer != .null else { return nil }
        if let replacement = answer["error"] { throw RPCError(replacement) }
        return .value(answer)
    }

    // MARK: Asking

    private func orElse(
        _ value: JSONValue?, _ call: EnhancedCall, _ ask: () async throws -> JSONValue?
    ) async throws -> JSONValue? {
        do {
            return try await ask()
        } catch let error as UpstreamFailure {
            if settings.onError == .allow { return value }
            throw error
        }
    }

    private func question(
        _ call: EnhancedCall, _ context: ExecutionContext, _ more: [String: JSONValue] = [:]
    ) -> JSONValue {
        let request = call.http.request
        var members: [JSONValue.Member] = [
            .init(
                name: "request",
                value: [
                    "id": .string(request.id), "method": .string(request.method), "path": .string(request.path),
                    "query": .string(request.query), "host": .string(request.host),
                    "ip": .string(request.clientAddress),
                    "headers": .object(Self.headers(request.headers)),
                ]),
            .init(
                name: "claims",
                value: .object(
                    context.claims.sorted { $0.key < $1.key }.map { JSONValue.Member(name: $0.key, value: $0.value) })),
            .init(
                name: "route",
                value: [
                    "id": .string(call.route.id), "service": .string(call.dispatcher.serviceNames[call.route.service]),
                    "pattern": call.context.pattern,
                ]),
        ]
        members += more.map { JSONValue.Member(name: $0.key, value: $0.value) }
        return .object(members)
    }

    /// Several fields of a name are joined, as Node.js does.
    private static func headers(_ headers: HTTPHeaders) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        for field in headers.fields where !members.contains(where: { $0.name == field.name }) {
            let separator = field.name == "cookie" ? "; " : ", "
            members.append(
                .init(name: field.name, value: .string(headers.values(of: field.name).joined(separator: separator))))
        }
        return members
    }

    private func ask(_ call: EnhancedCall, _ question: JSONValue) async throws -> JSONValue? {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.value(question)
        let message = EnhancedCall.RenderedMessage(
            pattern: settings.pattern, variant: 0, data: writer.buffer, units: writer.utf16Count)
        let timeouts =
            settings.timeout.map { ReplyTimeouts($0.nanoseconds) }
            ?? call.dispatcher.serviceTimeouts[settings.service]
        return try await call.onLoop {
            try await call.result(
                of: message, nil, on: call.dispatcher.services.pools[settings.service], timeouts: timeouts)
        }.last
    }
}

/// What remote guards have said, for requests that look the same to them.
///
/// The request id is not among what counts; everything else that the handler gets is.
final class RemoteVerdicts: Sendable {
    private struct Verdicts {
        var known: [[UInt8]: (verdict: JSONValue, until: Int64)] = [:]
        var order: [[UInt8]] = []
        var next = 0
    }

    private let time: Int64?
    private let maxCached: Int
    private let tables: LoopLocal<Verdicts>

    init(_ settings: RemoteSettings, loops: Int) {
        time = settings.cache?.nanoseconds
        maxCached = settings.maxCached
        tables = LoopLocal(loops: loops) { Verdicts() }
    }

    /// `nil` when nothing is kept.
    func key(_ question: JSONValue) -> [UInt8]? {
        guard time != nil, case .object(let members) = question else { return nil }
        let lasting = members.map { member -> JSONValue.Member in
            guard member.name == "request", case .object(let facts) = member.value else { return member }
            return .init(name: member.name, value: .object(facts.filter { $0.name != "id" }))
        }
        return Array(JSONValue.object(lasting).serialized().utf8)
    }

    func find(_ key: [UInt8]?, loop: Int, now: Int64) -> JSONValue? {
        guard let key, let found = tables[loop].known[key], now < found.until else { return nil }
        return found.verdict
    }

    func store(_ key: [UInt8]?, _ verdict: JSONValue, loop: Int, now: Int64) {
        guard let key, let time else { return }
        let isNew = tables[loop].known.updateValue((verdict, now &+ time), forKey: key) == nil
        guard isNew else { return }
        if tables[loop].order.count < maxCached {
            tables[loop].order.append(key)
            return
        }
        let place = tables[loop].next
        tables[loop].known[tables[loop].order[place]] = nil
        tables[loop].order[place] = key
        tables[loop].next = (place + 1) % maxCached
    }
}
