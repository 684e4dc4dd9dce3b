import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP server that does what a test tells it: it collects what clients send and sends what the test says.
///
/// Everything awaited here is an event (bytes, a connection, its end), never a time.
public final class ScriptedServer: Sendable {
    /// One accepted connection.
    public final class Connection: Sendable {
        fileprivate let channel: any Channel
        private let inbound: AsyncStream<ByteBuffer>
        private let buffer = ReceivedBytes()

        fileprivate init(channel: any Channel, inbound: AsyncStream<ByteBuffer>) {
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

        /// Waits until at least `count` bytes came beyond those taken before, and takes them all; `nil` at the end.
        public func receive(atLeast count: Int = 1) async -> String? {
            for await piece in inbound {
                buffer.append(piece)
                if buffer.count >= count { return buffer.take() }
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

        /// Waits for the client to end the connection.
        public func receiveEnd() async {
            for await _ in inbound {}
        }
    }

    private let channel: any Channel
    private let connections: AsyncStream<Connection>
    private let group: any EventLoopGroup

    /// The port that is listened on, at 127.0.0.1.
    public let port: Int

    /// Starts listening.
    ///
    /// - Parameter port: 0 lets the system choose.
    public init(port: Int = 0) async throws {
        let (connections, continuation) = AsyncStream.makeStream(of: Connection.self)
        self.connections = connections
        group = MultiThreadedEventLoopGroup.singleton
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (stream, bytes) = AsyncStream.makeStream(of: ByteBuffer.self)
                    try channel.pipeline.syncOperations.addHandler(Collector(bytes))
                    continuation.yield(Connection(channel: channel, inbound: stream))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    /// Waits for the next connection.
    public func accept() async throws -> Connection {
        for await connection in connections { return connection }
        throw CancellationError()
    }

    /// Stops listening; connections stay.
    public func stop() async {
        try? await channel.close()
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let bytes: AsyncStream<ByteBuffer>.Continuation

        init(_ bytes: AsyncStream<ByteBuffer>.Continuation) { self.bytes = bytes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { bytes.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { bytes.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
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
}

/// A frame as NestJS writes it: the length in UTF-16 code units, `#`, the text.
public func frame(_ json: String) -> String { "\(json.utf16.count)#\(json)" }

/// The texts of the frames in what was received; a last one that is not whole is left out.
public func frames(_ received: String) -> [String] {
    var result: [String] = []
    var rest = received[...]
    while let hash = rest.firstIndex(of: "#"), let count = Int(rest[..<hash]) {
        let start = rest.index(after: hash)
        guard let end = rest.utf16.index(start, offsetBy: count, limitedBy: rest.endIndex) else { break }
        result.append(String(rest[start..<end]))
        rest = rest[end...]
    }
    return result
}

/// The value of the member `id` of a packet.
public func packetID(_ packet: String) -> String {
    guard let range = packet.range(of: "\"id\":\"") else { return "" }
    return String(packet[range.upperBound...].prefix { $0 != "\"" })
}

extension String {
    func range(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
