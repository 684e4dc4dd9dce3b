/// A connection of one pool, by its place in the pool's table. The number is used again after the connection is gone.
package struct ConnectionID: Hashable, Sendable {
    /// Zero-based index; never more than endpoints times maximum connections.
    package let index: Int

    /// The connection at a place of the pool's table.
    package init(index: Int) { self.index = index }
}

/// A request that waits for a connection. Never used again within one pool.
package struct WaiterID: Hashable, Sendable {
    /// Counts up from zero.
    package let number: UInt64

    /// The waiter of a number that the pool gave.
    package init(number: UInt64) { self.number = number }
}

/// Why a request got no connection. It was never sent.
package enum PoolRefusal: Equatable, Sendable {
    /// No endpoint has a connection and none may be tried now; the time until one may be, in nanoseconds.
    case unavailable(retryAfter: Int64)
    /// Every connection is full and so is the queue, or the wait took too long.
    case overloaded
    /// The pool is closing.
    case closing
}

/// The answer to "may I send?".
package enum PoolAcquisition: Equatable, Sendable {
    /// Send on this connection now; the request is already counted.
    case use(ConnectionID)
    /// Wait: a later action assigns a connection or fails the waiter.
    case wait(WaiterID)
    /// Never sent.
    case refuse(PoolRefusal)
}

/// What the driver has to do, in order.
package enum PoolAction: Equatable, Sendable {
    /// Open a connection; report `connected` or `connectFailed`.
    case connect(ConnectionID, endpoint: Int)
    /// Close an idle connection; report `closed`.
    case close(ConnectionID)
    /// The waiter's request goes out on this connection; it is already counted.
    case assign(WaiterID, ConnectionID)
    /// The waiter gets no connection.
    case fail(WaiterID, PoolRefusal)
}
