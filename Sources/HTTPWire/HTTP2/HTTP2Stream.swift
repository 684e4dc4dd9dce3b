import NIOCore

/// One request of an HTTP/2 connection and the output of its answer.
///
/// Made and used again by ``HTTP2Session``. What the driver needs to know of a stream stands in it too, so that one look
/// leads from a frame to everything.
///
/// ```
/// head -> (body ->) ended      the client's side
/// waiting -> answering -> ended   our side
/// ```
package final class HTTP2Stream {
    /// The stream's number; zero when it is closed.
    package internal(set) var id: Int32 = 0
    /// The request's head, whole once the driver hears of the stream.
    package let head = HTTP2RequestHead()
    /// The client has sent everything: END_STREAM came.
    package internal(set) var isRequestWhole = false

    // MARK: The driver's own

    /// Who answers; the session never looks at it.
    package var exchange: AnyObject?
    /// Where the request goes, when it was admitted by its head.
    package var admitted: Int?
    /// Whose word that is; the gateway's, kept here for it.
    package var admittedBy: AnyObject?
    /// What is to be remembered of that, which is seldom anything.
    package var admission: AnyObject?
    /// The body as far as it came, when it came in more than one piece.
    package var body: ByteBuffer?
    /// Some of the body came with the present read.
    package var hasGrown = false
    /// The only piece of the body so far: valid during the call that brought it.
    package var piece = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The request is whole and will be begun when the read that brought its end is over.
    package var isWaiting = false
    /// Bytes of the body that came.
    package var bodyCount = 0
    /// The most bytes of body that are taken.
    package var bodyLimit = 0
    /// The body is of no interest any more: it is thrown away as it comes.
    package var ignoresBody = false
    /// When something must have happened, `Int64.max` for never; nanoseconds.
    package var deadline = Int64.max
    /// When the body's first byte was awaited.
    package var bodySince: Int64 = 0
    /// Bytes that had been sent when a slow reader was last looked at.
    package var sentBefore = 0

    // MARK: The session's own

    /// Place in the session's table of open streams.
    var index = 0
    /// Bytes of the body that came and are not yet given back to the stream's window.
    var unconsumed = 0
    /// Bytes of the body that came, wanted or not.
    var received = 0
    /// Bytes of the trailers.
    var trailerBytes = 0
    /// A field of the trailers is not one.
    var hasMalformedTrailer = false
    /// The answer's head was handed over.
    package internal(set) var isAnswering = false
    /// The answer is a service's: it lets the client reset another request.
    var isWorthReset = false
    /// Nothing more will be said.
    var isOutputWhole = false
    /// The body ends without having been whole: reset instead of END_STREAM.
    var isBroken = false
    /// nghttp2 asked for bytes when there were none, and waits to be told.
    var isDeferred = false
    /// Output that lies elsewhere for the length of a call, or of a read when it is lent.
    var direct = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Output that waits for the client's window.
    var pending: ByteBuffer?
    /// Bytes of body sent.
    package internal(set) var sent = 0
    /// Values of the answer's head until it is sent; see ``HTTP2Session/respondJSON(_:body:date:requestID:)``.
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: HTTP2FieldBlock.scratchBytes, alignment: 8)

    init() {}

    deinit { scratch.deallocate() }

    /// Whether the stream is open.
    package var isOpen: Bool { id != 0 }
    /// Whether output lies in lent bytes, until ``HTTP2Session/writeLent(_:)``.
    package var isBorrowing: Bool { !direct.isEmpty }
    /// Bytes of output that have not left.
    package var unsent: Int { direct.count + (pending?.readableBytes ?? 0) }

    func reset() {
        id = 0
        head.reset()
        isRequestWhole = false
        exchange = nil
        admitted = nil
        if admittedBy != nil { admittedBy = nil }
        if admission != nil { admission = nil }
        if body != nil { body = nil }
        piece = UnsafeRawBufferPointer(start: nil, count: 0)
        isWaiting = false
        hasGrown = false
        bodyCount = 0
        bodyLimit = 0
        ignoresBody = false
        deadline = .max
        sentBefore = 0
        unconsumed = 0
        received = 0
        trailerBytes = 0
        hasMalformedTrailer = false
        isAnswering = false
        isWorthReset = false
        isOutputWhole = false
        isBroken = false
        isDeferred = false
        direct = UnsafeRawBufferPointer(start: nil, count: 0)
        if pending != nil { pending = nil }
        sent = 0
    }
}

/// Streams that are closed and kept for the next ones, and the memory of sessions; one for all sessions of an event loop.
package final class HTTP2StreamPool {
    let memory = HTTP2Memory()
    private var free: [HTTP2Stream] = []
    private static let maxKept = 256

    package init() {}

    func take() -> HTTP2Stream { free.popLast() ?? HTTP2Stream() }

    func give(_ stream: HTTP2Stream) {
        guard free.count < Self.maxKept else { return }
        free.append(stream)
    }
}
