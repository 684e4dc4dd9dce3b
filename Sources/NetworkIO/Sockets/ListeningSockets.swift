import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The listening sockets of a process: those it was given and nobody has claimed yet, and those that its listeners accept from.
///
/// Every ``Listener`` of the process that is made with it takes its sockets from here, if there are any for its address, and is
/// known here as long as it listens; so all of them can be handed over to another process at once, whoever listens.
///
/// World: structured concurrency.
package final class ListeningSockets: Sendable {
    /// What a listener accepts from, and the loops that it spreads connections over.
    struct Listening: Sendable {
        let channels: [any Channel]
        let loops: [any EventLoop]
    }

    private struct State {
        var given: [ListeningDescriptor] = []
        var listening: [UInt64: Listening] = [:]
        var nextID: UInt64 = 0
        var isHandedOver = false
    }

    private let state = Mutex(State())

    package init(_ given: [ListeningDescriptor] = []) {
        state.withLock { $0.given = given }
    }

    // MARK: Given

    /// Adds sockets that the process was given. A socket that is here already comes in once only.
    package func add(_ sockets: [ListeningDescriptor]) {
        let doubles = state.withLock { state in
            var doubles: [ListeningDescriptor] = []
            var known = Set(state.given.compactMap { ListeningDescriptor.identity($0.descriptor) })
            for socket in sockets {
                if let identity = ListeningDescriptor.identity(socket.descriptor), known.insert(identity).inserted {
                    state.given.append(socket)
                } else {
                    doubles.append(socket)
                }
            }
            return doubles
        }
        for double in doubles { double.close() }
    }

    /// Those that no listener has taken.
    package var unclaimed: [ListeningDescriptor] { state.withLock { $0.given } }

    /// Closes those that no listener has taken. Whoever else has them can go on with them, or drain their queues.
    ///
    /// - Returns: Their addresses, each once.
    @discardableResult
    package func closeUnclaimed() -> [String] {
        let sockets = state.withLock { state in
            defer { state.given = [] }
            return state.given
        }
        for socket in sockets { socket.close() }
        return Set(sockets.map(\.addressText)).sorted()
    }

    /// Whether there is a socket for an address.
    package func has(_ address: SocketAddress) -> Bool {
        state.withLock { $0.given.contains { $0.address == address } }
    }

    /// Takes the sockets of an address; the descriptors are the caller's then.
    func take(_ address: SocketAddress) -> [ListeningDescriptor] {
        state.withLock { state in
            let taken = state.given.filter { $0.address == address }
            state.given.removeAll { $0.address == address }
            return taken
        }
    }

    // MARK: Listening

    /// Notes what a listener accepts from.
    func register(_ listening: Listening) -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            state.listening[state.nextID] = listening
            return state.nextID
        }
    }

    func unregister(_ id: UInt64) { state.withLock { _ = $0.listening.removeValue(forKey: id) } }

    // MARK: Hand-over

    /// Whether another process accepts in this one's place.
    package var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

    /// Copies of the descriptors of all sockets that are accepted from, each socket once; to be closed by the caller.
    ///
    /// - Throws: `IOError` when there are too few descriptors for all of them; then there are none.
    package func duplicates() async throws -> [CInt] {
        let channels = state.withLock { state in state.listening.sorted { $0.key < $1.key }.flatMap(\.value.channels) }
        var known: Set<UInt64> = []
        var copies: [CInt] = []
        do {
            for channel in channels {
                guard let copy = try await Self.duplicate(channel) else { continue }
                if let identity = ListeningDescriptor.identity(copy), known.insert(identity).inserted {
                    copies.append(copy)
                } else {
                    systemClose(copy)
                }
            }
        } catch {
            for copy in copies { systemClose(copy) }
            throw error
        }
        return copies
    }

    /// - Returns: `nil` when the channel is closed.
    private static func duplicate(_ channel: any Channel) async throws -> CInt? {
        try await channel.eventLoop.submit {
            guard channel.isActive else { return nil }
            return try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                let copy = fcntl($0, F_DUPFD_CLOEXEC, 0)
                guard copy >= 0 else { throw IOError(errnoCode: errno, reason: "dup") }
                return copy
            }
        }.get()
    }

    /// Sockets that were handed over are accepted from only now: the process that had them has left. Two that accept from one
    /// queue would wake each other up for nothing.
    package func beginAccepting() async {
        let channels = state.withLock { $0.listening.values.flatMap(\.channels) }
        for channel in channels { try? await channel.setOption(.autoRead, value: true).get() }
    }

    /// Another process takes over: closes all sockets here. Listeners need not know, theirs are closed already when they close.
    package func leave() async {
        let listening = state.withLock { state in
            state.isHandedOver = true
            return state.listening.values
        }
        await withTaskGroup(of: Void.self) { group in
            for one in listening {
                for channel in one.channels {
                    group.addTask { await Listener.closeWhenNobodyWaits(channel, spreadingOver: one.loops) }
                }
            }
        }
    }
}
