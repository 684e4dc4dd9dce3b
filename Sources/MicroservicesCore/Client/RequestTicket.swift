import MessageWire

/// Where a request waits for its answer, and can be forgotten.
protocol PendingRequests: AnyObject {
    /// Drops the request; its late answer will match nothing.
    func forget(_ packet: PacketID, now: Int64)
    /// The endpoint's address, as it was written.
    var address: String { get }
}

/// A request's handle, with which its caller can forget it.
package struct RequestTicket {
    enum Place {
        case connection(any PendingRequests, PacketID)
        /// An event: there is nothing to forget.
        case handedOver(any PendingRequests)
        case queue(UInt64)
        case none
    }

    var place: Place

    /// The address of the endpoint that took the message, as it was written; `nil` while none has.
    package var endpoint: String? {
        switch place {
        case .connection(let connection, _), .handedOver(let connection): connection.address
        case .queue, .none: nil
        }
    }

    /// The ticket of nothing, such as an event that was handed over.
    package static var none: RequestTicket { RequestTicket(place: .none) }
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
