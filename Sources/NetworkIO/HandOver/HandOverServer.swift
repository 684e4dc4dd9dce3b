import Logging
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The running process's side of a hand-over: waits at a path for a process that takes the listening sockets over.
///
/// Until that one has said that it is ready, nothing changes here: whatever goes wrong with it, this process serves on.
///
/// World: structured concurrency, with a thread of its own that waits.
package struct HandOverServer: Sendable {
    private let path: String
    private let sockets: ListeningSockets
    private let readyTimeout: Duration
    private let logger: Logger
    private let alone: @Sendable (@Sendable () async throws -> Void) async throws -> Void

    /// - Parameters:
    ///   - path: Where to wait.
    ///   - sockets: What is handed over.
    ///   - readyTimeout: How long a process that has the sockets may take until it accepts.
    ///   - logger: Hears of every attempt.
    ///   - alone: Runs an attempt while nothing changes which sockets there are.
    package init(
        path: String, sockets: ListeningSockets, readyTimeout: Duration = .seconds(60), logger: Logger,
        alone: @escaping @Sendable (@Sendable () async throws -> Void) async throws -> Void = { try await $0() }
    ) {
        self.alone = alone
        self.path = path
        self.sockets = sockets
        self.readyTimeout = readyTimeout
        self.logger = logger
    }

    /// Waits until another process has taken over, or the task is cancelled.
    ///
    /// - Parameter listening: Called as soon as the path is there.
    /// - Returns: Whether another process accepts now. The path is that one's then. It is `false` too when nobody can be waited for
    ///   any more, which is logged.
    /// - Throws: ``HandOverError`` when the path cannot be listened at.
    package func run(listening: @Sendable () -> Void = {}) async throws -> Bool {
        let door = try Door(path)
        listening()
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let isTaken = await withTaskCancellationHandler {
            await serve(door, threads)
        } onCancel: {
            MessageSocket.wake(door.descriptor)
        }
        if !isTaken { door.removePath() }
        try? await threads.shutdownGracefully()
        return isTaken
    }

    private func serve(_ door: Door, _ threads: NIOThreadPool) async -> Bool {
        while !Task.isCancelled {
            guard let guest = try? await threads.runIfActive({ door.accept() }) else { break }
            do {
                try await alone { try await handOver(to: guest, threads) }
                return true
            } catch {
                if Task.isCancelled { return false }
                // It must not believe that this process leaves.
                try? await threads.runIfActive { try guest.socket.send(.refused(reason: "\(error)")) }
                logger.error(
                    "not handed over, serving on",
                    metadata: ["reason": "\(error)", "pid": "\(guest.socket.peer()?.process ?? 0)"])
            }
        }
        if !Task.isCancelled { logger.error("no process can take over any more", metadata: ["path": "\(path)"]) }
        return false
    }

    private func handOver(to guest: Guest, _ threads: NIOThreadPool) async throws {
        try await hearing(guest) { try await threads.runIfActive { try Self.admit(guest) } }
        let copies = try await sockets.duplicates()
        defer { for copy in copies { systemClose(copy) } }
        logger.notice(
            "handing the listening sockets over",
            metadata: ["pid": "\(guest.socket.peer()?.process ?? 0)", "sockets": "\(copies.count)"])
        let readyTimeout = readyTimeout
        try await hearing(guest) {
            try await threads.runIfActive {
                try Self.pass(copies, to: guest)
                guard case .ready = try guest.socket.receive(within: readyTimeout).message else {
                    throw HandOverError("the other process does not keep to the protocol")
                }
            }
        }
        // From here on it is the other one's turn, whether it hears this or not.
        await sockets.leave()
        try? await threads.runIfActive { try guest.socket.send(.leaving) }
        logger.notice("handed over, another process accepts connections now")
    }

    /// Waits for a process no longer than this task goes on.
    private func hearing(_ guest: Guest, _ body: () async throws -> Void) async throws {
        try await withTaskCancellationHandler {
            try await body()
        } onCancel: {
            MessageSocket.wake(guest.socket.descriptor)
        }
    }

    /// The user's own processes and the system's may take over.
    private static func admit(_ guest: Guest) throws(HandOverError) {
        guard let peer = guest.socket.peer(), peer.user == 0 || peer.user == geteuid() else {
            try guest.socket.send(.refused(reason: "the process belongs to another user"))
            throw HandOverError("a process of another user asked for the sockets")
        }
        guard case .take = try guest.socket.receive(within: .seconds(5)).message else {
            throw HandOverError("the other process does not keep to the protocol")
        }
    }

    private static func pass(_ copies: [CInt], to guest: Guest) throws(HandOverError) {
        var rest = copies[...]
        repeat {
            try guest.socket.send(.sockets(total: copies.count), descriptors: Array(rest.prefix(64)))
            rest = rest.dropFirst(64)
        } while !rest.isEmpty
    }

    /// What waits at the path; shared by the thread that waits and whoever wakes it.
    private final class Door: Sendable {
        private let socket: MessageSocket
        private let path: String
        private let file: UInt64?

        init(_ path: String) throws(HandOverError) {
            socket = try MessageSocket.listen(at: path)
            self.path = path
            file = MessageSocket.file(at: path)
        }

        var descriptor: CInt { socket.descriptor }

        func accept() -> Guest? {
            guard let peer = socket.accept() else { return nil }
            return Guest(peer)
        }

        func removePath() { socket.remove(path, ifStill: file) }
    }

    private final class Guest: Sendable {
        let socket: MessageSocket

        init(_ socket: consuming MessageSocket) { self.socket = socket }
    }
}
