public import MessageWire
import Synchronization

/// What guards, pipes, interceptors and exception filters know of the call they stand before: a route of a gateway, or a
/// handler of a microservice.
///
/// One for each call, shared by everything that runs for it; it may be kept. Counterpart of NestJS's `ExecutionContext`.
///
/// ```swift
/// func canActivate(_ context: ExecutionContext) async throws -> Bool {
///     if let http = context.switchToHTTP() { return http.request.headers["x-tenant"] != nil }
///     return context.switchToRPC().metadata["x-tenant"] != nil
/// }
/// ```
///
/// Spec: docs/enhancers/README.md
public final class ExecutionContext: Sendable {
    /// Where the call came from: NestJS's `getType()`.
    public enum Kind: String, Sendable, Hashable {
        /// A route of the gateway.
        case http
        /// A message or event of a microservice.
        case rpc
    }

    private struct State {
        var payload: JSONValue?
        /// What the first pipe gets: a payload that pipes have returned must not go through them again on a retry.
        var pipeInput: JSONValue?
        var guardsHavePassed = false
        var claims: [String: JSONValue]
        var attributes: [String: any Sendable] = [:]
    }

    /// Where the call came from.
    public let kind: Kind
    /// What is called: the route's id at the gateway, the normalised pattern on a handler.
    public let handler: String
    /// The pattern of the message: the one that would be sent, or the one that came.
    public let pattern: JSONValue
    /// Whether nobody waits for a result: an event.
    public let isEvent: Bool

    private let http: HTTPArguments?
    private let rpc: RPCArguments
    private let state: Mutex<State>

    /// A context of a call.
    package init(
        kind: Kind, handler: String, pattern: JSONValue, isEvent: Bool, payload: JSONValue? = nil,
        claims: [String: JSONValue] = [:], http: HTTPArguments? = nil, metadata: [String: String] = [:],
        peer: String? = nil
    ) {
        self.kind = kind
        self.handler = handler
        self.pattern = pattern
        self.isEvent = isEvent
        self.http = http
        state = Mutex(State(payload: payload, pipeInput: payload, claims: claims))
        rpc = RPCArguments(pattern: pattern, metadata: metadata, peer: peer)
    }

    /// The message's payload. On a handler it is there from the start; at the gateway guards see `nil`, since the payload
    /// is made by the pipes. Pipes change it by what they return.
    ///
    /// On a handler, what guards and interceptors set is what the first pipe gets.
    public var payload: JSONValue? {
        get { state.withLock { $0.payload } }
        set {
            state.withLock {
                $0.payload = newValue
                $0.pipeInput = newValue
            }
        }
    }

    /// The payload as it was before any pipe had it.
    package var pipeInput: JSONValue? { state.withLock { $0.pipeInput } }

    /// The last pipe has returned.
    package func pipesReturned(_ payload: JSONValue?) { state.withLock { $0.payload = payload } }

    /// Whether the call got past its guards.
    package var guardsHavePassed: Bool { state.withLock { $0.guardsHavePassed } }

    /// The last guard has let the call pass.
    package func guardsPassed() { state.withLock { $0.guardsHavePassed = true } }

    /// What guards have found out about the caller, by the name that references use: `claims["auth"]` is `$auth`.
    ///
    /// A guard that sets claims provides them to everything behind it.
    public var claims: [String: JSONValue] {
        get { state.withLock { $0.claims } }
        set { state.withLock { $0.claims = newValue } }
    }

    /// Values that enhancers leave for those behind them.
    public subscript<Value: Sendable>(attribute name: String, as type: Value.Type = Value.self) -> Value? {
        get { state.withLock { $0.attributes[name] as? Value } }
        set { state.withLock { $0.attributes[name] = newValue } }
    }

    /// The request and its answer; `nil` unless ``kind-swift.property`` is ``Kind/http``.
    public func switchToHTTP() -> HTTPArguments? { http }

    /// The message: at the gateway the one that would be sent.
    public func switchToRPC() -> RPCArguments { rpc }
}

/// A call seen as a message.
public struct RPCArguments: Sendable {
    /// The pattern.
    public let pattern: JSONValue
    /// What the sender put beside the payload; names as sent.
    public let metadata: [String: String]
    /// The other end of the connection as `host:port`, if there is one.
    public let peer: String?

    init(pattern: JSONValue, metadata: [String: String], peer: String?) {
        self.pattern = pattern
        self.metadata = metadata
        self.peer = peer
    }
}
