import NIOCore

/// The messages of one pool that wait for a connection, by the numbers of their waiters, and how much they are.
///
/// World: one event loop.
struct WaitingMessages {
    private var messages: [UInt64: WaitingMessage] = [:]
    private var size = 0
    private let maxSize: Int

    /// - Parameter maxSize: Bytes of payloads that may wait; `Int.max` for no bound.
    init(maxSize: Int) { self.maxSize = maxSize }

    /// Whether a message may wait; a single one always may.
    func hasRoom(for message: OutboundMessage) -> Bool {
        size == 0 || size <= maxSize - Self.size(of: message)
    }

    /// Keeps a message for which there is room.
    mutating func insert(_ message: WaitingMessage, as number: UInt64) {
        messages[number] = message
        size += message.data.readableBytes
    }

    /// Takes a message out; nil when it has been given up.
    mutating func remove(_ number: UInt64) -> WaitingMessage? {
        guard let message = messages.removeValue(forKey: number) else { return nil }
        size -= message.data.readableBytes
        return message
    }

    private static func size(of message: OutboundMessage) -> Int {
        message.data.count + (message.metadata?.0.count ?? 0)
    }
}
