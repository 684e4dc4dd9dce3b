import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where one of a listener's sockets comes from, and the event loop that accepts from it.
struct SocketSource: Sendable {
    enum Kind: Sendable {
        /// A new socket.
        case bind
        /// A socket that the process was given; its descriptor is ours.
        case given(ListeningDescriptor)
    }

    let kind: Kind
    /// Index of the event loop.
    let loop: Int

    /// A new socket for each loop; or, where there are given ones, all of those, since connections in their queues would wait for good.
    static func sources(given: [ListeningDescriptor], loops: Int) -> [SocketSource] {
        guard !given.isEmpty else { return (0..<loops).map { SocketSource(kind: .bind, loop: $0) } }
        return given.enumerated().map { SocketSource(kind: .given($1), loop: $0 % loops) }
    }

    /// Whether the loop that accepts a connection gives it to another, because there are fewer sockets than loops.
    ///
    /// New sockets beside the given ones would take a share of the connections at once, and reset them if this process fails before
    /// it is ready; or when it ends, while the service manager keeps the given.
    static func spreads(given: [ListeningDescriptor], loops: Int) -> Bool { (1..<loops).contains(given.count) }

    func open(_ bootstrap: ServerBootstrap, _ address: HostPort, backlog: CInt) async throws -> any Channel {
        switch kind {
        case .bind:
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        case .given(let socket):
            guard systemListen(socket.descriptor, backlog) == 0 else {
                let error = IOError(errnoCode: errno, reason: "listen")
                socket.close()
                throw error
            }
            // The process that hands it over accepts until it leaves.
            let bootstrap =
                socket.origin == .handOver ? bootstrap.serverChannelOption(.autoRead, value: false) : bootstrap
            return try await bootstrap.withBoundSocket(socket.descriptor).get()
        }
    }
}
