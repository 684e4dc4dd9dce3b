import MessageWire
import NIOCore

/// A message that waits for a connection, with a copy of its bytes.
struct WaitingMessage {
    let receiver: any ReplyReceiver
    let pattern: CompiledPattern
    let data: ByteBuffer
    let dataUnits: Int
    /// Behind the data in ``data``: bytes and UTF-16 code units.
    let metadata: (count: Int, units: Int)?
    let timeouts: ReplyTimeouts
    let isEvent: Bool
    let since: Int64

    /// The message again.
    ///
    /// - Parameter bytes: Those of ``data``.
    /// - Returns: The message over these bytes; valid as long as they are.
    func outbound(_ bytes: UnsafeRawBufferPointer) -> OutboundMessage {
        guard let metadata else { return OutboundMessage(pattern: pattern, data: bytes, dataUnits: dataUnits) }
        let payload = UnsafeRawBufferPointer(rebasing: bytes.dropLast(metadata.count))
        var message = OutboundMessage(pattern: pattern, data: payload, dataUnits: dataUnits)
        message.metadata = (UnsafeRawBufferPointer(rebasing: bytes.suffix(metadata.count)), metadata.units)
        return message
    }
}
