import MessageWire
import NIOCore

/// A message on its way to a service; the bytes are the caller's and are copied once, into the connection's buffer.
package struct OutboundMessage {
    /// The packet up to its data, made when the route or proxy was set up.
    package var pattern: CompiledPattern
    /// The payload's JSON text: valid, without surrounding white space.
    package var data: UnsafeRawBufferPointer
    /// Its length in UTF-16 code units.
    package var dataUnits: Int

    /// A message of pattern and payload.
    package init(pattern: CompiledPattern, data: UnsafeRawBufferPointer, dataUnits: Int) {
        self.pattern = pattern
        self.data = data
        self.dataUnits = dataUnits
    }
}

/// A message that waits for a connection, with a copy of its bytes.
struct WaitingMessage {
    let receiver: any ReplyReceiver
    let pattern: CompiledPattern
    let data: ByteBuffer
    let dataUnits: Int
    let timeouts: ReplyTimeouts
    let isEvent: Bool
    let since: Int64
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

/// A request's handle, with which its caller can forget it.
package struct RequestTicket {
    enum Place {
        case connection(ServiceConnection, PacketID)
        case queue(UInt64)
        case none
    }

    var place: Place

    /// The ticket of nothing, such as an event that was handed over.
    package static let none = RequestTicket(place: .none)
}
