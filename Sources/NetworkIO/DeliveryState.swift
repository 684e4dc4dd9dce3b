import NIOCore

/// How far the peer's system has taken what was sent on a connection whose output has ended.
///
/// A close while bytes of the peer are unread makes the system reset the connection, and what the peer has not taken is lost. This
/// is how one knows whether there is any. Without the kernel's answer everything counts as delivered.
package struct DeliveryState: Sendable {
    /// Everything that was sent, and the end of it, was acknowledged.
    package private(set) var isDelivered = true
    /// Bytes that the peer's system acknowledged so far.
    package private(set) var acknowledged: UInt64 = 0

    /// The first 128 bytes of the kernel's `struct tcp_info`: the C library's own ends before the counter.
    private struct Info: Sendable {
        typealias Four = (UInt64, UInt64, UInt64, UInt64)
        var words: (Four, Four, Four, Four)
    }

    /// TCP_FIN_WAIT1, TCP_CLOSING and TCP_LAST_ACK: our end has not been acknowledged.
    private static let unacknowledgedStates: Set<UInt8> = [4, 9, 11]

    /// Asks the kernel.
    ///
    /// - Parameter channel: a TCP connection of the calling thread's loop.
    package init(of channel: any Channel) {
        guard let socket = channel as? any SocketOptionProvider else { return }
        // IPPROTO_TCP, TCP_INFO; at once on the channel's own loop.
        let answer: EventLoopFuture<Info> = socket.unsafeGetSocketOption(level: .tcp, name: .init(rawValue: 11))
        var found: Info?
        answer.assumeIsolated().whenSuccess { found = $0 }
        guard let found else { return }
        withUnsafeBytes(of: found.words) { bytes in
            isDelivered = !Self.unacknowledgedStates.contains(bytes[0])
            acknowledged = bytes.load(fromByteOffset: 120, as: UInt64.self)
        }
    }
}
