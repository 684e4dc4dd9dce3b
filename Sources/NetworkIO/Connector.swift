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
    ///   - timeout: For the whole: resolving and connecting, and (for itself) the TLS handshake.
    ///   - tls: Whom to believe; `nil` for plain TCP.
    ///   - handler: The connection's only handler.
    /// - Returns: The channel, or the error of the system.
    package static func connect(
        to endpoint: HostPort, on context: EventLoopContext, timeout: TimeAmount, tls: TLSClientContext? = nil,
        handler: any ChannelHandler & Sendable
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: context.eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.syncOptions?.useSharedReceiveBuffers(context.serviceReceiveBuffers)
                    if let tls {
                        let secure = try TLSHandler(client: tls, host: endpoint.host, loop: context)
                        try channel.pipeline.syncOperations.addHandlers(secure, HandshakeWaiter())
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let connected =
            (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)).map(bootstrap.connect(to:))
            ?? bootstrap.connect(host: endpoint.host, port: endpoint.port)
        guard tls != nil else { return connected }
        return connected.flatMap { channel in
            channel.pipeline.handler(type: HandshakeWaiter.self).flatMap { $0.open(channel, within: timeout) }
        }
    }
}

extension Connector {
    /// Connects within this process.
    ///
    /// - Parameters:
    ///   - name: Whom to.
    ///   - network: Where.
    ///   - context: The loop that the connection will live on; called on that loop.
    ///   - handler: The connection's only handler.
    /// - Returns: The channel, or the error: `IOError` with ECONNREFUSED when nobody listens.
    package static func connect(
        to name: String, in network: any LocalNetwork, on context: EventLoopContext,
        handler: any ChannelHandler & Sendable
    ) -> EventLoopFuture<any Channel> {
        do {
            return try network.connect(to: name).adopt(on: context) { channel in
                try channel.syncOptions?.useSharedReceiveBuffers(context.serviceReceiveBuffers)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        } catch {
            return context.eventLoop.makeFailedFuture(error)
        }
    }
}

/// Stands behind a client's TLS handler until the handshake is over, and tells how it ended.
private final class HandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the channel's event loop only.
    typealias InboundIn = ByteBuffer
    private var result: Result<Void, any Error>?
    private var promise: EventLoopPromise<Void>?

    /// The channel, once it is open for messages; on failure it is closed.
    func open(_ channel: any Channel, within timeout: TimeAmount) -> EventLoopFuture<any Channel> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let timer = channel.eventLoop.scheduleTask(in: timeout) {
            promise.fail(ChannelError.connectTimeout(timeout))
        }
        if let result { promise.completeWith(result) } else { self.promise = promise }
        promise.futureResult.whenComplete { result in
            timer.cancel()
            if case .failure = result { channel.close(promise: nil) }
        }
        return promise.futureResult.flatMap { channel.pipeline.removeHandler(self) }.map { channel }
    }

    private func settle(_ result: Result<Void, any Error>) {
        guard self.result == nil else { return }
        self.result = result
        promise?.completeWith(result)
        promise = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? TLSEvent {
        case .open?: settle(.success(()))
        case .failed(let failure)?: settle(.failure(failure))
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(.failure(TLSFailure.protocolError("the connection ended during the handshake")))
        context.fireChannelInactive()
    }
}

extension IOError {
    /// The system's words for the errno: "Connection refused".
    package var reasonText: String {
        guard let text = strerror(errnoCode) else { return "errno \(errnoCode)" }
        return String(cString: text)
    }
}
