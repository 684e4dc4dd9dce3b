import MartletGateway
import NIOCore
import NIOPosix
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Many requests that say who they are, a service that answers in any order, twice and too late, clients that hang up.
@Suite(.timeLimit(.minutes(3))) struct LoadTests {
    private static let connections = 1000
    private static let requestsEach = 10

    @Test func `ten thousand requests in flight: no answer goes to the wrong one, nothing is left behind`() async throws
    {
        try Self.raiseDescriptorLimit()
        let service = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(UnrulyService())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let gateway = try await ResilienceGateway(
            endpoints: [try #require(service.localAddress?.port)],
            service: "timeout: 2s, pool: { maxInFlightPerConnection: 20000, queue: 20000, queueTimeout: 60s }", loops: 2
        )
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for number in 0..<Self.connections {
                group.addTask { try await Self.client(number, gateway) }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes[.wrong] == nil)
        #expect(outcomes[.hungUp, default: 0] > 100 && outcomes[.right, default: 0] > 500, "\(outcomes)")
        #expect(
            await gateway.comes(within: .seconds(60)) {
                $0.connectionsOpen == 0 && $0.requestsInFlight == 0 && $0.upstreamInFlight == 0
                    && $0.upstreamQueued == 0
            })
        #expect(await gateway.gateway.metrics().connectionsAccepted == UInt64(Self.connections))
        await gateway.gateway.shutdown()
        try await service.close()
    }

    private enum Outcome { case right, wrong, hungUp }

    private static func client(_ number: Int, _ gateway: ResilienceGateway) async throws -> Outcome {
        let client = try await gateway.connect()
        let texts = (0..<requestsEach).map { "\"\(number)-\($0)\"" }
        let requests = texts.map { Ask.post("/echo", $0) }.joined()
        switch number % 10 {
        case 0:
            try await client.send(String(requests.prefix(number)))
            try await client.reset()
            return .hungUp
        case 1:
            try await client.send(requests)
            try await client.close()
            return .hungUp
        case 2:
            try await client.send(requests)
            _ = await client.receive()
            try await client.reset()
            return .hungUp
        default:
            try await client.send(requests)
            try await client.halfClose()
            let answers = ParsedResponse.parse(await client.receiveAll())
            guard answers.count == requestsEach else { return .wrong }
            let isRight = zip(answers, texts).allSatisfy { $0.status == 504 || ($0.status == 200 && $0.body == $1) }
            return isRight ? .right : .wrong
        }
    }

    private static func raiseDescriptorLimit() throws {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = min(limit.rlim_max, 65536)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_cur >= 4096)
    }
}

/// Answers in any order, a part of the packets twice and a part only after the gateway gave up.
private final class UnrulyService: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var text = ""
    private var held: [String] = []
    private var count = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        let packets = frames(text)
        // Everything here is ASCII.
        text = String(text.utf8.dropFirst(packets.reduce(0) { $0 + frame($1).utf8.count })) ?? ""
        held += packets
        answer(context, atLeast: 200)
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(100)) {
            let (service, context) = loopBound.value
            service.answer(context, atLeast: 1)
        }
    }

    private func answer(_ context: ChannelHandlerContext, atLeast bound: Int) {
        guard held.count >= bound else { return }
        var answers = ""
        var late = ""
        for packet in held.shuffled() {
            count += 1
            let reply = Packet.answer(Packet.payload(packet), to: packet)
            if count % 50 == 0 {
                late += reply
            } else {
                answers += count % 7 == 0 ? reply + reply : reply
            }
        }
        held = []
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answers)), promise: nil)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(2500)) { [late] in
            let context = loopBound.value
            context.writeAndFlush(NIOAny(ByteBuffer(string: late)), promise: nil)
        }
    }
}
