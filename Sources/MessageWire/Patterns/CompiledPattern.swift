import NIOCore

/// A pattern made ready for sending: the bytes of every packet that goes to it, up to its data.
///
/// Made once, when a route file is loaded or a client proxy is built.
package struct CompiledPattern: Sendable, Hashable {
    /// `{"pattern":P,"data":`
    package let head: [UInt8]
    /// UTF-16 code units of `head`.
    package let headUnits: Int

    /// A pattern for requests: it goes out as it is, members in JavaScript's order.
    package init(send pattern: JSONValue) {
        self.init(wire: pattern.javaScriptNormalized)
    }

    /// A pattern for events: objects, arrays and numbers go out as a string that holds their normal form.
    package init(emit pattern: JSONValue) {
        switch pattern {
        case .null, .bool, .string: self.init(wire: pattern)
        case .number, .array, .object: self.init(wire: .string(PatternNormalizer.normalize(pattern)))
        }
    }

    private init(wire pattern: JSONValue) {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.ascii("{\"pattern\":")
        writer.value(pattern)
        writer.ascii(",\"data\":")
        head = Array(writer.buffer.readableBytesView)
        headUnits = writer.utf16Count
    }
}
