import HTTPWire
import NIOCore

/// A request to the admin listener, whole and copied out of the connection's bytes: nobody hurries here.
package struct AdminRequest: Sendable, Hashable {
    package var method: String
    /// Without the query, percent-encoding resolved.
    package var path: String
    /// By name; a name without `=` has an empty value. Of equal names the last one counts.
    package var query: [String: String] = [:]
    /// What Host says; empty for an HTTP/1.0 client without it.
    package var host = ""
    /// By lower-case name, those that the listener looks at; a name that stands twice is joined with a comma.
    package var fields: [String: String] = [:]
    package var body: [UInt8] = []
    /// Whether the connection lives on after the answer.
    package var keepAlive = true
    package var minorVersion = 1

    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    /// The value of a field, by its lower-case name.
    package subscript(field name: String) -> String? { fields[name] }

    /// Whether the answer has no body.
    var isHead: Bool { method == "HEAD" }

    /// Whether a media type is asked for by name.
    func accepts(_ mediaType: String) -> Bool { fields["accept"]?.contains(mediaType) ?? false }
}

/// Bytes of one admin connection in, requests out, one after the other.
///
/// Uses the gateway's own parser, with smaller limits: 8 KiB for the request line, 16 KiB for fields, 4 KiB for the body.
struct AdminRequestReader: ~Copyable {
    /// No endpoint takes more than a word.
    static let maxBodyBytes = 4096
    /// Requests are answered one by one, so what a client sends ahead has to be bounded: as much as one request may have.
    static let maxPendingBytes = 64 * 1024

    private var parser: HTTP1RequestParser
    private var pending = ByteBuffer()
    private var head: AdminRequest?

    init() {
        var limits = HTTPLimits()
        limits.maxBodyBytes = Self.maxBodyBytes
        parser = HTTP1RequestParser(limits: limits)
    }

    /// Whether a request has begun and is not whole.
    var isMidRequest: Bool { head != nil || !parser.isIdle || pending.readableBytes > 0 }

    /// Whether more was sent ahead than is kept.
    var isOverfull: Bool { pending.readableBytes > Self.maxPendingBytes }

    mutating func received(_ bytes: ByteBuffer) { pending.writeImmutableBuffer(bytes) }

    /// The next request, if it is whole.
    ///
    /// - Throws: What the parser refuses; nothing can be read any more then.
    mutating func next() throws(HTTPWireError) -> AdminRequest? {
        if head == nil {
            guard let (request, count) = try parseHead() else { return nil }
            pending.moveReaderIndex(forwardBy: count)
            try parser.checkAnnouncedLength()
            head = request
        }
        guard try readBody() else { return nil }
        parser.reset()
        pending.discardReadBytes()
        return head.take()
    }

    private mutating func parseHead() throws(HTTPWireError) -> (AdminRequest, Int)? {
        // Copied: the parser throws typed errors, which closures over a buffer do not pass on.
        let bytes = Array(pending.readableBytesView)
        let count: Int?
        var failure: HTTPWireError?
        count = bytes.withUnsafeBytes { bytes in
            do throws(HTTPWireError) {
                return try parser.parseHead(bytes)
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        guard let count else { return nil }
        return (request(bytes), count)
    }

    private func request(_ bytes: [UInt8]) -> AdminRequest {
        func text(_ range: Range<Int>?) -> String { range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "" }
        var request = AdminRequest(
            method: text(parser.head.methodRange), path: Self.decoded(text(parser.head.path)))
        for pair in text(parser.head.query).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            request.query[Self.decoded(String(parts[0]))] = parts.count > 1 ? Self.decoded(String(parts[1])) : ""
        }
        request.host = text(parser.head.authority)
        for name in ["authorization", "origin", "sec-fetch-site", "sec-fetch-mode", "accept", "content-type"] {
            let values = bytes.withUnsafeBytes { space in
                var found: [Range<Int>] = []
                parser.head.forEachValue(of: name, in: space) { found.append($0) }
                return found
            }
            if !values.isEmpty { request.fields[name] = values.map { text($0) }.joined(separator: ", ") }
        }
        request.keepAlive = parser.head.keepAlive
        request.minorVersion = parser.head.minorVersion
        return request
    }

    /// - Returns: Whether the body is whole.
    private mutating func readBody() throws(HTTPWireError) -> Bool {
        while true {
            let bytes = Array(pending.readableBytesView)
            var failure: HTTPWireError?
            let step: HTTP1RequestParser.BodyStep? = bytes.withUnsafeBytes { bytes in
                do throws(HTTPWireError) {
                    return try parser.parseBody(bytes)
                } catch {
                    failure = error
                    return nil
                }
            }
            if let failure { throw failure }
            switch step {
            case .data(let range, let consumed)?:
                head?.body.append(contentsOf: bytes[range])
                pending.moveReaderIndex(forwardBy: consumed)
            case .end(let consumed)?:
                pending.moveReaderIndex(forwardBy: consumed)
                return true
            case .needMore(let consumed)?:
                pending.moveReaderIndex(forwardBy: consumed)
                return false
            case nil: return false
            }
        }
    }

    /// Percent-encoding resolved; what is none stays as it is.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(Substring(digits), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
