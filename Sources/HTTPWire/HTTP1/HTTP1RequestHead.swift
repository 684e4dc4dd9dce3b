/// The four forms of a request target. Spec: RFC 9112 §3.2
package enum HTTP1TargetForm: UInt8, Sendable {
    /// `/path?query`
    case origin
    /// `http://host/path?query`
    case absolute
    /// `host:port`, only with CONNECT
    case authority
    /// `*`, only with OPTIONS
    case asterisk
}

/// How the end of the request's body is found. Spec: RFC 9112 §6.3
package enum HTTP1BodyFraming: Sendable, Equatable {
    /// No body: neither Content-Length nor Transfer-Encoding.
    case none
    /// Content-Length, in bytes; zero is possible.
    case length(Int)
    /// `Transfer-Encoding: chunked`.
    case chunked
}

/// One request head, as ranges into the bytes it was parsed from; it owns no text.
///
/// All ranges are offsets from the first byte of the request (an empty line before it counts), valid as long as the
/// driver keeps those bytes. Offsets are kept in 32 bits, because every connection holds one of these.
///
/// Spec: RFC 9112 §3, §5, §6
package struct HTTP1RequestHead: ~Copyable, Sendable {
    /// A range in 8 bytes, or its absence.
    struct Span: Sendable {
        var start: UInt32
        var count: UInt32

        static var absent: Span { Span(start: .max, count: 0) }

        @inline(__always) init(start: UInt32, count: UInt32) {
            self.start = start
            self.count = count
        }

        @inline(__always) init(_ start: Int, to end: Int) {
            self.start = UInt32(truncatingIfNeeded: start)
            self.count = UInt32(truncatingIfNeeded: end &- start)
        }

        @inline(__always) var isPresent: Bool { start != .max }
        @inline(__always) var range: Range<Int> { Int(start)..<Int(start) &+ Int(count) }
        @inline(__always) var optional: Range<Int>? { isPresent ? range : nil }
    }

    enum Framing: UInt8, Sendable { case none, length, chunked }

    /// The method; `other` is told apart by ``methodRange``.
    package internal(set) var method = HTTPMethod.other
    /// Which form the target has.
    package internal(set) var targetForm = HTTP1TargetForm.origin
    /// 1, or 0 for an HTTP/1.0 client; any later minor version is read as 1 (RFC 9110 §2.5).
    package internal(set) var minorVersion = 1
    /// Whether the connection may carry another request after this one.
    package internal(set) var keepAlive = true
    /// Whether the client waits for `100 Continue` before it sends the body. False when there is no body to wait for,
    /// and for HTTP/1.0 (RFC 9110 §10.1.1).
    package internal(set) var expectsContinue = false
    /// The field lines in order, all of them, the well-known ones too.
    package internal(set) var fields: [HTTPFieldRange] = []

    var framing = Framing.none
    var contentLength = 0
    var methodSpan = Span.absent
    var targetSpan = Span.absent
    var pathSpan = Span.absent
    var querySpan = Span.absent
    var authoritySpan = Span.absent
    var contentTypeSpan = Span.absent
    var acceptSpan = Span.absent

    init() {}

    /// The method's bytes.
    package var methodRange: Range<Int> { methodSpan.range }
    /// The whole target as it was sent.
    package var target: Range<Int> { targetSpan.range }
    /// The path, still percent-encoded, without the query; it starts with `/`. Empty for the authority and asterisk forms.
    ///
    /// An absolute-form target with an empty path (`http://host`) has the path `/`: the range then shows a slash of
    /// `//`, so that readers need no special case.
    package var path: Range<Int> { pathSpan.range }
    /// What follows the first `?`, still percent-encoded; nil without a `?`.
    package var query: Range<Int>? { querySpan.optional }
    /// Host and port: of the target in absolute and authority form, else of the Host field; nil only for HTTP/1.0
    /// without Host. Spec: RFC 9112 §3.2.2
    package var authority: Range<Int>? { authoritySpan.optional }
    /// The value of Content-Type; nil if absent.
    package var contentType: Range<Int>? { contentTypeSpan.optional }
    /// The value of the first Accept line; nil if absent. See ``forEachValue(of:in:_:)`` for further lines.
    package var accept: Range<Int>? { acceptSpan.optional }

    /// How the end of the body is found.
    package var bodyFraming: HTTP1BodyFraming {
        switch framing {
        case .none: .none
        case .length: .length(contentLength)
        case .chunked: .chunked
        }
    }

    /// Finds the first field of a name.
    ///
    /// - Parameters:
    ///   - lowercaseName: the name in lower case; letters of the request are folded for the comparison.
    ///   - bytes: the bytes that the head was parsed from, starting at the first byte of the request.
    /// - Returns: the value's range in `bytes`, or nil.
    package func value(of lowercaseName: StaticString, in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        firstValue(lowercaseName.utf8Start, lowercaseName.utf8CodeUnitCount, in: bytes)
    }

    /// Finds the first field of a name that is known only at run time, such as one from a route file.
    ///
    /// - Parameters:
    ///   - lowercaseName: the name in lower case.
    ///   - bytes: the bytes that the head was parsed from, starting at the first byte of the request.
    /// - Returns: the value's range in `bytes`, or nil.
    package func value(of lowercaseName: String, in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var name = lowercaseName
        return name.withUTF8 { utf8 in
            utf8.baseAddress.flatMap { firstValue($0, utf8.count, in: bytes) }
        }
    }

    /// Visits every field of a name in the order sent.
    ///
    /// - Parameters:
    ///   - lowercaseName: the name in lower case.
    ///   - bytes: the bytes that the head was parsed from, starting at the first byte of the request.
    ///   - body: gets the value's range in `bytes`.
    package func forEachValue(
        of lowercaseName: String, in bytes: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void
    ) {
        var name = lowercaseName
        name.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return }
            for field in fields where field.isNamed(start, utf8.count, in: bytes) { body(field.value) }
        }
    }

    private func firstValue(
        _ name: UnsafePointer<UInt8>, _ count: Int, in bytes: UnsafeRawBufferPointer
    ) -> Range<Int>? {
        for field in fields where field.isNamed(name, count, in: bytes) { return field.value }
        return nil
    }
}
