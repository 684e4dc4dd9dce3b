import Microservices
import NIOCore
import NetworkIO
import TestSupport

/// What a replayed conversation goes over.
enum ReplayLink: Sendable {
    case tcp
    /// Pairs of connected sockets: nothing is bound, so that a conversation can be replayed thousands of times.
    case pairs
    case tls(TLSServerContext, ClientTLSOptions)

    /// The server's side, ready for connections.
    func serve() async throws -> any ReplayServer {
        switch self {
        case .tcp: return TCPReplayServer(server: try await ScriptedServer(), tls: nil)
        case .pairs: return PairedServer()
        case .tls(let context, let options):
            let server = try await ScriptedServer(behind: Self.handlers(context))
            return TCPReplayServer(server: server, tls: options)
        }
    }

    /// TLS for a server that is not ours.
    static func handlers(
        _ context: TLSServerContext
    ) -> @Sendable (any Channel) throws -> [any ChannelHandler & Sendable] {
        { channel in
            let loop = EventLoopContext(eventLoop: channel.eventLoop, index: 0)
            return [try TLSHandler(server: context, loop: loop, handshakeTimeout: .seconds(60))]
        }
    }
}

/// The server of one replay.
protocol ReplayServer: Sendable {
    /// For its clients.
    func configuration(maxBufferSize: Int) -> ClientConfiguration
    /// Waits for the next connection.
    func accept() async throws -> RawConnection
    func stop() async
}

private struct TCPReplayServer: ReplayServer {
    let server: ScriptedServer
    let tls: ClientTLSOptions?

    func configuration(maxBufferSize: Int) -> ClientConfiguration {
        .local(server.port, timeout: nil, maxBufferSize: maxBufferSize, tls: tls)
    }

    func accept() async throws -> RawConnection { try await server.accept() }
    func stop() async { await server.stop() }
}

/// Accepts whoever connects, at any name.
private final class PairedServer: ReplayServer, LocalNetwork {
    private let sockets: AsyncStream<ConnectedSocket>
    private let connected: AsyncStream<ConnectedSocket>.Continuation

    init() { (sockets, connected) = AsyncStream.makeStream(of: ConnectedSocket.self) }

    func configuration(maxBufferSize: Int) -> ClientConfiguration {
        var configuration = ClientConfiguration.local(1, timeout: nil, maxBufferSize: maxBufferSize)
        configuration.network = self
        return configuration
    }

    func accept() async throws -> RawConnection {
        for await socket in sockets { return try await RawConnection.adopt(socket.descriptor) }
        throw CancellationError()
    }

    func stop() async {
        connected.finish()
        for await socket in sockets { try? await RawConnection.adopt(socket.descriptor).close() }
    }

    // MARK: The network

    func listen(_ name: String, accept: @escaping @Sendable (ConnectedSocket) -> Void) throws {}
    func stopListening(_ name: String) {}

    func connect(to name: String) throws -> ConnectedSocket {
        let (ours, theirs) = try ConnectedSocket.pair()
        connected.yield(theirs)
        return ours
    }
}
