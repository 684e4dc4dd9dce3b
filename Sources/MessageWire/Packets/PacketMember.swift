/// The names that mean something at the top of a packet.
enum PacketMember {
    case pattern, data, id, metadata, response, err, isDisposed

    /// The member of that raw name (without quotes), nil if it is none of ours.
    @inline(__always)
    static func named(_ name: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) -> PacketMember? {
        if hasEscapes { return escaped(UnsafeRawBufferPointer(start: base + name.lowerBound, count: name.count)) }
        let start = base + name.lowerBound
        switch name.count {
        case 2: return matches(start, "id") ? .id : nil
        case 3: return matches(start, "err") ? .err : nil
        case 4: return matches(start, "data") ? .data : nil
        case 7: return matches(start, "pattern") ? .pattern : nil
        case 8:
            if matches(start, "response") { return .response }
            return matches(start, "metadata") ? .metadata : nil
        case 10: return matches(start, "isDisposed") ? .isDisposed : nil
        default: return nil
        }
    }

    @inline(__always)
    private static func matches(_ start: UnsafeRawPointer, _ word: StaticString) -> Bool {
        var index = 0
        while index < word.utf8CodeUnitCount {
            guard start.load(fromByteOffset: index, as: UInt8.self) == word.utf8Start[index] else { return false }
            index &+= 1
        }
        return true
    }

    private static func escaped(_ raw: UnsafeRawBufferPointer) -> PacketMember? {
        let name = Array(UnescapedBytes(raw))
        return name.withUnsafeBytes { name in
            guard let base = name.baseAddress else { return nil }
            return named(0..<name.count, hasEscapes: false, in: base)
        }
    }
}

extension JSONCursor {
    /// Walks over a whole packet, checks it strictly, and reports its top members.
    ///
    /// - Parameters:
    ///   - json: the text of a frame.
    ///   - member: gets the place of each member's value; called for equal names again, so that the last one wins.
    /// - Returns: the packet's place without white space, nil if the text is no object.
    /// - Throws: what is wrong with the JSON.
    @inline(__always)
    static func scanPacket(
        _ json: UnsafeRawBufferPointer, _ member: (PacketMember, Range<Int>) -> Void
    ) throws(MessageWireError) -> Range<Int>? {
        do throws(JSONScanError) {
            guard let base = json.baseAddress else { throw JSONScanError(.empty, at: 0) }
            var cursor = JSONCursor(base, 0..<json.count)
            cursor.skipWhitespace()
            let start = cursor.position
            guard start < cursor.end, cursor.byte(at: start) == 0x7B else {
                _ = try JSONScanner.scan(json, rules: .rfc8259)
                return nil
            }
            try cursor.members(member)
            let packet = start..<cursor.position
            cursor.skipWhitespace()
            guard cursor.position == cursor.end else { throw JSONScanError(.trailingBytes, at: cursor.position) }
            return packet
        } catch {
            throw .notJSON(error)
        }
    }

    /// Walks over the members of the object that starts at `position`.
    @inline(__always)
    private mutating func members(_ member: (PacketMember, Range<Int>) -> Void) throws(JSONScanError) {
        var keys = AnyKeys()
        position &+= 1
        skipWhitespace()
        if position < end, byte(at: position) == 0x7D {
            position &+= 1
            return
        }
        while true {
            let (name, hasEscapes) = try rawKey()
            let start = position
            _ = try value(maxDepth: JSONRules.deepestNesting - 1, keys: &keys)
            if let known = PacketMember.named(name, hasEscapes: hasEscapes, in: base) {
                member(known, Range(uncheckedBounds: (start, position)))
            }
            skipWhitespace()
            guard position < end else { throw JSONScanError(.endsEarly, at: position) }
            let next = byte(at: position)
            position &+= 1
            if next == 0x7D { return }
            guard next == 0x2C else { throw JSONScanError(.unexpectedByte, at: position - 1) }
            skipWhitespace()
        }
    }
}
