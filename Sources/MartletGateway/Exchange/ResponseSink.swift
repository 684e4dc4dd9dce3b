import HTTPWire
import NetworkIO

/// The head of an answer before a protocol writes it.
struct AnswerHead {
    /// 200 to 599.
    var status: Int
    /// The body's media type; `nil` when there is no body.
    var contentType: HTTPContentType?
    /// Further fields, already validated.
    var fields: [HTTPField] = []

    /// A body of at most so many bytes is held for a client however much it has not read: errors are among them.
    static let alwaysHeldBytes = 16 << 10
}

/// Where the answer of an ``Exchange`` goes: a connection of some HTTP version.
///
/// Called on the connection's event loop. Output is gathered and leaves at the end of the tick.
protocol ResponseSink: AnyObject {
    /// Writes a whole answer and ends the exchange.
    func respond(_ exchange: Exchange, _ head: AnswerHead, body: UnsafeRawBufferPointer)
    /// Writes the commonest answer, 200 with JSON and no further fields, and ends the exchange.
    func respondJSON(_ exchange: Exchange, body: UnsafeRawBufferPointer)
    /// Writes the head of an answer whose body comes in pieces.
    func beginStream(_ exchange: Exchange, _ head: AnswerHead)
    /// Writes a piece of a streamed body.
    func stream(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer)
    /// Ends a streamed body.
    ///
    /// - Parameters:
    ///   - exchange: Whose answer it is.
    ///   - isComplete: Whether the client may take the body for whole; otherwise it is broken off visibly.
    func endStream(_ exchange: Exchange, isComplete: Bool)
    /// What is known of the client by its TLS connection; `nil` without TLS.
    var tls: TLSFacts? { get }
    /// The address of the client, without port.
    var clientAddress: String { get }
}
