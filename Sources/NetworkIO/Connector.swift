import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Opens connections to services.
package enum Connector {
    /// Connects on the context's loop and adds the handler before the channel becomes active.
    ///
    /// Names are resolved by the system's resolver on a thread of its own; the addresses are tried as RFC 8305 says.
    ///
    /// - Parameters:
    ///   - endpoint: Where to.
    ///   - context: The loop that the connection will live on; called on that loop.
    ///   - timeout: For the whole: resolving and connecting.
    ///   - handler: The connection's only handler.
    /// - Returns: The channel, or the error of the system.
    package static func connect(
        to endpoint: HostPort, on context: EventLoopContext, timeout: TimeAmount,
        handler: any ChannelHandler & Sendable
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: context.eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.useSharedReceiveBuffers(context.serviceReceiveBuffers)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.connect(host: endpoint.host, port: endpoint.port)
    }
}

extension IOError {
    /// The system's words for the errno: "Connection refused".
    package var reasonText: String {
        guard let text = strerror(errnoCode) else { return "errno \(errnoCode)" }
        return String(cString: text)
    }
}
