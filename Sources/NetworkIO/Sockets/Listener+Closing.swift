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

    static func closeWhenNobodyWaits(_ channel: any Channel) async {
        let closed = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { close(channel, looks: maxLooks, closed) }
        try? await closed.futureResult.get()
    }

    private static func close(_ channel: any Channel, looks: Int, _ closed: EventLoopPromise<Void>) {
        guard looks > 0, channel.isActive, isSomebodyWaiting(channel) else {
            return channel.close(promise: closed)
        }
        let next = channel.eventLoop.scheduleTask(in: .milliseconds(1)) {
            close(channel, looks: looks - 1, closed)
        }
        next.futureResult.whenFailure { closed.fail($0) }
    }

    private static func isSomebodyWaiting(_ channel: any Channel) -> Bool {
        let answer = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLIN) != 0
        }
        return answer ?? false
    }
}
