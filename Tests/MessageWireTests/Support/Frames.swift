import MessageWire
import NIOCore

/// What a decoder gave for some segments.
struct Decoded: Equatable {
    var frames: [[UInt8]] = []
    var error: MessageWireError?

    /// The frames as text.
    var texts: [String] { frames.map { String(decoding: $0, as: UTF8.self) } }
}

/// Feeds segments to a new decoder, takes out what is whole after each.
func decode(_ segments: [[UInt8]], limits: FrameLimits = .defaults) -> Decoded {
    var decoder = FrameDecoder(limits: limits)
    var decoded = Decoded()
    for segment in segments where decoded.error == nil {
        decoder.received(ByteBuffer(bytes: segment))
        do throws(MessageWireError) {
            while let frame = try decoder.next() {
                decoded.frames.append(decoder.storage.getBytes(at: frame.lowerBound, length: frame.count) ?? [])
            }
        } catch {
            decoded.error = error
        }
        decoder.reclaim()
    }
    return decoded
}

/// All the ways to cut bytes that a machine has to be indifferent to: whole, byte by byte, and once at every offset (at a
/// sample of offsets if there are many).
func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
    let stride = max(1, bytes.count / 150)
    return [[bytes], bytes.map { [$0] }]
        + Swift.stride(from: 0, through: bytes.count, by: stride).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
}

/// The bytes of a frame with its plain length.
func frame(_ json: String) -> [UInt8] { Array("\(json.utf16.count)#\(json)".utf8) }

/// Bytes that `body` writes.
func encoded(_ body: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    body(&buffer)
    return Array(buffer.readableBytesView)
}
