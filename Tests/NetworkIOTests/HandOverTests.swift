import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import NetworkIO

@Suite struct HandOverTests {
    /// Says who has accepted.
    private final class Greeting: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text: String

        init(_ text: String) { self.text = text }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            context.close(promise: nil)
        }
    }

    /// One process: loops and listening sockets.
    private struct Process {
        let name: String
        let group: MultiThreadedEventLoopGroup
        let contexts: [EventLoopContext]
        let sockets = ListeningSockets()

        init(_ name: String, loops: Int) {
            self.name = name
            group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
            contexts = group.makeIterator().enumerated().map { EventLoopContext(eventLoop: $1, index: $0) }
        }

        func listen(_ port: Int) async throws -> Listener {
            try await Listener.bind(
                HostPort(host: "127.0.0.1", port: port), on: contexts, sockets: sockets, group: group
            ) { _, _, _ in
                Greeting(name)
            }
        }

        func end() async throws { try await group.shutdownGracefully() }
    }

    private static func path() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("h-\(UUID().uuidString.prefix(8))").path
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server until it has handed over, or is cancelled; `body` begins when it listens.
    private func serving<Result: Sendable>(
        _ path: String, _ sockets: ListeningSockets, readyTimeout: Duration = .seconds(60),
        _ body: @escaping @Sendable (Task<Bool, any Error>) async throws -> Result
    ) async throws -> Result {
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let server = HandOverServer(path: path, sockets: sockets, readyTimeout: readyTimeout, logger: logger)
        let task = Task { try await server.run { isListening.yield() } }
        for await _ in listening { break }
        return try await body(task)
    }

    /// What blocks goes to a thread of its own.
    private func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// Connects and hears who accepts; `nil` when the connection is refused or reset.
    private func visit(_ port: Int) async throws -> String? {
        try await blocking {
            let descriptor = socket(AF_INET, streamSocket, 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let isConnected = withUnsafeBytes(of: &address) { raw in
                raw.baseAddress.map {
                    connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count)) == 0
                } ?? false
            }
            guard isConnected else { return nil }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
        }
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 1), (1, 3)])
    func `a process takes over, and nobody is refused`(_ loops: (old: Int, new: Int)) async throws {
        let path = Self.path()
        let old = Process("old", loops: loops.old), new = Process("new", loops: loops.new)
        let first = try await old.listen(0)
        let port = first.address.port
        #expect(try await visit(port) == "old")
        try await serving(path, old.sockets) { task in
            let client = try await take(path, new.sockets)
            #expect(new.sockets.unclaimed.count == loops.old)
            let second = try await new.listen(port)
            #expect(new.sockets.unclaimed.isEmpty)
            try await blocking { try client.finish() }
            await new.sockets.beginAccepting()
            #expect(try await task.value)
            #expect(old.sockets.isHandedOver)
            for _ in 0..<20 { #expect(try await visit(port) == "new") }
            // The path is the next process's affair.
            #expect(FileManager.default.fileExists(atPath: path))
            await first.close()
            for _ in 0..<20 { #expect(try await visit(port) == "new") }
            await second.close()
        }
        #expect(try await visit(port) == nil)
        unlink(path)
        try await old.end()
        try await new.end()
    }

    /// A client across threads.
    private final class Taken: @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: one thread after the other.
        private var client: HandOverClient?

        init(_ client: consuming HandOverClient?) { self.client = client }

        func finish() throws {
            guard let client = client.take() else { throw HandOverError("nobody is there") }
            try client.finish()
        }
    }

    @Test func `a process that gives up leaves everything as it was, and another one may try`() async throws {
        let path = Self.path()
        let old = Process("old", loops: 2)
        let first = try await old.listen(0)
        let port = first.address.port
        try await serving(path, old.sockets) { task in
            for _ in 0..<3 {
                // Takes the sockets and ends.
                let sockets = ListeningSockets()
                _ = try await take(path, sockets)
                #expect(sockets.unclaimed.count == 2)
                sockets.closeUnclaimed()
                #expect(try await visit(port) == "old")
            }
            #expect(!old.sockets.isHandedOver)
            task.cancel()
            #expect(try await task.value == false)
        }
        // The path goes with its process.
        #expect(!FileManager.default.fileExists(atPath: path))
        await first.close()
        try await old.end()
    }

    @Test func `a process that says nothing in time leaves everything as it was`() async throws {
        let path = Self.path()
        let old = Process("old", loops: 1)
        let first = try await old.listen(0)
        let port = first.address.port
        try await serving(path, old.sockets, readyTimeout: .milliseconds(50)) { task in
            let sockets = ListeningSockets()
            let slow = try await take(path, sockets)
            // One at a time: the next has its turn when the first one's is over.
            _ = try await take(path, sockets)
            let error = await #expect(throws: HandOverError.self) { try await blocking { try slow.finish() } }
            // So it can tell that two would serve.
            #expect(error?.isGivenUp == true)
            #expect(try await blocking { HandOverClient.isSomebodyWaiting(at: path, for: .zero) })
            #expect(!old.sockets.isHandedOver)
            #expect(try await visit(port) == "old")
            sockets.closeUnclaimed()
            task.cancel()
            #expect(try await task.value == false)
            #expect(try await blocking { !HandOverClient.isSomebodyWaiting(at: path) })
        }
        await first.close()
        try await old.end()
    }

    private func take(_ path: String, _ sockets: ListeningSockets) async throws -> Taken {
        try await blocking {
            Taken(try HandOverClient.take(from: path, users: [geteuid()], within: .seconds(60)) { sockets.add($1) })
        }
    }

    private func isSomebodyThere(_ path: String) async throws -> Bool {
        try await blocking {
            let client = try HandOverClient.take(from: path, users: [geteuid()]) { _, _ in }
            return client != nil
        }
    }

    @Test func `nobody is there without a file, and a file that a process left behind is replaced`() async throws {
        let path = Self.path()
        #expect(try await isSomebodyThere(path) == false)
        do { _ = try MessageSocket.listen(at: path) }
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(try await isSomebodyThere(path) == false)
        try await serving(path, ListeningSockets()) { task in
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(try await isSomebodyThere(path))
            task.cancel()
            _ = try await task.value
        }
    }

    @Test func `a file that is no socket is not touched`() async throws {
        let path = Self.path()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        await #expect(throws: HandOverError.self) { try await isSomebodyThere(path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func `a path that is too long for a socket is refused`() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 110)
        #expect(throws: HandOverError.self) { _ = try MessageSocket.listen(at: path) }
    }

    @Test func `another user's process is not believed`() async throws {
        let path = Self.path()
        try await serving(path, ListeningSockets()) { task in
            await #expect(throws: HandOverError.self) {
                try await blocking { _ = try HandOverClient.take(from: path, users: [geteuid() + 1]) { _, _ in } }
            }
            task.cancel()
            _ = try await task.value
        }
    }
}
