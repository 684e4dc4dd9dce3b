public import NIOCore

/// What goes on in a client proxy: NestJS's `status`, `on(...)` and `unwrap()`.
extension ClientProxy {
    /// Whether there is a connection: `connected` while at least one is open, `disconnected` when the last one has ended or an
    /// attempt has failed.
    public var status: ConnectionStatusUpdates {
        ConnectionStatusUpdates { [monitor = pool.monitor] in monitor.statuses() }
    }

    /// What happens to the connections from now on, those included that are opened later.
    ///
    /// Each access gives a stream of its own, for one iteration. A stream that falls behind keeps the newest 64 events.
    /// It ends with ``drain()``, or with the client proxy.
    ///
    /// ```swift
    /// let events = client.events
    /// for await case .error(let address, let error) in events { logger.warning("\(address): \(error)") }
    /// ```
    public var events: AsyncStream<ClientEvent> { pool.monitor.events() }

    /// The open connections' channels of SwiftNIO.
    ///
    /// All of them belong to one loop of the client proxy's `eventLoopGroup`, the channel's `eventLoop`; options may be read and
    /// set from anywhere, a pipeline's synchronous view only there. A connection that is lost has another channel when it is back.
    ///
    /// - Returns: The channels, at least one.
    /// - Throws: ``ClientError`` `notConnected` while no connection is open.
    public func unwrap() async throws -> [any Channel] {
        let channels = try await pool.channels()
        guard !channels.isEmpty else {
            throw ClientError(
                .notConnected, "the client has no open connection, so it has no channels: call connect() first")
        }
        return channels
    }
}
