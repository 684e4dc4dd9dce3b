public import NIOCore

/// What goes on in a microservice: NestJS's `status`, `on(...)` and `unwrap()`.
extension Microservice {
    /// Whether the service accepts connections: `connected` once it listens, `disconnected` once it stops.
    public var status: ConnectionStatusUpdates {
        ConnectionStatusUpdates { [monitor] in monitor.statuses() }
    }

    /// What happens from now on; asked for before ``start()``, the stream begins with `listening`.
    ///
    /// Each access gives a stream of its own, for one iteration. A stream that falls behind keeps the newest 64 events.
    /// It ends when the service has stopped.
    ///
    /// ```swift
    /// let events = service.events
    /// for await case .error(let error, let peer) in events { print(peer?.description ?? "-", error) }
    /// ```
    public var events: AsyncStream<ServerEvent> { monitor.events() }

    /// The listening channels of SwiftNIO: one for each event loop, all of the same address.
    ///
    /// A channel belongs to its own `eventLoop`; its options may be read and set from anywhere, its pipeline's synchronous
    /// view only there. Closing one takes its loop out of service.
    ///
    /// - Returns: The channels, at least one.
    /// - Throws: ``MicroserviceError`` `notRunning` before the service listens, and after it has stopped.
    public func unwrap() throws -> [any Channel] {
        let channels = listeningChannels
        guard !channels.isEmpty else {
            throw MicroserviceError(
                .notRunning, "the service does not listen, so it has no channels: call start() or run() first")
        }
        return channels
    }
}
