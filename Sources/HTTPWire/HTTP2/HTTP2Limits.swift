/// What one HTTP/2 connection may make us hold or do; every field defends from one way of exhausting us.
///
/// What HTTP/1.1 limits too (head, body) stands in ``HTTPLimits`` and holds for both.
package struct HTTP2Limits: Sendable, Equatable {
    /// The limits that both versions share.
    package var http = HTTPLimits.defaults
    /// Streams open at the same time, announced as SETTINGS_MAX_CONCURRENT_STREAMS (default 128, as nginx).
    package var maxStreams = 128
    /// Bytes of a request's body that may be under way on one stream before we have taken any (default 64 KiB).
    package var streamWindow = 64 * 1024
    /// The same for all streams of the connection together (default 1 MiB).
    package var connectionWindow = 1024 * 1024
    /// CONTINUATION frames of one header block (default 8): a flood of them costs no memory, but time.
    package var maxContinuations = 8
    /// Streams that may be reset, by the client or because of what it sent, beyond those that got their answer (default
    /// 200); see ``HTTP2ResetBudget``.
    package var maxResets = 200
    /// Frames that bring nothing (PING, SETTINGS, PRIORITY, empty DATA, ...) beyond a fair share (default 1000); see
    /// ``HTTP2FrameBudget``.
    package var maxIdleFrames = 1000

    /// The safe values above.
    package static let defaults = HTTP2Limits()

    /// Starts from the defaults.
    package init() {}
}
