import HTTPWire
import Logging
import NIOCore
import NetworkIO
import Routing

/// Who the client is by the word of a balancer; told to the handlers behind before any byte of the connection.
struct ProxiedClient {
    /// An IP address, or `unix`.
    let address: String
}

/// Takes the PROXY protocol header off a connection, as its first handler; then it goes.
///
/// Only balancers that the route file names may connect, and each must send a header, whole and in time. Whoever breaks one of these
/// rules gets no answer: nothing is known of what it speaks.
///
/// World: one event loop.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the worker's event loop only.
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Stands for a client without an IP address; no range contains it.
    static let unixClient = "unix"

    private let worker: GatewayWorker
    private let settings: ProxyProtocolSettings
    private let logger: Logger
    private var parser = ProxyProtocolParser()
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(worker: GatewayWorker, settings: ProxyProtocolSettings, logger: Logger) {
        self.worker = worker
        self.settings = settings
        self.logger = logger
    }

    /// Puts a handler before all others of an accepted connection, if its listener has the PROXY protocol.
    static func add(
        to channel: any Channel, _ settings: ProxyProtocolSettings?, worker: GatewayWorker, logger: Logger
    ) {
        guard let settings else { return }
        let handler = ProxyProtocolHandler(worker: worker, settings: settings, logger: logger)
        do {
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            // Without it, anybody could speak for the balancer.
            channel.close(promise: nil)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard let peer = context.channel.remoteAddress?.ipAddress else {
            // A health check that connected and is gone.
            end()
            return context.close(promise: nil)
        }
        guard let address = IPAddress(peer), settings.from.contains(where: { $0.contains(address) }) else {
            return refuse(context, "not_a_balancer")
        }
        let time = TimeAmount.nanoseconds(worker.settings.headerTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.refuse(context, "no_header_in_time") }
        // Only now: strangers take no place among the connections.
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        isOver = true
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        guard !isOver else { return worker.loop.clientReceiveBuffers.give(received) }
        do throws(ProxyProtocolError) {
            let (consumed, header) = try parse(received)
            received.moveReaderIndex(forwardBy: consumed)
            guard let header else { return worker.loop.clientReceiveBuffers.give(received) }
            goOn(context, header, received)
        } catch {
            worker.loop.clientReceiveBuffers.give(received)
            refuse(context, error.code)
        }
    }

    private func parse(
        _ received: ByteBuffer
    ) throws(ProxyProtocolError) -> (consumed: Int, header: ProxyProtocolHeader?) {
        let result = received.withUnsafeReadableBytes { bytes in
            Result { () throws(ProxyProtocolError) in try parser.bytesReceived(bytes) }
        }
        return try result.get()
    }

    /// What came behind the header is the connection's first byte for everybody else.
    private func goOn(_ context: ChannelHandlerContext, _ header: ProxyProtocolHeader, _ rest: ByteBuffer) {
        end()
        switch header {
        case .client(let address, _): context.fireUserInboundEventTriggered(ProxiedClient(address: address))
        case .unixClient: context.fireUserInboundEventTriggered(ProxiedClient(address: Self.unixClient))
        case .local: break
        }
        if rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
        } else {
            worker.loop.clientReceiveBuffers.give(rest)
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent, !isOver {
            // A health check that only connects ends here.
            end()
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func refuse(_ context: ChannelHandlerContext, _ reason: String) {
        guard !isOver else { return }
        end()
        logger.info(
            "connection refused by the PROXY protocol",
            metadata: ["peer": "\(context.channel.remoteAddress?.ipAddress ?? "-")", "reason": "\(reason)"])
        context.close(promise: nil)
    }
}
