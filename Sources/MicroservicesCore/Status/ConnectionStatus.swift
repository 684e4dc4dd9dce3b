/// Whether a client proxy has a connection, or a microservice listens: NestJS's `TcpStatus`.
public enum ConnectionStatus: String, Sendable, Hashable {
    /// A client proxy has at least one open connection; a microservice accepts connections.
    case connected
    /// The last connection ended, or could not be opened; a microservice has stopped to accept connections.
    case disconnected
}

/// The statuses of a client proxy or a microservice over time: NestJS's `status` stream.
///
/// ```swift
/// for await status in client.status { metrics.isUp = status == .connected }
/// ```
///
/// Each iteration begins with the present status, once there has been one, and never gives the same status twice in a row.
/// Any number of iterations may run at the same time. One that falls behind keeps the newest 16 changes. They end
/// with the client proxy or the microservice itself.
public struct ConnectionStatusUpdates: AsyncSequence, Sendable {
    /// One status.
    public typealias Element = ConnectionStatus

    let subscribe: @Sendable () -> AsyncStream<ConnectionStatus>

    /// Begins with the present status.
    public func makeAsyncIterator() -> Iterator {
        Iterator(updates: subscribe().makeAsyncIterator())
    }

    /// Iterates over the changes from now on.
    public struct Iterator: AsyncIteratorProtocol {
        var updates: AsyncStream<ConnectionStatus>.Iterator
        private var last: ConnectionStatus?

        init(updates: AsyncStream<ConnectionStatus>.Iterator) { self.updates = updates }

        /// The next status that differs from the one before; nil at the end.
        public mutating func next() async -> ConnectionStatus? {
            while let status = await updates.next() {
                // What was left out of a full buffer may have stood between two that are the same.
                guard status != last else { continue }
                last = status
                return status
            }
            return nil
        }
    }
}
