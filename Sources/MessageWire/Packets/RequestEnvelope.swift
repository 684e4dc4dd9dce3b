/// What a client's packet says, as a NestJS server reads it.
///
/// The text is checked strictly in one pass; no tree is built. Members may stand in any order, unknown ones are ignored,
/// of equal names the last one counts.
///
/// Spec: docs/wire-protocol.md, "Requests and events"
package struct RequestEnvelope: Sendable, Equatable {
    /// The raw JSON text of the pattern. Give it to ``PatternNormalizer/route(ofIncoming:)``.
    package private(set) var pattern: Range<Int>?
    /// The raw JSON text of the data; nil is JavaScript's `undefined`.
    package private(set) var data: Range<Int>?
    /// The raw JSON text of the id, which may be any value. It is to be sent back as it is.
    package private(set) var id: Range<Int>?
    /// The raw JSON text of the metadata, which NestJS 11 does not send and ignores.
    package private(set) var metadata: Range<Int>?
    /// The packet without white space around it.
    package private(set) var whole: Range<Int>

    /// What a packet asks for.
    package enum Kind: Sendable, Equatable {
        /// An answer is due: there is an id.
        case request
        /// No answer is ever sent: there is no id.
        case event
        /// Neither pattern nor data: an event without pattern, whose data is the whole packet. Its id does not count.
        case foreign
    }

    /// What the packet asks for.
    package var kind: Kind {
        if pattern == nil, data == nil { return .foreign }
        return id == nil ? .event : .request
    }

    /// Reads the text of a frame.
    ///
    /// - Parameter json: the text; all ranges count from its start.
    /// - Returns: the packet, nil for anything but an object, which is to be logged and ignored.
    /// - Throws: ``MessageWireError/notJSON(_:)``; the connection is to be ended.
    package static func scan(_ json: UnsafeRawBufferPointer) throws(MessageWireError) -> RequestEnvelope? {
        var envelope = RequestEnvelope(whole: 0..<0)
        let packet = try JSONCursor.scanPacket(json) { member, value in
            switch member {
            case .pattern: envelope.pattern = value
            case .data: envelope.data = value
            case .id: envelope.id = value
            case .metadata: envelope.metadata = value
            case .response, .err, .isDisposed: break
            }
        }
        guard let packet else { return nil }
        envelope.whole = packet
        return envelope
    }

    private init(whole: Range<Int>) { self.whole = whole }
}
