package import NetworkIO
import Synchronization

/// A network within the process: services are found by name, nothing is bound to a port.
///
/// ```swift
/// let network = InMemoryNetwork()
/// let service = Microservice(transport: .inMemory(network), eventLoopCount: 1)
/// service.onMessage(["cmd": "sum"]) { (data: [Int], context) in data.reduce(0, +) }
/// try await service.start()
/// let client = ClientProxy(.inMemory(network))
/// let sum: Int = try await client.send(["cmd": "sum"], [1, 2, 3]).decoded()
/// ```
///
/// A connection is a pair of connected sockets of the operating system, so framing, limits, back pressure and the ends of
/// connections are the real ones, and handlers, guards and filters are the same objects as with TCP.
/// Networks know nothing of each other: tests with a network each can run at the same time.
public final class InMemoryNetwork: Sendable {
    /// What services and clients of the network go by; nil for the system's clock.
    public let clock: ManualClock?
    private let listeners = Mutex<[String: @Sendable (ConnectedSocket) -> Void]>([:])

    /// A network without services.
    ///
    /// - Parameter clock: What the timeouts and limits of its services and clients go by; nil for the system's clock.
    public init(clock: ManualClock? = nil) {
        self.clock = clock
    }
}

extension InMemoryNetwork: LocalNetwork {
    package func listen(_ name: String, accept: @escaping @Sendable (ConnectedSocket) -> Void) throws {
        try listeners.withLock { listeners in
            guard listeners[name] == nil else { throw NetworkIOError.addressInUse("in-memory:\(name)") }
            listeners[name] = accept
        }
    }

    package func stopListening(_ name: String) {
        listeners.withLock { $0[name] = nil }
    }

    package func connect(to name: String) throws -> ConnectedSocket {
        // Under the lock: who has stopped listening gets no connection.
        try listeners.withLock { listeners in
            guard let accept = listeners[name] else { throw ConnectedSocket.refused("in-memory:\(name)") }
            let (ours, theirs) = try ConnectedSocket.pair()
            accept(theirs)
            return ours
        }
    }
}
