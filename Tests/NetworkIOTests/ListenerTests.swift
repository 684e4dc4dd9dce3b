import NIOCore
import NIOPosix
import Testing

@testable import NetworkIO

@Suite struct ListenerTests {
    /// Sends back what comes.
    private final class Echo: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }

    /// Keeps a promise with the first bytes that come, or with the end of the connection.
    private final class FirstBytes: ChannelInboundHandler, @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: used on the channel's event loop only.
        typealias InboundIn = ByteBuffer
        private var promise: EventLoopPromise<ByteBuffer>?

        init(_ promise: EventLoopPromise<ByteBuffer>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            promise.take()?.succeed(unwrapInboundIn(data))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.take()?.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.take()?.fail(ChannelError.eof)
        }
    }

    private func contexts(of group: MultiThreadedEventLoopGroup) -> [EventLoopContext] {
        group.makeIterator().enumerated().map { EventLoopContext(eventLoop: $1, index: $0) }
    }

    private func listen(_ address: HostPort, _ contexts: [EventLoopContext]) async throws -> Listener {
        try await Listener.bind(address, on: contexts) { _, _, _ in Echo() }
    }

    private enum Reception { case refused, unanswered, answered }

    /// Connects and says something. Whoever has not answered after a long while never will.
    private func knock(on port: Int, _ loop: any EventLoop) async -> Reception {
        let answer = loop.makePromise(of: ByteBuffer.self)
        let channel = try? await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FirstBytes(answer))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        guard let channel else {
            answer.fail(ChannelError.eof)
            return .refused
        }
        channel.writeAndFlush(ByteBuffer(string: "?"), promise: nil)
        let giveUp = loop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
        defer { giveUp.cancel() }
        do {
            _ = try await answer.futureResult.get()
            try? await channel.close()
            return .answered
        } catch is IOError {
            // Reset before it was accepted: nobody has taken the connection.
            return .refused
        } catch {
            return .unanswered
        }
    }

    /// A socket that only finds out whether the port is free must not take connections: nobody would answer them.
    @Test func `whoever connects while the listener starts is answered`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let clients = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        for _ in 0..<20 {
            let reserved = try await listen(HostPort(host: "127.0.0.1", port: 0), contexts(of: group))
            let port = reserved.address.port
            await reserved.close()
            let answers = Task {
                await withTaskGroup(of: Reception.self) { tasks in
                    for _ in 0..<4 {
                        tasks.addTask {
                            while true {
                                let reception = await knock(on: port, clients.next())
                                if reception != .refused { return reception }
                            }
                        }
                    }
                    return await tasks.reduce(into: []) { $0.append($1) }
                }
            }
            let listener = try await listen(HostPort(host: "127.0.0.1", port: port), contexts(of: group))
            #expect(await answers.value == Array(repeating: .answered, count: 4))
            await listener.close()
        }
        try await clients.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    @Test func `a port that somebody listens on is refused, however many loops share it`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let first = try await listen(HostPort(host: "127.0.0.1", port: 0), contexts(of: group))
        let address = first.address
        for count in 1...2 {
            await #expect {
                try await listen(address, Array(contexts(of: group).prefix(count)))
            } throws: { error in
                if case .addressInUse(let text)? = error as? NetworkIOError {
                    text == address.description
                } else {
                    false
                }
            }
        }
        await first.close()
        let second = try await listen(address, contexts(of: group))
        #expect(second.address == address)
        await second.close()
        try await group.shutdownGracefully()
    }
}
