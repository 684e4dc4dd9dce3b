import Logging
import NIOCore
import NetworkIO
import Routing

/// A client connection while its TLS handshake runs: counted like any other, speaking no HTTP yet.
///
/// When the handshake is done, ALPN has chosen, and the connection of that protocol takes its place.
///
/// World: one event loop.
final class SecureGreeting: ChannelInboundHandler, RemovableChannelHandler, ClientConnection, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the worker's event loop only.
    typealias InboundIn = ByteBuffer

    private let worker: GatewayWorker
    private let protocols: Set<HTTPProtocol>
    private let logger: Logger
    private var context: ChannelHandlerContext?
    /// Who the client is by the word of a balancer.
    private var client: ProxiedClient?

    var handle = -1
    var scheduledAt = Int64.max
    var listener = 0
    var spoken: SpokenProtocol { .handshake }

    init(worker: GatewayWorker, protocols: Set<HTTPProtocol>, logger: Logger) {
        self.worker = worker
        self.protocols = protocols
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        if !worker.add(self) { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        worker.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let client = event as? ProxiedClient { self.client = client }
        switch event as? TLSEvent {
        case .open(let chosen, let facts)?: goOn(context, chosen, facts)
        case .failed(let failure)?:
            worker.metrics.handshakesFailed += 1
            logger.debug(
                "TLS handshake failed",
                metadata: [
                    "client": "\(client?.address ?? context.channel.remoteAddress?.ipAddress ?? "-")",
                    "reason": "\(failure)",
                ])
        case nil: break
        }
    }

    private func goOn(_ context: ChannelHandlerContext, _ chosen: String?, _ facts: TLSFacts) {
        guard handle >= 0 else { return context.close(promise: nil) }
        worker.metrics.handshakesSucceeded &+= 1
        if facts.isResumed { worker.metrics.handshakesResumed &+= 1 }
        // A client that does not ask means HTTP/1.1, unless the listener has nothing but HTTP/2.
        if chosen == "h2" || !protocols.contains(.http1) {
            let successor = HTTP2Connection(worker: worker, tls: facts)
            successor.address = ClientAddress(client?.address)
            pass(to: successor, context)
        } else {
            let successor = HTTP1Connection(worker: worker, tls: facts)
            successor.address = ClientAddress(client?.address)
            pass(to: successor, context)
        }
    }

    private func pass(
        to successor: some ChannelInboundHandler & ClientConnection & Sendable, _ context: ChannelHandlerContext
    ) {
        worker.replace(self, by: successor)
        do {
            try context.pipeline.syncOperations.addHandler(successor, position: .after(self))
        } catch {
            return context.close(promise: nil)
        }
        self.context = nil
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        if worker.isStopping { successor.drain() }
    }

    // MARK: Client connection

    /// The handshake has a clock of its own; this is the end of the gateway's patience while it stops.
    func deadlinePassed(now: Int64) { close() }

    /// A client in the middle of its handshake may have its request ready: it gets as long as one without TLS.
    func drain() {
        guard handle >= 0 else { return }
        worker.schedule(self, at: worker.loop.now + worker.settings.drainIdleTime)
    }

    func close() { context?.close(promise: nil) }
}
