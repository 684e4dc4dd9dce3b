public import FoundationEssentials
import MessageWire
public import Pipeline

/// What a handler knows about the message beside its payload.
///
/// A value: it may be kept and passed on, also after the handler has returned.
public struct MessageContext: Sendable {
    let message: IncomingMessage

    init(message: IncomingMessage) { self.message = message }

    /// What the handler's enhancers share: claims that a guard has found out, attributes that an interceptor has left. Nil when
    /// the handler has no enhancers.
    public var execution: ExecutionContext? { message.execution }

    /// The pattern as the sender wrote it: a string itself, everything else as JSON text with its keys in the order
    /// received (what NestJS's `getPattern()` gives).
    public var pattern: String { message.pattern.text }

    /// The normalised pattern that the handler was found by.
    public var route: String { message.pattern.route }

    /// The id that the sender gave to the request, nil for an event. Opaque: unique at most on its connection.
    public var id: JSONValue? {
        message.id.map { id in id.withUnsafeBytes { JSONValue(checked: $0) } }
    }

    /// Whether nothing that the handler returns or throws reaches the sender.
    public var isEvent: Bool { message.id == nil }

    /// Where the message came from, nil when the transport has no such thing.
    public var peerAddress: NetworkAddress? { message.peer.address }

    /// A number for the connection that the message came on, unique within the process.
    public var connectionID: UInt64 { message.peer.connectionID }

    /// What the sender put beside the payload: request id, `traceparent`, deadline, forwarded headers. Names are as
    /// sent. Empty when the sender knows no metadata (NestJS up to 12.0.1).
    public var metadata: [String: String] {
        guard let text = message.metadata else { return [:] }
        return text.withUnsafeBytes { text in
            guard case .object(let members) = JSONValue(checked: text) else { return [:] }
            var metadata: [String: String] = [:]
            for member in members { metadata[member.name] = member.value.stringValue ?? member.value.serialized() }
            return metadata
        }
    }

    /// Until when the sender waits for the answer, when its metadata says so (`deadline`, milliseconds since 1970): the handler is
    /// cancelled then, or not even started. A client proxy with `sendsDeadline` says so, NestJS's clients do not.
    ///
    /// It is a time of the sender's clock; both clocks must agree.
    public var deadline: Date? { message.deadline }
}

/// The other end of a connection.
final class PeerInfo: Sendable {
    let connectionID: UInt64
    let address: NetworkAddress?

    init(connectionID: UInt64, address: NetworkAddress?) {
        self.connectionID = connectionID
        self.address = address
    }

    /// The address for the log.
    var name: String { address?.description ?? "-" }
}
