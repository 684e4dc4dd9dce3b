import HTTPWire
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// A guard of a route that runs in a task.
struct GuardAdapter: Guard {
    let step: GuardStep
    let call: EnhancedCall

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        switch step {
        case .custom(let each): return try await passed(each.canActivate(context))
        case .remote(let remote, let verdicts): return try await passed(remote.decide(call, context, verdicts))
        case .inline(let each):
            call.request.claims = ClaimSet(context.claims, known: call.request.claims)
            let loop = call.dispatcher.loop
            switch each.decide(GuardContext(request: call.request.view, now: loop.now, loop: loop.index)) {
            case .pass: return true
            case .passWith(let fields):
                for field in fields { call.http.setHeader(field.name, field.value) }
                return true
            case .identified(let claims):
                for entry in claims.entries { context.claims[entry.name] = entry.value }
                call.request.claims = call.request.claims?.adding(claims) ?? claims
                return true
            case .refuse(let error): throw GatewayFailure(error)
            }
        }
    }
}

extension GuardAdapter {
    /// A refusal is the gateway's own answer: the rules for what services throw have no say in it.
    private func passed(_ verdict: Bool) throws -> Bool {
        guard verdict else { throw GatewayFailure(.forbidden) }
        return true
    }
}

/// A pipe of a route that runs in a task.
struct PipeAdapter: PipeTransform {
    let step: PipeStep
    let call: EnhancedCall

    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        switch step {
        case .custom(let each): return try await each.transform(value, metadata)
        case .remote(let remote): return try await remote.transform(value, call, metadata.context)
        case .schema(let schema):
            let refusal = call.dispatcher.check(
                schema, call.request.view, contentType: call.request.contentType, call.route)
            if let refusal { throw GatewayFailure(refusal) }
            return value
        }
    }
}

/// An exception filter of a route that runs in a task.
struct FilterAdapter: ExceptionFilter {
    let step: FilterStep
    let call: EnhancedCall

    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        switch step {
        case .custom(let each): return try await each.handle(error, context)
        case .remote(let remote): return try await remote.handle(error, call, context)
        case .cases(let cases):
            // Handled: the route's rules give it its status, and no further filter sees it.
            if let error = error as? RPCError, cases.contains(where: { $0.matches(error.value) }) { throw error }
            return nil
        }
    }
}

/// An interceptor of a route that runs in a task.
struct InterceptorAdapter: Interceptor {
    let step: InterceptorStep
    let call: EnhancedCall

    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        switch step {
        case .custom(let each):
            try await each.intercept(context, CallHandler { try await call.onLoop { try await next.handle() } })
        case .remote(let remote): try await remote.intercept(call, context, next)
        case .map(let template): try await next.handle().map { template.mapped($0) }
        }
    }
}

extension RequestView {
    /// GET or HEAD. Spec: RFC 9110 §9.2.1
    var isSafe: Bool { method.elementsEqual("GET".utf8) || method.elementsEqual("HEAD".utf8) }
}

extension ResultTemplate {
    /// The value in the template's shape.
    func mapped(_ value: JSONValue) -> JSONValue {
        var writer = JSONWriter(buffer: ByteBuffer())
        Array(value.serialized().utf8).withUnsafeBytes { render($0, into: &writer) }
        return writer.buffer.withUnsafeReadableBytes { JSONValue(checked: $0) }
    }
}
