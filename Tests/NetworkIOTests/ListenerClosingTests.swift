import Dispatch
import NIOCore
import NIOPosix
import Synchronization
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
        let listener = try await Listener.bind(HostPort(host: "127.0.0.1", port: 0), on: contexts) { _, _, _ in
            Greeting()
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

    @Test func `a task that is cancelled closes no listener in the face of those who wait`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let context = EventLoopContext(eventLoop: group.next(), index: 0)
        let listener = try await Listener.bind(HostPort(host: "127.0.0.1", port: 0), on: [context], accepting: false) {
            _, _, _ in Greeting()
        }
        let client = try await RawConnection.connect(port: listener.address.port)
        let isCancelled = DispatchSemaphore(value: 0)
        context.eventLoop.execute { isCancelled.wait() }
        let closing = Task { await listener.close() }
        closing.cancel()
        // Before the loop can look at the queue a second time.
        async let accepting: Void = listener.beginAccepting()
        isCancelled.signal()
        await accepting
        await closing.value
        #expect(await client.receiveAll() == "hello")
        try await group.shutdownGracefully()
    }

    @Test func `connections wait until the listener accepts`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let context = EventLoopContext(eventLoop: group.next(), index: 0)
        let accepted = Count()
        let listener = try await Listener.bind(HostPort(host: "127.0.0.1", port: 0), on: [context], accepting: false) {
            _, _, _ in
            accepted.add()
            return Greeting()
        }
        let client = try await RawConnection.connect(port: listener.address.port)
        for _ in 0..<10 { try await context.eventLoop.submit {}.get() }
        #expect(accepted.value == 0)
        await listener.beginAccepting()
        #expect(await client.receiveAll() == "hello")
        await listener.close()
        try await group.shutdownGracefully()
    }

    private final class Count: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }
}
