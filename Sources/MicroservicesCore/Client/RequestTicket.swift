import MessageWire

/// Where a request waits for its answer, and can be forgotten.
protocol PendingRequests: AnyObject {
    /// Drops the request; its late answer will match nothing.
    func forget(_ packet: PacketID, now: Int64)
}

/// A request's handle, with which its caller can forget it.
package struct RequestTicket {
    enum Place {
        case connection(any PendingRequests, PacketID)
        case queue(UInt64)
        /// There is nothing to forget.
        case none
    }

    let place: Place
    /// Which of the pool's endpoints took the message, for ``ConnectionPool/name(ofEndpoint:)``; `nil` while none has.
    package let endpoint: Int?

    /// The message waits for a reply, or for a connection.
    init(_ place: Place, endpoint: Int?) {
        self.place = place
        self.endpoint = endpoint
    }

    /// The ticket of nothing.
    package static var none: RequestTicket { RequestTicket(.none, endpoint: nil) }
}

/// What became of a request to send, at once.
package enum SendResult {
    /// The bytes are in the buffer of a live connection.
    case sent(RequestTicket)
    /// Waits for a connection; the receiver is told what becomes of it.
    case waiting(RequestTicket)
    /// Never sent; the receiver is not called.
    case refused(UpstreamFailure)
}
