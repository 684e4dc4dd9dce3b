/// What is remembered of streams that are over, to judge frames that still come for them.
///
/// A frame for a stream that *the client* ended is the client's mistake. One for a stream that *we* ended may have been on
/// its way already and is passed over. A stream whose number was skipped can never be opened any more. Only the latest are
/// remembered; older ones are passed over too.
///
/// Spec: RFC 9113 §5.1, §5.1.1
package struct HTTP2StreamHistory: Sendable {
    /// What a stream that is not open was.
    package enum Verdict: Sendable, Equatable {
        /// The client has ended it, with END_STREAM or RST_STREAM.
        case endedByClient
        /// Its number was passed over by a higher one.
        case skipped
        /// We ended it, or it is long forgotten.
        case passedOver
    }

    /// The highest number of a stream that the client opened; zero for none.
    package private(set) var lastOpened: Int32 = 0
    private var ended: [Int32]
    private var nextEnded = 0
    private var gaps: [ClosedRange<Int32>] = []

    /// How many streams and how many gaps are remembered.
    private static let maxEnded = 128
    private static let maxGaps = 16

    package init() {
        ended = []
    }

    /// A HEADERS frame came with a number above all before.
    package mutating func opened(_ id: Int32) {
        if id > lastOpened + 2 {
            if gaps.count == Self.maxGaps { gaps.removeFirst() }
            gaps.append(lastOpened + 1...id - 1)
        }
        lastOpened = id
    }

    /// A stream is closed, and the client had ended its side.
    package mutating func endedByClient(_ id: Int32) {
        if ended.count < Self.maxEnded {
            ended.append(id)
        } else {
            ended[nextEnded] = id
            nextEnded = (nextEnded + 1) % Self.maxEnded
        }
    }

    /// Judges the number of a stream that is not open.
    package func verdict(on id: Int32) -> Verdict {
        if ended.contains(id) { return .endedByClient }
        if gaps.contains(where: { $0.contains(id) }) { return .skipped }
        return .passedOver
    }
}
