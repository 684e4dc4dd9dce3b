import NIOCore

/// Writes frames, each in one piece: the length is known before the first byte, so nothing is moved or copied twice.
///
/// The text is what a NestJS peer of version 11 writes, member by member. Data, values, errors and ids are JSON text that was
/// checked before; the units that come with them must be theirs, or the peer will end the connection.
///
/// Spec: docs/wire-protocol.md, "Frames"
package enum FrameEncoder {
    /// JSON text that was checked, with its length.
    package struct Text {
        /// The text, valid UTF-8.
        package var bytes: UnsafeRawBufferPointer
        /// UTF-16 code units of the text.
        package var units: Int

        /// Text whose units are known.
        package init(_ bytes: UnsafeRawBufferPointer, units: Int) {
            self.bytes = bytes
            self.units = units
        }

        /// Text whose units are counted now.
        package init(counting bytes: UnsafeRawBufferPointer) {
            self.init(bytes, units: UTF16Count.of(bytes))
        }
    }

    /// One frame of an answer.
    package enum Reply {
        /// A value; if it is the last one the exchange ends with it.
        case value(Text, isLast: Bool)
        /// An error, which ends the exchange. The text should be truthy in JavaScript, or the client takes it for none.
        case error(Text)
        /// The end of an exchange without a (further) value.
        case completed
    }

    /// Writes a request, or an event if there is no id.
    ///
    /// - Parameters:
    ///   - pattern: where it goes.
    ///   - data: JSON text.
    ///   - dataUnits: UTF-16 code units of `data`.
    ///   - id: the request's id; nil makes an event.
    ///   - metadata: JSON text of an object and its UTF-16 code units, for peers that read it; others ignore it.
    ///   - buffer: gets the frame behind what it holds.
    package static func request(
        _ pattern: CompiledPattern, data: UnsafeRawBufferPointer, dataUnits: Int, id: PacketID?,
        metadata: (UnsafeRawBufferPointer, Int)? = nil, into buffer: inout ByteBuffer
    ) {
        let idUnits = id == nil ? 0 : 8 + PacketID.digits
        let metadataUnits = metadata.map { 12 + $0.1 } ?? 0
        let metadataBytes = metadata.map { 12 + $0.0.count } ?? 0
        let units = pattern.headUnits + dataUnits + idUnits + metadataUnits + 1
        let bytes = pattern.head.count + data.count + idUnits + metadataBytes + 1
        frame(units: units, bytes: bytes, into: &buffer) { sink in
            pattern.head.withUnsafeBytes { sink.write($0) }
            sink.write(data)
            if let (metadata, _) = metadata {
                sink.write(",\"metadata\":")
                sink.write(metadata)
            }
            if let id {
                sink.write(",\"id\":\"")
                sink.write(id)
                sink.write("\"}")
            } else {
                sink.write("}")
            }
        }
    }

    /// Writes one frame of an answer.
    ///
    /// - Parameters:
    ///   - reply: what it says.
    ///   - id: the request's id, the raw JSON text as it came.
    ///   - buffer: gets the frame behind what it holds.
    package static func reply(_ reply: Reply, id: Text, into buffer: inout ByteBuffer) {
        switch reply {
        case .value(let value, isLast: true):
            members("{\"response\":", value, ",\"isDisposed\":true,\"id\":", id, "}", into: &buffer)
        case .value(let value, isLast: false):
            members("{\"response\":", value, ",\"id\":", id, "}", into: &buffer)
        case .error(let error):
            members("{\"err\":", error, ",\"isDisposed\":true,\"id\":", id, "}", into: &buffer)
        case .completed:
            members("{\"isDisposed\":true,\"id\":", id, "}", .none, "", into: &buffer)
        }
    }

    /// Writes the answer to a request that nobody handles.
    ///
    /// - Parameters:
    ///   - id: the request's id, the raw JSON text as it came.
    ///   - buffer: gets the frame behind what it holds.
    package static func noHandler(id: Text, into buffer: inout ByteBuffer) {
        members(
            "{\"id\":", id,
            ",\"status\":\"error\",\"err\":\"There is no matching message handler defined in the remote service.\"}",
            .none, "", into: &buffer)
    }

    /// Writes a frame of text that is a whole packet already.
    ///
    /// - Parameters:
    ///   - text: the packet.
    ///   - buffer: gets the frame behind what it holds.
    package static func packet(_ text: Text, into buffer: inout ByteBuffer) {
        members("", text, "", .none, "", into: &buffer)
    }

    /// Writes two texts between three pieces of ASCII.
    @inline(__always)
    private static func members(
        _ first: StaticString, _ one: Text, _ second: StaticString, _ other: Text?, _ third: StaticString,
        into buffer: inout ByteBuffer
    ) {
        let ascii = first.utf8CodeUnitCount + second.utf8CodeUnitCount + third.utf8CodeUnitCount
        let units = ascii + one.units + (other?.units ?? 0)
        let bytes = ascii + one.bytes.count + (other?.bytes.count ?? 0)
        frame(units: units, bytes: bytes, into: &buffer) { sink in
            sink.write(first)
            sink.write(one.bytes)
            sink.write(second)
            if let other { sink.write(other.bytes) }
            sink.write(third)
        }
    }

    /// Writes the length and the `#`, and lets `body` write the `bytes` behind them.
    @inline(__always)
    private static func frame(
        units: Int, bytes: Int, into buffer: inout ByteBuffer, _ body: (inout Sink) -> Void
    ) {
        let digits = DecimalDigits.count(units)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: digits + 1 + bytes) { space in
            var sink = Sink(space: space)
            sink.write(decimal: units, digits: digits)
            body(&sink)
            return sink.written
        }
    }
}

/// The number of decimal digits.
enum DecimalDigits {
    /// The digits of a number that is not negative.
    @inline(__always)
    static func count(_ value: Int) -> Int {
        var digits = 1
        var limit = 10
        while value >= limit, digits < 19 {
            digits &+= 1
            limit = limit.multipliedReportingOverflow(by: 10).partialValue
        }
        return digits
    }
}

/// Room for a frame, filled from the front. Writing beyond its end traps.
private struct Sink {
    let space: UnsafeMutableRawBufferPointer
    var written = 0

    @inline(__always)
    private mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= space.count &- written, "a frame outgrew its own length")
        defer { written &+= count }
        return UnsafeMutableRawBufferPointer(start: space.baseAddress.map { $0 + written }, count: count)
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        take(bytes.count).copyMemory(from: bytes)
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func write(_ id: PacketID) {
        id.write(to: take(PacketID.digits))
    }

    /// Writes the number and a `#`.
    @inline(__always)
    mutating func write(decimal value: Int, digits: Int) {
        let place = take(digits &+ 1)
        place[digits] = 0x23
        var rest = value
        var index = digits
        while index > 0 {
            index &-= 1
            place[index] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
            rest /= 10
        }
    }
}
