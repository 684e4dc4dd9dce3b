public import MessageWire

/// Turns packets that are sent into another form: NestJS's `serializer`.
///
/// A client's serializer gets the requests and events, a server's the answers; the other end needs the
/// ``PacketDeserializer`` that undoes it. Together they make a format of one's own, such as a versioned envelope:
///
/// ```swift
/// struct Envelope: PacketSerializer, PacketDeserializer {
///     func serialize(_ packet: JSONValue) -> JSONValue { ["v": 1, "payload": packet] }
///
///     func deserialize(_ message: JSONValue) throws -> JSONValue {
///         guard message["v"] == 1, let packet = message["payload"] else { throw UnknownVersion() }
///         return packet
///     }
/// }
///
/// let service = Microservice(transport: .tcp(port: 3000, serializer: Envelope(), deserializer: Envelope()))
/// ```
///
/// A request is `{"pattern":…,"data":…,"id":…}`, an event has no `id`; both may have `metadata`. An answer is
/// `{"response":…,"isDisposed":true,"id":…}`, or has `err` in place of `response`; `isDisposed` is missing while more follows.
///
/// World: called on the connection's event loop, for each packet; it may not block. A connection without one never builds
/// the tree of a packet.
///
/// Spec: docs/wire-protocol.md
public protocol PacketSerializer: Sendable {
    /// Makes what is sent of a packet.
    ///
    /// - Parameter packet: As it would be sent without this serializer.
    /// - Returns: What is sent, as JSON text in a frame.
    /// - Throws: Anything, when the packet cannot be sent. At a server the error is logged and the caller gets "Internal server
    ///   error" (through this serializer again; nothing, when that fails as well), and the exchange is over. At a client
    ///   the call fails with `UpstreamFailure.notSerialized` and nothing is sent. The connection stays.
    func serialize(_ packet: JSONValue) throws -> JSONValue
}

/// Turns what is received back into packets: NestJS's `deserializer`.
///
/// A server's deserializer gets requests and events, a client's the answers. See ``PacketSerializer`` for the members of
/// packets and an example. NestJS's server takes a message with neither `pattern` nor `data` for an event about nothing; here
/// such a packet is logged and ignored, also when a deserializer makes it.
public protocol PacketDeserializer: Sendable {
    /// Makes a packet of what was received.
    ///
    /// - Parameter message: What stood in a frame: any JSON value.
    /// - Returns: The packet.
    /// - Throws: Anything, when it is none. A server logs the error and ignores the message, since nobody knows whom to answer;
    ///   other requests of the connection go on. A client, which cannot know whose answer it was, logs the error and closes
    ///   the connection: those who wait fail with `UpstreamFailure.badFrame` at once.
    func deserialize(_ message: JSONValue) throws -> JSONValue
}
