import MicroservicesTesting
import NIOCore
import NIOPosix
import NetworkIO

/// A peer on an in-memory network that sends and never reads.
struct StalledPeer {
    private let channel: any Channel

    init(_ network: InMemoryNetwork) async throws {
        let context = EventLoopContext(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), index: 0)
        channel = try await network.connect(to: "service").adopt(on: context) { channel in
            try channel.syncOptions?.setOption(.autoRead, value: false)
        }.get()
    }

    func send(_ packet: String) {
        channel.writeAndFlush(ByteBuffer(string: "\(packet.utf16.count)#\(packet)"), promise: nil)
    }

    func close() { channel.close(promise: nil) }
}
