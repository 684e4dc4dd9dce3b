public import NIOCore

/// One packet a line: newline-delimited JSON, which every command line and log shipper can read and write.
///
/// ```
/// $ printf '{"pattern":"sum","data":[1,2],"id":"a"}\n' | nc -N 127.0.0.1 3000
/// {"response":3,"isDisposed":true,"id":"a"}
/// ```
///
/// CR LF ends a line as well, empty lines mean nothing.
///
/// Spec: https://github.com/ndjson/ndjson-spec
public struct NDJSONFraming: MessageFraming {
    /// So many bytes in front hold no line feed.
    private var searched = 0

    /// The framing, at the beginning of a stream.
    public init() {}

    /// Takes the next line that is not empty.
    ///
    /// - Parameter bytes: What was received.
    /// - Returns: The line; nil when none has ended.
    public mutating func readPacket(from bytes: inout ByteBuffer) -> ByteBuffer? {
        while let end = bytes.readableBytesView.dropFirst(searched).firstIndex(of: Self.lineFeed) {
            searched = 0
            let line = bytes.readSlice(length: end - bytes.readerIndex)
            bytes.moveReaderIndex(forwardBy: 1)
            if let line, !line.readableBytesView.allSatisfy(Self.isSpace) { return line }
        }
        searched = bytes.readableBytes
        return nil
    }

    /// Appends a line.
    ///
    /// - Parameters:
    ///   - json: The packet; a line feed in it can only be white space between tokens, and becomes a blank.
    ///   - bytes: Gets the line.
    public func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {
        let start = bytes.writerIndex
        bytes.writeImmutableBuffer(json)
        var searched = start
        while let index = bytes.viewBytes(at: searched, length: bytes.writerIndex - searched)?
            .firstIndex(of: Self.lineFeed)
        {
            bytes.setInteger(0x20 as UInt8, at: index)
            searched = index + 1
        }
        bytes.writeInteger(Self.lineFeed)
    }

    private static let lineFeed: UInt8 = 0x0A

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

extension MessageFraming where Self == NDJSONFraming {
    /// One packet a line.
    public static var ndjson: NDJSONFraming { NDJSONFraming() }
}
