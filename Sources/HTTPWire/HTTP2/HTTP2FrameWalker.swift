/// The nine bytes before every HTTP/2 frame. Spec: RFC 9113 §4.1
package struct HTTP2FrameHeader: Sendable, Equatable {
    /// Bytes of payload.
    package var length: Int
    /// What kind of frame; see the constants.
    package var type: UInt8
    /// Flags; their meaning depends on the type.
    package var flags: UInt8
    /// Zero for the connection itself.
    package var streamID: Int32

    /// Makes a header of its four parts.
    package init(length: Int, type: UInt8, flags: UInt8, streamID: Int32) {
        self.length = length
        self.type = type
        self.flags = flags
        self.streamID = streamID
    }

    static var data: UInt8 { 0 }
    static var headers: UInt8 { 1 }
    static var priority: UInt8 { 2 }
    static var resetStream: UInt8 { 3 }
    static var settings: UInt8 { 4 }
    static var ping: UInt8 { 6 }
    static var goAway: UInt8 { 7 }
    static var windowUpdate: UInt8 { 8 }
    static var continuation: UInt8 { 9 }

    /// END_STREAM of DATA and HEADERS.
    var endsStream: Bool { flags & 0x1 != 0 }
    /// PADDED of DATA and HEADERS.
    var isPadded: Bool { flags & 0x8 != 0 }
    /// END_HEADERS of HEADERS and CONTINUATION.
    var endsHeaders: Bool { flags & 0x4 != 0 }
}

/// Finds the frames in a client's bytes without looking into them: what comes before nghttp2.
///
/// nghttp2 ignores silently what it may ignore (frames on closed streams, unknown frames), so from its callbacks nobody
/// could count them, nor refuse those that the standard wants refused. The walker shows every frame's header, and
/// whether the bytes end inside one.
///
/// ```
/// preface -> header -> (payload ->) header -> ...
/// ```
///
/// Spec: RFC 9113 §3.4, §4.1
package struct HTTP2FrameWalker: Sendable {
    /// What a call of ``next(_:at:)`` came to.
    package enum Step: Sendable, Equatable {
        /// A header is whole; the index stands behind it.
        case frame(HTTP2FrameHeader)
        /// The first four bytes of a PRIORITY frame's payload are there: the stream depended on.
        case dependency(of: Int32, on: Int32)
        /// All bytes were looked at.
        case needMore
    }

    /// The size of the client's preface in bytes.
    package static var prefaceCount: Int { 24 }

    private enum Phase: UInt8 { case preface, header, dependency, payload }

    private var phase = Phase.preface
    /// Bytes of the part that are still to come.
    private var remaining = prefaceCount
    /// The header, or the four bytes of a dependency, as far as it was seen.
    private var first: UInt64 = 0
    private var last: UInt8 = 0
    private var streamID: Int32 = 0
    private var payload = 0

    package init() {}

    /// Whether the preface has not been seen whole.
    package var isBeforePreface: Bool { phase == .preface }
    /// Whether the bytes so far end between two frames.
    package var isBetweenFrames: Bool { phase == .header && remaining == 9 }

    /// Bytes of a frame's header that were seen without the rest of it.
    package var partialHeaderCount: Int { phase == .header ? 9 - remaining : 0 }

    /// Walks on.
    ///
    /// - Parameters:
    ///   - bytes: a piece of what the client sent.
    ///   - index: where to go on in it; moved behind what was looked at.
    /// - Returns: what was found.
    package mutating func next(_ bytes: UnsafeRawBufferPointer, at index: inout Int) -> Step {
        while index < bytes.count {
            switch phase {
            case .preface, .payload:
                let count = min(remaining, bytes.count - index)
                index += count
                remaining -= count
                if remaining == 0 { expectHeader() }
            case .header:
                if remaining == 9, bytes.count - index >= 9, let base = bytes.baseAddress {
                    first = UInt64(bigEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    last = bytes[index + 8]
                    index += 9
                    return .frame(headerEnded())
                }
                take(bytes[index])
                index += 1
                if remaining == 0 { return .frame(headerEnded()) }
            case .dependency:
                first = first << 8 | UInt64(bytes[index])
                index += 1
                remaining -= 1
                guard remaining == 0 else { continue }
                let dependency = Int32(truncatingIfNeeded: first & 0x7FFF_FFFF)
                expectPayload(payload - 4)
                return .dependency(of: streamID, on: dependency)
            }
        }
        return .needMore
    }

    private mutating func take(_ byte: UInt8) {
        if remaining > 1 { first = first << 8 | UInt64(byte) } else { last = byte }
        remaining -= 1
    }

    private mutating func headerEnded() -> HTTP2FrameHeader {
        let id = UInt32(truncatingIfNeeded: first & 0xFF_FFFF) << 8 | UInt32(last)
        let header = HTTP2FrameHeader(
            length: Int(first >> 40), type: UInt8(truncatingIfNeeded: first >> 32),
            flags: UInt8(truncatingIfNeeded: first >> 24), streamID: Int32(truncatingIfNeeded: id & 0x7FFF_FFFF))
        if header.type == HTTP2FrameHeader.priority && header.length >= 4 {
            phase = .dependency
            remaining = 4
            first = 0
            payload = header.length
            streamID = header.streamID
        } else {
            expectPayload(header.length)
        }
        return header
    }

    private mutating func expectPayload(_ count: Int) {
        guard count > 0 else { return expectHeader() }
        phase = .payload
        remaining = count
    }

    private mutating func expectHeader() {
        phase = .header
        remaining = 9
        first = 0
    }
}
