import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Closing a listening socket without resetting those who wait to be accepted.
///
/// The system has completed their handshakes: they count as connected, and may have sent their requests. So the socket is closed
/// in a moment when its queue is empty.
extension Listener {
    /// How often a queue is looked at before the socket is closed all the same, at a millisecond each: somebody may connect faster
    /// than we accept.
    private static let maxLooks = 250

    /// - Parameters:
    ///   - channel: The listening socket's.
    ///   - loops: Those that its connections may be on their way to.
    static func closeWhenNobodyWaits(_ channel: any Channel, spreadingOver loops: [any EventLoop]) async {
        for _ in 0..<maxLooks {
            if await closeIfNobodyWaits(channel, loops) { return }
            // On the loop: whether this task is cancelled or not, clients are waiting.
            let pause = channel.eventLoop.scheduleTask(in: .milliseconds(1)) {}
            guard (try? await pause.futureResult.get()) != nil else { break }
        }
        try? await channel.close()
    }

    private static func closeIfNobodyWaits(_ channel: any Channel, _ loops: [any EventLoop]) async -> Bool {
        guard channel.isActive else { return true }
        if !loops.isEmpty {
            // SwiftNIO closes connections that are between two loops with their listening socket: no further ones, then there and back,
            // behind every one that was accepted before.
            try? await channel.setOption(.autoRead, value: false).get()
            for loop in loops { try? await loop.submit {}.get() }
        }
        let isClosed = try? await channel.eventLoop.submit {
            guard !isSomebodyWaiting(channel) else { return false }
            channel.close(promise: nil)
            return true
        }.get()
        if isClosed == false, !loops.isEmpty { try? await channel.setOption(.autoRead, value: true).get() }
        return isClosed ?? true
    }

    private static func isSomebodyWaiting(_ channel: any Channel) -> Bool {
        guard channel.isActive else { return false }
        let answer = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLIN) != 0
        }
        return answer ?? false
    }
}
