/// Reads a PROXY protocol header of version 1 or 2 from the first bytes of a connection, however they are cut.
///
/// A byte that no header has at its place ends it at once: a client that speaks HTTP by mistake is not waited for.
package struct ProxyProtocolParser: Sendable {
    /// The longest line of version 1, with its CR LF.
    package static let maxLineBytes = 107
    /// The longest header of version 2 that is taken. The addresses have at most 216 bytes; TLVs with a client's certificate name,
    /// ALPN and the like some hundred.
    package static let maxBinaryBytes = 4096

    private var bytes: [UInt8] = []

    package init() {}

    /// Takes bytes of the connection.
    ///
    /// - Parameter input: What came.
    /// - Returns: How many bytes belong to the header, and the header when it is whole. Not to be called again then.
    /// - Throws: ``ProxyProtocolError``; not to be called again then.
    package mutating func bytesReceived(
        _ input: UnsafeRawBufferPointer
    ) throws(ProxyProtocolError) -> (consumed: Int, header: ProxyProtocolHeader?) {
        for (index, byte) in input.enumerated() {
            bytes.append(byte)
            if let header = try look() { return (index + 1, header) }
        }
        return (input.count, nil)
    }

    /// Looks at the byte that came last.
    private func look() throws(ProxyProtocolError) -> ProxyProtocolHeader? {
        if bytes[0] == Self.linePrefix[0] { return try lookAtLine() }
        return try lookAtBinary()
    }

    private static let linePrefix = Array("PROXY ".utf8)
    private static let signature: [UInt8] = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    private func lookAtLine() throws(ProxyProtocolError) -> ProxyProtocolHeader? {
        let last = bytes.count - 1
        if last < Self.linePrefix.count {
            guard bytes[last] == Self.linePrefix[last] else { throw .missing }
            return nil
        }
        guard bytes[last] == UInt8(ascii: "\n") else {
            guard bytes.count < Self.maxLineBytes else { throw .lineTooLong }
            return nil
        }
        guard bytes[last - 1] == UInt8(ascii: "\r") else { throw .malformedLine }
        return try ProxyProtocolLine.read(bytes[Self.linePrefix.count..<(last - 1)])
    }

    private func lookAtBinary() throws(ProxyProtocolError) -> ProxyProtocolHeader? {
        let last = bytes.count - 1
        if last < Self.signature.count {
            guard bytes[last] == Self.signature[last] else { throw .missing }
            return nil
        }
        guard bytes.count >= ProxyProtocolBinary.fixedBytes else { return nil }
        let total = ProxyProtocolBinary.fixedBytes + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard total <= Self.maxBinaryBytes else { throw .tooLong }
        guard bytes.count == total else { return nil }
        return try ProxyProtocolBinary.read(bytes)
    }
}
