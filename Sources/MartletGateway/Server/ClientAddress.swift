import NIOCore

/// The address of a connection's client, without port, once somebody asked for it.
///
/// World: the connection's event loop.
struct ClientAddress: ~Copyable {
    private(set) var known: String?
    /// The same as bytes, which stay where they are: what is said of each request begins with them.
    private var utf8 = LineBuffer(capacity: 0)

    /// - Parameter known: What a proxy says; the connection's other end unless set.
    init(_ known: String? = nil) { self.known = known }

    mutating func text(of channel: @autoclosure () -> (any Channel)?) -> String {
        if let known { return known }
        let found = channel()?.remoteAddress?.ipAddress ?? "-"
        known = found
        return found
    }

    /// Valid as long as the connection keeps this.
    @inline(__always)
    mutating func bytes(of channel: @autoclosure () -> (any Channel)?) -> UnsafeRawBufferPointer {
        if utf8.count == 0 { utf8.raw(text(of: channel())) }
        return utf8.bytes
    }
}
