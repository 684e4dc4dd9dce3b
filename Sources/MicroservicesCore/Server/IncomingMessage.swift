import MessageWire
import Pipeline
import Synchronization

/// The unchanging part of a message that arrived.
///
/// World: any thread, once its handler has been started.
class IncomingMessage: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: constants here, `execution` set before anything else has the message, and a `Mutex`;
    // a subclass's variables belong to the event loop.

    /// Where the payload is, for those who ask for it beside the handler: ``RequestContext/data``. Most messages are gone before
    /// anybody does.
    private enum PayloadText: @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: borrowed bytes are read under the lock only, and taken back under it.

        case absent
        /// The receive buffer's own bytes, as long as the handler is being started; to `kept` or `parsed`, or the message ends.
        case borrowed(UnsafeRawBufferPointer)
        /// A copy; to `parsed`.
        case kept([UInt8])
        case parsed(JSONValue)
    }

    /// What it is about.
    let pattern: PatternEntry
    /// The raw JSON text of the id, nil for an event.
    let id: [UInt8]?
    /// The raw JSON text of the metadata, nil when there is none.
    let metadata: [UInt8]?
    /// Who sent it.
    let peer: PeerInfo
    /// What its handler's enhancers share.
    var execution: ExecutionContext?
    private let payloadText: Mutex<PayloadText>

    /// - Parameters:
    ///   - pattern: What it is about.
    ///   - id: The raw JSON text of the id, nil for an event.
    ///   - metadata: The raw JSON text of the metadata.
    ///   - data: The payload's checked JSON text; lent until ``returnPayload()``.
    ///   - peer: Who sent it.
    init(pattern: PatternEntry, id: [UInt8]?, metadata: [UInt8]?, data: UnsafeRawBufferPointer?, peer: PeerInfo) {
        self.pattern = pattern
        self.id = id
        self.metadata = metadata
        self.peer = peer
        self.payloadText = Mutex(data.map { .borrowed($0) } ?? .absent)
    }

    /// The payload, parsed when it is first asked for.
    var payload: JSONValue? {
        payloadText.withLock { text in
            let value: JSONValue
            switch text {
            case .absent: return nil
            case .parsed(let value): return value
            case .borrowed(let bytes): value = JSONValue(checked: bytes)
            case .kept(let bytes): value = bytes.withUnsafeBytes { JSONValue(checked: $0) }
            }
            text = .parsed(value)
            return value
        }
    }

    /// The bytes that were lent go back; what still refers to the message gets a copy of them.
    func returnPayload() {
        payloadText.withLock { text in
            if case .borrowed(let bytes) = text { text = .kept(Array(bytes)) }
        }
    }
}
