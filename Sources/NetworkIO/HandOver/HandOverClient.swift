#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The starting process's side of a hand-over.
///
/// It takes the sockets over before it listens anywhere, and says ``finish(within:)`` when it is ready to accept. Ended before that, whether on
/// purpose or not, the other process serves on as if nothing had happened.
///
/// World: a thread that may wait; used before and while the process starts.
package struct HandOverClient: ~Copyable, Sendable {
    private let socket: MessageSocket

    /// Asks whoever listens at a path for its sockets.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - users: Those whose word is taken: whoever listens decides which connections we get.
    ///   - time: How long it may take to answer.
    ///   - take: Gets the sockets, and who had them.
    /// - Returns: `nil` when nobody is there.
    /// - Throws: ``HandOverError``.
    package static func take(
        from path: String, users: Set<UInt32>, within time: Duration = .seconds(20),
        _ take: (MessageSocket.Peer, [ListeningDescriptor]) -> Void
    ) throws(HandOverError) -> HandOverClient? {
        guard let socket = try MessageSocket.connect(to: path) else { return nil }
        guard let peer = socket.peer(), users.contains(peer.user) else {
            throw HandOverError("\(path) belongs to another user's process")
        }
        try socket.send(.take)
        take(peer, try receive(socket, within: time))
        return HandOverClient(socket: socket)
    }

    private static func receive(
        _ socket: borrowing MessageSocket, within time: Duration
    ) throws(HandOverError) -> [ListeningDescriptor] {
        var passed: [ListeningDescriptor] = []
        do throws(HandOverError) {
            while true {
                let (message, descriptors) = try socket.receive(within: time)
                passed += try check(descriptors)
                switch message {
                case .sockets(let total) where passed.count == total: return passed
                case .sockets(let total) where passed.count < total && !descriptors.isEmpty: continue
                case .refused(let reason): throw HandOverError("the running process refuses: \(reason)")
                case .take, .sockets, .ready, .leaving:
                    throw HandOverError("the running process does not keep to the protocol")
                }
            }
        } catch {
            for socket in passed { socket.close() }
            throw error
        }
    }

    private static func check(_ descriptors: [CInt]) throws(HandOverError) -> [ListeningDescriptor] {
        var sockets: [ListeningDescriptor] = []
        var fault: ListeningDescriptor.Fault?
        for descriptor in descriptors {
            do throws(ListeningDescriptor.Fault) {
                sockets.append(try ListeningDescriptor(descriptor, origin: .handOver))
            } catch {
                fault = error
                systemClose(descriptor)
            }
        }
        guard let fault else { return sockets }
        for socket in sockets { socket.close() }
        throw HandOverError("the running process passed something else: \(fault)")
    }

    /// This process is ready to accept: the other one is to leave, after which ``ListeningSockets/beginAccepting()`` is due.
    ///
    /// - Parameter time: How long it may take to answer.
    /// - Throws: ``HandOverError`` when it does not say that it stops. The sockets are ours all the same, unless
    ///   ``HandOverError/isGivenUp`` is set and it still serves.
    package consuming func finish(within time: Duration = .seconds(5)) throws(HandOverError) {
        do throws(HandOverError) {
            try socket.send(.ready)
        } catch {
            // It may have said why before it closed.
            if case .refused(let reason)? = try? socket.receive(within: .seconds(1)).message {
                throw HandOverError(reason, isGivenUp: true)
            }
            throw HandOverError(error.description, isGivenUp: true)
        }
        switch try socket.receive(within: time).message {
        case .leaving: return
        case .refused(let reason): throw HandOverError(reason, isGivenUp: true)
        case .take, .sockets, .ready: throw HandOverError("the other process does not keep to the protocol")
        }
    }

    /// The number of the other process, by the word of the system.
    package borrowing func process() -> Int32? { socket.peer()?.process }

    /// Whether a process waits at a path, and goes on doing so for a time: one that is ending stops soon.
    package static func isSomebodyWaiting(at path: String, for time: Duration = .seconds(1)) -> Bool {
        let end = ContinuousClock.now + time
        repeat {
            // What cannot be asked counts as there: two that accept are worse than one that ends.
            if case false? = try? MessageSocket.connect(to: path, waits: false) != nil { return false }
            usleep(250_000)
        } while ContinuousClock.now < end
        return true
    }
}
