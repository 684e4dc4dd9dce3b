import NIOCore

/// Writes JSON text and counts its UTF-16 code units on the way, so that a frame's length is known without a second look.
///
/// The text is what `JSON.stringify` gives: no blanks, and only the escapes that are needed. Commas, colons and brackets
/// are the caller's; nothing here checks that calls make a whole value.
///
/// Spec: ECMA-262 §25.5.2 (JSON.stringify)
package struct JSONWriter {
    /// Where the text goes: behind what is already readable. Take it out when done.
    package var buffer: ByteBuffer
    /// UTF-16 code units written by this writer.
    package private(set) var utf16Count = 0

    /// - Parameter buffer: handed over; keep no second reference to it, or the first write copies it.
    package init(buffer: consuming ByteBuffer) {
        self.buffer = buffer
    }

    /// Writes checked JSON text as it is.
    package mutating func raw(_ bytes: UnsafeRawBufferPointer, utf16Count: Int) {
        buffer.writeBytes(bytes)
        self.utf16Count &+= utf16Count
    }

    /// Writes ASCII text as it is.
    package mutating func ascii(_ text: StaticString) {
        buffer.writeStaticString(text)
        utf16Count &+= text.utf8CodeUnitCount
    }

    /// Writes a string, quoted and escaped.
    ///
    /// - Parameter utf8: any bytes; what is no UTF-8 becomes U+FFFD, one for each maximal part of a sequence.
    package mutating func string(_ utf8: UnsafeRawBufferPointer) {
        var index = 0
        repeat {
            // A chunk at a time, so that room for the worst case is not asked for all of a long string.
            let end = min(utf8.count, index &+ StringWriter.chunkBytes)
            let from = index
            var chunk = StringWriter(source: utf8)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: StringWriter.room(for: end &- from)) { room in
                chunk.write(from: from, to: end, into: room)
            }
            index = chunk.index
            utf16Count &+= chunk.units
        } while index < utf8.count
    }

    /// Writes a string, quoted and escaped.
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Writes an integer, exactly. JavaScript readers lose digits beyond 2^53.
    package mutating func integer(_ value: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var index = digits.count
            var rest = value.magnitude
            repeat {
                index &-= 1
                digits[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                index &-= 1
                digits[index] = 0x2D
            }
            raw(UnsafeRawBufferPointer(rebasing: digits[index...]), utf16Count: digits.count - index)
        }
    }

    /// Writes a number as JavaScript does: `1e21` as `1e+21`, `1.0` as `1`, what is not finite as `null`.
    package mutating func number(_ value: Double) {
        checked(JavaScriptNumber.text(of: value) ?? "null")
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        ascii(value ? "true" : "false")
    }

    /// Writes `null`.
    package mutating func null() {
        ascii("null")
    }

    /// Writes a whole value. Numbers are written with the text they have.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let text): checked(text)
        case .string(let text): string(text)
        case .array(let elements):
            ascii("[")
            for index in elements.indices {
                if index > 0 { ascii(",") }
                self.value(elements[index])
            }
            ascii("]")
        case .object(let members):
            ascii("{")
            for index in members.indices {
                if index > 0 { ascii(",") }
                string(members[index].name)
                ascii(":")
                self.value(members[index].value)
            }
            ascii("}")
        }
    }

    /// Writes text of ours that needs no escapes.
    private mutating func checked(_ text: String) {
        utf16Count &+= text.utf16.count
        buffer.writeString(text)
    }
}
