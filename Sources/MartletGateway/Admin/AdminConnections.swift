import NIOCore
import Synchronization

/// The open connections of the admin listener, no more of them than allowed.
///
/// When all places are taken the connection goes that has been without a request for the longest, not the one that comes: whoever
/// only holds connections open does not keep probes out. Streams of events get half of the places.
///
/// World: called from anywhere; one short lock.
final class AdminConnections: Sendable {
    private struct Entry {
        var channel: any Channel
        /// When it last began to wait for a request; `nil` while one is answered.
        var idleSince: UInt64? = 0
        var isStream = false
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        /// Counts what happens: of two, the earlier has the smaller number.
        var moment: UInt64 = 0
    }

    private let most: Int
    private let state = Mutex(State())

    /// - Parameter most: Connections.
    init(upTo most: Int) { self.most = most }

    /// A place for a connection, made free if need be.
    ///
    /// - Returns: The place; `nil` when every connection is busy.
    func enter(_ channel: any Channel) -> UInt64? {
        let (place, gone) = state.withLock { state -> (UInt64?, (any Channel)?) in
            var gone: (any Channel)?
            if state.entries.count >= most {
                let idle = state.entries.filter { $0.value.idleSince != nil }
                guard let oldest = idle.min(by: { ($0.value.idleSince ?? 0) < ($1.value.idleSince ?? 0) }) else {
                    return (nil, nil)
                }
                gone = oldest.value.channel
                state.entries[oldest.key] = nil
            }
            state.moment += 1
            state.entries[state.moment] = Entry(channel: channel, idleSince: state.moment)
            return (state.moment, gone)
        }
        gone?.close(promise: nil)
        return place
    }

    /// A request is answered now, or was.
    func isBusy(_ isBusy: Bool, _ place: UInt64) {
        state.withLock { state in
            state.moment += 1
            state.entries[place]?.idleSince = isBusy ? nil : state.moment
        }
    }

    /// Whether one more stream of events may begin.
    func beginStream(_ place: UInt64) -> Bool {
        state.withLock { state in
            let streams = state.entries.values.count(where: \.isStream)
            guard streams < max(1, most / 2), state.entries[place] != nil else { return false }
            state.entries[place]?.isStream = true
            return true
        }
    }

    func leave(_ place: UInt64) { state.withLock { $0.entries[place] = nil } }
}
