import MicroservicesTesting
import NIOCore
import NIOPosix
import NetworkIO
import Synchronization

/// The other end of a connection to a server under test: sends raw bytes and waits for raw bytes.
final class ServerPeer: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    private init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects to a port of 127.0.0.1. `receiveBuffer` is the size of the socket's receive buffer in bytes, nil for the
    /// system's choice.
    static func connect(port: Int, reads: Bool = true, receiveBuffer: Int? = nil) async throws -> ServerPeer {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox: inbox))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return ServerPeer(channel: channel, inbox: inbox)
    }

    /// Connects to a service of an in-memory network.
    static func connect(
        in network: InMemoryNetwork, name: String = "service", reads: Bool = true
    ) async throws -> ServerPeer {
        let inbox = Inbox()
        let context = EventLoopContext(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), index: 0)
        let channel = try await network.connect(to: name).adopt(on: context) { channel in
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            try channel.syncOptions?.setOption(.autoRead, value: reads)
            try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox: inbox))
        }.get()
        return ServerPeer(channel: channel, inbox: inbox)
    }

    /// Sends bytes, and returns when the system has them.
    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends bytes that may not all fit into the system's buffers.
    func sendWithoutWaiting(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Sends a packet as one frame.
    func send(frame text: String) async throws {
        try await send(Array("\(text.utf16.count)#\(text)".utf8))
    }

    /// Sends FIN.
    func finish() async throws {
        try await channel.close(mode: .output)
    }

    /// Begins to read, when the peer was connected not to.
    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Closes the connection, in both directions.
    func close() async {
        try? await channel.close()
    }

    /// Waits until there are `count` bytes in all, or the end, and gives what there is.
    func received(count: Int) async -> Received {
        await inbox.wait { $0.bytes.count >= count || $0.isEnded }
    }

    /// Waits for the end.
    func receivedAll() async -> Received {
        await inbox.wait { $0.isEnded }
    }

    /// Waits until the bytes end with `text`, or the end.
    func received(upTo text: String) async -> Received {
        let suffix = Array(text.utf8)
        return await inbox.wait { $0.isEnded || $0.bytes.suffix(suffix.count).elementsEqual(suffix) }
    }

    /// What there is now.
    var soFar: Received { inbox.current }
}

/// What a peer has received.
struct Received: Sendable {
    var bytes: [UInt8] = []
    /// Whether FIN, or a reset, has come.
    var isEnded = false

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

private final class Inbox: Sendable {
    private struct State {
        var received = Received()
        var waiters: [(isMet: @Sendable (Received) -> Bool, continuation: CheckedContinuation<Received, Never>)] = []
    }

    private let state = Mutex(State())

    var current: Received { state.withLock { $0.received } }

    func change(_ body: (inout Received) -> Void) {
        let (ready, received) = state.withLock { state in
            body(&state.received)
            let received = state.received
            let ready = state.waiters.filter { $0.isMet(received) }
            state.waiters.removeAll { $0.isMet(received) }
            return (ready, received)
        }
        for waiter in ready { waiter.continuation.resume(returning: received) }
    }

    func wait(_ isMet: @escaping @Sendable (Received) -> Bool) async -> Received {
        await withCheckedContinuation { continuation in
            let met: Received? = state.withLock { state in
                if isMet(state.received) { return state.received }
                state.waiters.append((isMet, continuation))
                return nil
            }
            if let met { continuation.resume(returning: met) }
        }
    }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: Inbox

    init(inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        inbox.change { $0.bytes.append(contentsOf: buffer.readableBytesView) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { inbox.change { $0.isEnded = true } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.change { $0.isEnded = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
