import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// One end of a TCP connection under a test's control: an accepted one, or a client's.
public final class RawConnection: Sendable {
    let channel: any Channel
    private let inbound: AsyncStream<ByteBuffer>
    private let buffer = ReceivedBytes()

    init(channel: any Channel, inbound: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.inbound = inbound
    }

    /// Sends bytes in one write.
    public func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends bytes in one write.
    public func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Ends the connection with a FIN.
    public func close() async throws {
        try await channel.close()
    }

    /// Ends the connection with a RST.
    public func reset() async throws {
        if let provider = channel as? any SocketOptionProvider {
            try await provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close()
    }

    /// Waits until at least `count` bytes came beyond those taken before, and takes them all but a character that has not come
    /// whole; `nil` at the end.
    public func receive(atLeast count: Int = 1) async -> String? {
        for await piece in inbound {
            buffer.append(piece)
            if buffer.count >= count, let text = buffer.takeCharacters() { return text }
        }
        return buffer.count > 0 ? buffer.take() : nil
    }

    /// Waits until what came contains a text, and takes all that came; `nil` at the end.
    public func receive(until text: String) async -> String? {
        if buffer.contains(text) { return buffer.take() }
        for await piece in inbound {
            buffer.append(piece)
            if buffer.contains(text) { return buffer.take() }
        }
        return nil
    }

    /// Waits for the next bytes, whatever they are; `nil` at the end.
    public func receiveBytes() async -> [UInt8]? {
        for await piece in inbound { return Array(buffer: piece) }
        return nil
    }

    /// Waits for the client to end the connection.
    public func receiveEnd() async {
        for await _ in inbound {}
    }

    /// Ends our direction; what the peer still sends is received.
    public func halfClose() async throws {
        try await channel.close(mode: .output)
    }

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - port: Where to.
    ///   - handlers: Stand before everything: TLS, for example.
    /// - Returns: The connection.
    /// - Throws: When nobody listens, or a handler cannot be made.
    public static func connect(
        port: Int,
        behind handlers: @escaping @Sendable (any Channel) throws -> [any ChannelHandler & Sendable] = { _ in [] }
    ) async throws -> RawConnection {
        let (stream, bytes) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    for handler in try handlers(channel) {
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(bytes))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, inbound: stream)
    }

    /// Takes over one end of a connection that exists already.
    ///
    /// - Parameter descriptor: Closed with the connection.
    /// - Returns: The connection.
    /// - Throws: When no channel can be made of it.
    public static func adopt(_ descriptor: CInt) async throws -> RawConnection {
        let (stream, bytes) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(bytes))
                }
            }
            .withConnectedSocket(descriptor).get()
        return RawConnection(channel: channel, inbound: stream)
    }

    /// Everything that comes until the peer ends the connection.
    public func receiveAll() async -> String {
        for await piece in inbound { buffer.append(piece) }
        return buffer.take()
    }
}

final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let bytes: AsyncStream<ByteBuffer>.Continuation

    init(_ bytes: AsyncStream<ByteBuffer>.Continuation) { self.bytes = bytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { bytes.yield(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { bytes.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Bytes that came and were not taken; used by one test at a time.
private final class ReceivedBytes: @unchecked Sendable {
    private var bytes = ByteBuffer()

    var count: Int { bytes.readableBytes }
    func append(_ piece: ByteBuffer) { bytes.writeImmutableBuffer(piece) }
    func contains(_ text: String) -> Bool { String(buffer: bytes).contains(text) }
    func take() -> String {
        defer { bytes.clear() }
        return String(buffer: bytes)
    }

    /// All but the beginning of a character that a segment's end has cut; nil when there is nothing else.
    func takeCharacters() -> String? {
        let tail = bytes.readableBytesView.suffix(4)
        guard let lead = tail.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return take() }
        let isCut =
            switch tail[lead] {
            case 0xC0..<0xE0: tail.endIndex - lead < 2
            case 0xE0..<0xF0: tail.endIndex - lead < 3
            case 0xF0...: tail.endIndex - lead < 4
            default: false
            }
        guard isCut else { return take() }
        let length = lead - bytes.readerIndex
        return length > 0 ? bytes.readString(length: length) : nil
    }
}
