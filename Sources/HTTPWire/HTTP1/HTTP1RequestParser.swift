/// Reads one HTTP/1.1 request after another: the first thing that looks at a client's bytes, before route and exchange.
///
/// One per connection. Strict: what two parsers could read differently is refused, so that nobody behind or in front of
/// us sees another request than we do. The parser holds no bytes; the driver keeps those of the current request and
/// hands them in again, longer, until the head is whole, then hands in what follows the head piece by piece.
///
/// ```
/// start -> method -> target -> version -> fieldName <-> fieldValue -> (head whole) -> body -> complete -> reset() -> start
///                                    any of them -> failed, for ever
/// ```
///
/// The result depends only on the bytes, never on how they were cut: every byte is judged from left to right, and each
/// is scanned once (at most the last byte of a call is looked at again).
///
/// Spec: RFC 9112
package struct HTTP1RequestParser: ~Copyable {
    enum Phase: UInt8 { case start, method, target, version, fieldName, fieldValue, body, complete, failed }

    /// Well-known fields that were seen in this head.
    struct Seen: OptionSet {
        let rawValue: UInt8
        static var host: Seen { Seen(rawValue: 1) }
        static var contentLength: Seen { Seen(rawValue: 2) }
        static var transferEncoding: Seen { Seen(rawValue: 4) }
        static var close: Seen { Seen(rawValue: 8) }
        static var keepAlive: Seen { Seen(rawValue: 16) }
        static var expectContinue: Seen { Seen(rawValue: 32) }
    }

    /// What a call of ``parseBody(_:)`` found; ranges and counts are relative to the bytes of that call.
    package enum BodyStep: Sendable, Equatable {
        /// A piece of the decoded body, never empty. Drop `consumed` bytes, then call again.
        case data(Range<Int>, consumed: Int)
        /// The body is whole; bytes after `consumed` belong to the next request.
        case end(consumed: Int)
        /// Drop `consumed` bytes (framing), then call again when more has come.
        case needMore(consumed: Int)
    }

    let limits: HTTPLimits
    /// The head; valid from the call of ``parseHead(_:)`` that answers a number until ``reset()``.
    ///
    /// It is read in place, never copied: so reading costs no reference counting, and nobody keeps the field array.
    package internal(set) var head = HTTP1RequestHead()

    var phase = Phase.start
    var seen: Seen = []
    var failure: HTTPWireError?
    var body = BodyState()
    /// Everything before this offset has been judged.
    var cursor = 0
    /// First byte of the current line; the end of the current field's name.
    var lineStart = 0
    var nameEnd = 0
    var fieldsStart = 0

    /// Starts a parser for a new connection.
    ///
    /// - Parameter limits: what a request may cost; clamped as ``HTTPLimits`` says.
    package init(limits: HTTPLimits = .defaults) {
        self.limits = limits.clamped()
        body.limit = self.limits.maxBodyBytes
    }

    /// Whether no byte of a next request was seen (an empty line before it does not count).
    package var isIdle: Bool { phase == .start }

    /// Whether an error was thrown; the parser then only throws it again.
    package var hasFailed: Bool { failure != nil }

    /// Whether the request is whole: its body was read to its end, or it has none and its head is whole (then
    /// ``parseBody(_:)`` need not be called).
    package var isComplete: Bool { phase == .complete }

    /// Continues with the head.
    ///
    /// Illegal between a whole head and ``reset()``: traps.
    ///
    /// - Parameter bytes: everything from the first byte of the current request on; longer at each call, and perhaps
    ///   reaching into the body or into further requests.
    /// - Returns: the size of the head in bytes, or nil if more bytes are needed.
    /// - Throws: any of the errors about request line, fields and framing; the parser then stays failed.
    package mutating func parseHead(_ bytes: UnsafeRawBufferPointer) throws(HTTPWireError) -> Int? {
        if let failure { throw failure }
        precondition(phase.rawValue < Phase.body.rawValue, "parseHead() before reset()")
        guard let base = bytes.baseAddress, bytes.count > cursor else { return nil }
        do throws(HTTPWireError) {
            if phase.rawValue < Phase.fieldName.rawValue {
                guard try parseRequestLine(base, bytes.count) else { return nil }
            }
            guard try parseFields(base, bytes.count) else { return nil }
            try finishHead()
            return cursor
        } catch {
            fail(error)
            throw error
        }
    }

    /// Gets ready for the next request on the same connection; its bytes start anew at offset zero.
    ///
    /// Illegal after an error, and before head and body are whole: traps.
    package mutating func reset() {
        precondition(phase == .complete || phase == .start, "reset() before the request's end")
        phase = .start
        seen = []
        cursor = 0
        lineStart = 0
        body = BodyState()
        body.limit = limits.maxBodyBytes
        head.contentTypeSpan = .absent
        head.acceptSpan = .absent
        head.authoritySpan = .absent
        head.querySpan = .absent
        head.framing = .none
        // One large head must not cost memory for the rest of a long connection.
        if head.fields.capacity > 48 {
            head.fields = []
        } else {
            head.fields.removeAll(keepingCapacity: true)
        }
    }

    /// Gives back the field array of an idle parser; the next request allocates it again.
    package mutating func releaseStorage() {
        guard phase == .start else { return }
        head.fields = []
    }

    mutating func fail(_ error: HTTPWireError) {
        failure = error
        phase = .failed
    }
}
