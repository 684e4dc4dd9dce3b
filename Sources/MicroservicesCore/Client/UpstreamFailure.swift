/// Why a request to a service got no answer.
///
/// The three families are kept apart all the way to the HTTP status, because only what was *never sent* may be sent again
/// without asking: *never sent* (``unavailable(retryAfter:)``, ``cannotConnect(_:)``, ``overloaded``, ``closing``, ``notSerialized``), *sent and
/// lost* (``lost``, ``badFrame``, ``answerTooLarge``, ``fellBehind``) and *no answer in time* (``timedOut``).
public enum UpstreamFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never sent: there is no connection to any endpoint. The time until the next attempt, in nanoseconds.
    case unavailable(retryAfter: Int64)
    /// Never sent: the attempt to connect that the message made, or waited for, has failed. The error is that of
    /// ``ClientProxy/connect()``; its ``ClientError/cause`` says why, such as an `IOError` with ECONNREFUSED.
    case cannotConnect(ClientError)
    /// Never sent: every connection is full, and so is the queue, or the wait in it took too long.
    case overloaded
    /// Never sent: the client proxy was drained, or closed while the message waited for a connection.
    case closing
    /// Never sent: the client's own ``PacketSerializer`` or framing refused the packet; its error is in the log.
    case notSerialized
    /// Sent, but the connection ended before the answer came.
    case lost
    /// Sent, but the service then sent bytes that are no frame; the connection was closed.
    case badFrame
    /// Sent, but the service then sent a frame above the limit; the connection was closed.
    case answerTooLarge
    /// Sent, but the values of the answer came faster than they were taken, and ``TCPClientLimits/maxUnreadValues`` or
    /// ``TCPClientLimits/maxUnreadSize`` is reached. The rest of the answer is dropped; the connection, which others share, goes on.
    case fellBehind
    /// Sent, and no answer (or no further value of a stream) came in time: what `timeout()` throws in RxJS as `TimeoutError`.
    case timedOut

    /// Whether the request certainly did not reach the service, so that sending it again is safe.
    public var wasNeverSent: Bool {
        switch self {
        case .unavailable, .cannotConnect, .overloaded, .closing, .notSerialized: true
        case .lost, .badFrame, .answerTooLarge, .fellBehind, .timedOut: false
        }
    }

    /// One sentence for logs and command lines.
    public var description: String {
        switch self {
        case .unavailable: "no connection to the service; the message was never sent"
        case .cannotConnect(let error): "\(error); the message was never sent"
        case .overloaded: "every connection to the service is busy and the queue is full; the message was never sent"
        case .closing: "the client is closing; the message was never sent"
        case .notSerialized: "the client's serializer refused the message; it was never sent"
        case .lost: "Connection closed"
        case .badFrame: "the service sent bytes that are not a valid message; the connection was closed"
        case .answerTooLarge: "the service's answer is above the configured limit; the connection was closed"
        case .fellBehind: "more values of the answer wait to be read than allowed; the rest was dropped"
        case .timedOut: "no answer in time"
        }
    }
}
