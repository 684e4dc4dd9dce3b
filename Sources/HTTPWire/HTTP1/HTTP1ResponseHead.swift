/// An answer's head before it is written, as HTTP/1.1 needs it.
///
/// Everything in it was checked when it was made, so writing it cannot fail.
package struct HTTP1ResponseHead: Sendable {
    /// How the end of the body is shown to the client. Spec: RFC 9112 §6
    package enum Framing: Sendable, Equatable {
        /// `content-length` with this many bytes.
        case length(Int)
        /// `transfer-encoding: chunked`; the body goes through ``HTTP1ResponseSerializer/writeChunk(_:into:)``.
        case chunked
        /// The end of the connection ends the body: for streams to HTTP/1.0 clients. Implies `connection: close`.
        case untilClose
    }

    /// What the answer says about the connection.
    package enum Connection: Sendable, Equatable {
        /// Stays open, which HTTP/1.1 takes for granted: nothing is written.
        case persistent
        /// Stays open for an HTTP/1.0 client that asked for it: `connection: keep-alive`.
        case keepAlive
        /// Ends after this answer: `connection: close`.
        case close

        /// What to answer to a request.
        ///
        /// - Parameters:
        ///   - head: the request.
        ///   - closing: whether we want to close in any case.
        package init(answering head: borrowing HTTP1RequestHead, closing: Bool = false) {
            self = closing || !head.keepAlive ? .close : head.minorVersion == 0 ? .keepAlive : .persistent
        }
    }

    /// 200 to 599; anything else is written as 500.
    package var status: Int
    /// `content-type`; nil writes none.
    package var contentType: HTTPContentType?
    /// How the body ends; not written for 204 and 304.
    package var framing: Framing
    /// What happens to the connection.
    package var connection: Connection
    /// Further fields in this order; a `content-type` among them replaces ``contentType``.
    package var fields: [HTTPField]

    /// Makes a head.
    ///
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - contentType: the media type, if there is a body.
    ///   - framing: how the body ends. For HEAD: as GET would have it.
    ///   - connection: what happens to the connection.
    ///   - fields: further fields.
    package init(
        status: Int, contentType: HTTPContentType? = nil, framing: Framing = .length(0),
        connection: Connection = .persistent, fields: [HTTPField] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.framing = framing
        self.connection = connection
        self.fields = fields
    }
}
