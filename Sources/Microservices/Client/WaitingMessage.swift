import MessageWire
import NIOCore

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
