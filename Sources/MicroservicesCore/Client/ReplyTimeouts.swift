/// Three clocks for an answer, in nanoseconds; `Int64.max` for none.
package struct ReplyTimeouts: Sendable, Equatable {
    /// Until the first frame.
    package var first: Int64
    /// Between two frames of a stream.
    package var idle: Int64
    /// For the whole answer.
    package var total: Int64

    /// Three clocks.
    package init(first: Int64, idle: Int64, total: Int64) {
        self.first = first
        self.idle = idle
        self.total = total
    }

    /// One clock for everything.
    package init(_ all: Int64) { self.init(first: all, idle: all, total: all) }

    /// What is left after a time of waiting.
    func shortened(by waited: Int64) -> ReplyTimeouts {
        ReplyTimeouts(
            first: first == .max ? .max : max(first - waited, 0), idle: idle,
            total: total == .max ? .max : max(total - waited, 0))
    }
}
