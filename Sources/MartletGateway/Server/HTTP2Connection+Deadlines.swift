import HTTPWire
import NIOCore
import NetworkIO
import Routing

/// What must have happened by when: the connection as a whole, and each stream.
extension HTTP2Connection {
    /// Sets a stream's deadline; moving it later costs one store.
    func setDeadline(of stream: HTTP2Stream, _ time: Int64) {
        stream.deadline = time
        if time < scheduledAt, handle >= 0 { worker.schedule(self, at: time) }
    }

    /// The client has to read of a stream's answer within the idle time-out.
    func awaitReading(of stream: HTTP2Stream) {
        guard stream.deadline == .max else { return }
        stream.sentBefore = stream.sent
        setDeadline(of: stream, worker.loop.now + worker.settings.idleTimeout)
    }

    /// Finds out what the connection as a whole waits for.
    func updateDeadlines(now: Int64) {
        guard !flags.contains(.lingering), !flags.contains(.closing) else { return }
        var next = refusalDeadline
        if !flags.isDisjoint(with: [.stalled, .finishing]) {
            // Nothing else counts while the client does not read at all.
            next = deadline == .max ? now + worker.settings.idleTimeout : deadline
        } else {
            if session.isBeforePreface || session.isReadingHead {
                // From its first byte on: more bytes do not buy more time.
                if headDeadline == .max { headDeadline = now + worker.settings.headerTimeout }
                next = min(next, headDeadline)
            } else {
                headDeadline = .max
            }
            if session.streams.isEmpty {
                if idleDeadline == .max { idleDeadline = now + worker.idleTime }
                next = min(next, idleDeadline)
            } else {
                idleDeadline = .max
            }
        }
        deadline = next
        if next < scheduledAt, handle >= 0 { worker.schedule(self, at: next) }
    }

    /// The worker's wheel has come to this connection's time.
    func deadlinePassed(now: Int64) {
        scheduledAt = .max
        if deadline <= now { connectionDeadlinePassed(now: now) }
        guard !flags.contains(.closing) else { return }
        for stream in session.streams where stream.deadline <= now { streamDeadlinePassed(stream, now: now) }
        if !flags.contains(.lingering) {
            updateDeadlines(now: now)
            if session.wantsWrite { markDirty() }
        }
        let next = session.streams.reduce(deadline) { min($0, $1.deadline) }
        if next < scheduledAt, handle >= 0 { worker.schedule(self, at: next) }
    }

    private func connectionDeadlinePassed(now: Int64) {
        deadline = .max
        if flags.contains(.lingering), isStillDelivering(now: now) {
            deadline = now + worker.settings.lingerTimeout
        } else if flags.contains(.lingering) || session.isBeforePreface {
            close()
        } else if !flags.isDisjoint(with: [.stalled, .finishing]) {
            let before = unread
            noteUnread()
            // As long as it reads a KiB each second it is given more time.
            guard before < .max, before - unread >= worker.settings.leastRead else { return close() }
        } else if headDeadline <= now {
            session.terminate(.enhanceYourCalm)
        } else if refusalDeadline <= now {
            // The client did not answer our PING.
            refuseFurtherRequests()
        } else if idleDeadline <= now {
            session.terminate(.noError)
        }
        if session.wantsWrite { markDirty() }
    }

    private func streamDeadlinePassed(_ stream: HTTP2Stream, now: Int64) {
        stream.deadline = .max
        if !stream.isRequestWhole && stream.exchange == nil && !stream.isAnswering {
            refuse(stream, .bodyTimeout)
        } else if stream.unsent > 0 {
            guard stream.sent - stream.sentBefore >= worker.settings.leastRead else {
                session.reset(stream, .cancel)
                return markDirty()
            }
            awaitReading(of: stream)
        }
    }
}
