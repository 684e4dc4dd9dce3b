import NIOCore
import NIOPosix

/// A TCP server that does what a test tells it: it collects what clients send and sends what the test says.
///
/// Everything awaited here is an event (bytes, a connection, its end), never a time.
public final class ScriptedServer: Sendable {
    private let channel: any Channel
    private let connections: AsyncStream<RawConnection>
    private let group: any EventLoopGroup

    /// The port that is listened on, at 127.0.0.1.
    public let port: Int

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - host: An address of the loopback network; one of its own keeps its port free while nobody listens.
    ///   - port: 0 lets the system choose.
    ///   - handlers: Stand before everything: TLS, for example.
    /// - Throws: The system's error when the port cannot be had.
    public init(
        host: String = "127.0.0.1", port: Int = 0,
        behind handlers: @escaping @Sendable (any Channel) throws -> [any ChannelHandler & Sendable] = { _ in [] }
    ) async throws {
        let (connections, continuation) = AsyncStream.makeStream(of: RawConnection.self)
        self.connections = connections
        group = MultiThreadedEventLoopGroup.singleton
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (stream, bytes) = AsyncStream.makeStream(of: ByteBuffer.self)
                    for handler in try handlers(channel) {
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(bytes))
                    continuation.yield(RawConnection(channel: channel, inbound: stream))
                }
            }
            .bind(host: host, port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    /// Waits for the next connection.
    public func accept() async throws -> RawConnection {
        for await connection in connections { return connection }
        throw CancellationError()
    }

    /// Stops listening; connections stay.
    public func stop() async {
        try? await channel.close()
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

/// The value of the member `id` of a packet, which stands last in it.
public func packetID(_ packet: String) -> String {
    guard let start = packet.ranges(of: "\"id\":\"").last?.upperBound else { return "" }
    return String(packet[start...].prefix { $0 != "\"" })
}

extension RawConnection {
    /// Waits for so many whole packets, which may come together; empty when the connection ends before.
    public func packets(_ count: Int) async -> [String] {
        var text = ""
        while let piece = await receive() {
            text += piece
            let whole = frames(text)
            if whole.count >= count { return whole }
        }
        return []
    }
}
