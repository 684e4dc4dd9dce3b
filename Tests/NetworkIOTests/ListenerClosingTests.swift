import Dispatch
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import NetworkIO

@Suite struct ListenerClosingTests {
    /// Says something to whoever was accepted.
    private final class Greeting: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: "hello")), promise: nil)
            context.close(promise: nil)
        }
    }

    /// The system counts them as connected; a listener that closed at once would reset them.
    @Test(arguments: [1, 2]) func `whoever waits to be accepted when the listener closes is accepted`(_ loops: Int)
        async throws
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let contexts = group.makeIterator().enumerated().map { EventLoopContext(eventLoop: $1, index: $0) }
        let listener = try await Listener.bind(HostPort(host: "127.0.0.1", port: 0), on: contexts) { _, _ in Greeting()
        }
        // Loops that are busy accept nobody.
        let isFree = DispatchSemaphore(value: 0)
        for context in contexts { context.eventLoop.execute { isFree.wait() } }
        var clients: [RawConnection] = []
        for _ in 0..<200 { clients.append(try await RawConnection.connect(port: listener.address.port)) }
        async let closed: Void = listener.close()
        for _ in contexts { isFree.signal() }
        await closed
        for client in clients { #expect(await client.receiveAll() == "hello") }
        await #expect(throws: (any Error).self) { try await RawConnection.connect(port: listener.address.port) }
        try await group.shutdownGracefully()
    }
}
