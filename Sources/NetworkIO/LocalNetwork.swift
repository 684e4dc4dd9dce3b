import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A network within this process: listeners by name, connections as pairs of connected sockets.
package protocol LocalNetwork: AnyObject, Sendable {
    /// Listens under a name.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - accept: Takes over our end of each connection; called anywhere, never after `stopListening` has returned.
    /// - Throws: ``NetworkIOError/addressInUse(_:)`` when somebody has the name.
    func listen(_ name: String, accept: @escaping @Sendable (ConnectedSocket) -> Void) throws

    /// Gives the name back.
    func stopListening(_ name: String)

    /// Connects to whoever listens.
    ///
    /// - Returns: The caller's end.
    /// - Throws: `IOError` with ECONNREFUSED when nobody listens.
    func connect(to name: String) throws -> ConnectedSocket
}

/// One end of a connection that exists already.
package struct ConnectedSocket: Sendable {
    /// Whoever takes the end over closes it.
    package let descriptor: CInt

    /// Two ends of a new connection.
    ///
    /// - Throws: `IOError` when there are no more descriptors.
    package static func pair() throws -> (ConnectedSocket, ConnectedSocket) {
        var descriptors: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, streamSocket, 0, &descriptors) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return (ConnectedSocket(descriptor: descriptors[0]), ConnectedSocket(descriptor: descriptors[1]))
    }

    /// The error of a connection to nobody.
    package static func refused(_ name: String) -> IOError {
        IOError(errnoCode: ECONNREFUSED, reason: "connect to \(name)")
    }

    /// Makes a channel of it, which then owns the descriptor.
    ///
    /// - Parameters:
    ///   - context: The loop it will live on.
    ///   - prepare: Adds handlers and sets options, before the channel becomes active.
    /// - Returns: The channel.
    package func adopt(
        on context: EventLoopContext, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
            .withConnectedSocket(descriptor)
    }
}
