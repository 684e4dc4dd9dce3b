/// What a service's answer says, as a NestJS client reads it.
///
/// The text is checked strictly in one pass; no tree is built. Members may stand in any order, unknown ones are ignored,
/// of equal names the last one counts.
///
/// Spec: docs/wire-protocol.md, "Answers"
package struct ReplyEnvelope: Sendable, Equatable {
    /// The raw JSON text of the id, quotes included. An answer without id belongs to nobody.
    package private(set) var id: Range<Int>?
    /// The raw JSON text of the value.
    package private(set) var response: Range<Int>?
    /// The raw JSON text of the error.
    package private(set) var err: Range<Int>?
    /// Whether `isDisposed` is there and truthy: nothing follows for this id.
    package private(set) var isDisposed = false
    /// What the answer means to the one who asked.
    package private(set) var outcome = Outcome.undefinedValue

    /// What an answer means. All ranges are places in the text that was scanned.
    package enum Outcome: Sendable, Equatable {
        /// A value. If it is the last one the exchange is over, else more may follow.
        case value(Range<Int>, isLast: Bool)
        /// A value that is `undefined` in JavaScript; more may follow. No NestJS server sends this.
        case undefinedValue
        /// An error; the exchange is over.
        case error(Range<Int>)
        /// The exchange is over without a (further) value.
        case completed
        /// None of the members that make an answer: the whole packet is the value, and the exchange is over.
        case foreign(whole: Range<Int>)
    }

    /// Reads the text of a frame.
    ///
    /// - Parameter json: the text; all ranges count from its start.
    /// - Returns: the answer, nil for anything but an object, which is to be ignored.
    /// - Throws: ``MessageWireError/notJSON(_:)``; the connection is to be ended.
    package static func scan(_ json: UnsafeRawBufferPointer) throws(MessageWireError) -> ReplyEnvelope? {
        if let envelope = common(json) { return envelope }
        var envelope = ReplyEnvelope()
        var disposed: Range<Int>?
        let packet = try JSONCursor.scanPacket(json) { member, value in
            switch member {
            case .id: envelope.id = value
            case .response: envelope.response = value
            case .err: envelope.err = value
            case .isDisposed: disposed = value
            case .pattern, .data, .metadata: break
            }
        }
        guard let packet else { return nil }
        if let disposed { envelope.isDisposed = Truth.isTruthy(json, disposed) }
        if let err = envelope.err, Truth.isTruthy(json, err) {
            envelope.outcome = .error(err)
        } else if let response = envelope.response {
            envelope.outcome = .value(response, isLast: envelope.isDisposed)
        } else if envelope.isDisposed {
            envelope.outcome = .completed
        } else if envelope.err == nil, disposed == nil {
            envelope.outcome = .foreign(whole: packet)
        }
        return envelope
    }

    /// The commonest answer, exactly as NestJS and we write it: `{"response":V,"isDisposed":true,"id":"<16 bytes>"}`. Anything
    /// else, and anything wrong, is left to the general way.
    @inline(__always)
    private static func common(_ json: UnsafeRawBufferPointer) -> ReplyEnvelope? {
        // What stands behind the value: `,"isDisposed":true,"id":"`, sixteen bytes, `"}`.
        let tail = json.count &- 43
        guard let base = json.baseAddress, tail > 12 else { return nil }
        func word(_ offset: Int) -> UInt64 { ASCIIWord.load(base, at: offset) }
        guard word(0) == 0x6E6F70736572227B, word(4) == 0x3A2265736E6F7073, word(tail) == 0x707369447369222C,
            word(tail &+ 8) == 0x72743A226465736F, word(tail &+ 16) == 0x3A226469222C6575, json[tail &+ 24] == 0x22,
            ASCIIWord.stops(word(tail &+ 25)) | ASCIIWord.stops(word(tail &+ 33)) == 0,
            json[tail &+ 41] == 0x22, json[tail &+ 42] == 0x7D
        else { return nil }
        var cursor = JSONCursor(base, 12..<json.count)
        var keys = AnyKeys()
        guard (try? cursor.value(maxDepth: JSONRules.deepestNesting - 1, keys: &keys)) != nil, cursor.position == tail
        else { return nil }
        var envelope = ReplyEnvelope()
        envelope.response = 12..<tail
        envelope.id = tail &+ 24..<tail &+ 42
        envelope.isDisposed = true
        envelope.outcome = .value(12..<tail, isLast: true)
        return envelope
    }
}

/// Truth as JavaScript has it.
enum Truth {
    /// Whether a checked JSON value is none of `null`, `false`, `""` and zero.
    @inline(__always)
    static func isTruthy(_ json: UnsafeRawBufferPointer, _ value: Range<Int>) -> Bool {
        guard value.lowerBound < json.count else { return false }
        switch json[value.lowerBound] {
        case 0x74, 0x7B, 0x5B: return true
        case 0x66, 0x6E: return false
        case 0x22: return value.count > 2
        default: return isNonZero(UnsafeRawBufferPointer(rebasing: json[value]))
        }
    }

    /// Numbers too small for a double are zero, too.
    private static func isNonZero(_ number: UnsafeRawBufferPointer) -> Bool {
        Double(String(decoding: number, as: UTF8.self)) != 0
    }
}
