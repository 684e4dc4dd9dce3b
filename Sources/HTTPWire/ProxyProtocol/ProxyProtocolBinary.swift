#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Version 2: 12 bytes of signature, version and command, family and protocol, length; then addresses and TLVs of that length.
enum ProxyProtocolBinary {
    /// Up to and with the length.
    static let fixedBytes = 16

    // `bytes` is the whole header.
    static func read(_ bytes: [UInt8]) throws(ProxyProtocolError) -> ProxyProtocolHeader {
        guard bytes[12] >> 4 == 2 else { throw .unsupportedVersion }
        switch bytes[12] & 0x0F {
        // The balancer's own connection; what else stands there means nothing.
        case 0: return .local
        case 1: break
        default: throw .unsupportedCommand
        }
        let block = bytes[fixedBytes...]
        let (header, addressBytes) = try addresses(bytes[13], block)
        try checkValues(bytes, from: fixedBytes + addressBytes)
        return header
    }

    private static func addresses(
        _ familyAndProtocol: UInt8, _ block: ArraySlice<UInt8>
    ) throws(ProxyProtocolError) -> (ProxyProtocolHeader, count: Int) {
        switch familyAndProtocol {
        case 0x00: return (.local, 0)
        case 0x11: return (try client(block, AF_INET, addressBytes: 4), 12)
        case 0x21: return (try client(block, AF_INET6, addressBytes: 16), 36)
        case 0x31:
            guard block.count >= 216 else { throw .malformedAddresses }
            return (.unixClient, 216)
        // Datagrams, and what is not defined.
        default: throw .unsupportedFamily
        }
    }

    /// Source and destination, then their ports.
    private static func client(
        _ block: ArraySlice<UInt8>, _ family: CInt, addressBytes: Int
    ) throws(ProxyProtocolError) -> ProxyProtocolHeader {
        guard block.count >= 2 * addressBytes + 4, let text = IPText.text(block.prefix(addressBytes), family) else {
            throw .malformedAddresses
        }
        let port = block.startIndex + 2 * addressBytes
        return .client(address: text, port: UInt16(block[port]) << 8 | UInt16(block[port + 1]))
    }

    /// PP2_TYPE_CRC32C
    private static let checksumType: UInt8 = 0x03

    /// Every TLV must fit. None is needed; a checksum must be right.
    private static func checkValues(_ bytes: [UInt8], from start: Int) throws(ProxyProtocolError) {
        var index = start
        var checksum: Range<Int>?
        while index < bytes.count {
            guard bytes.count - index >= 3 else { throw .malformedValue }
            let count = Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            let value = (index + 3)..<(index + 3 + count)
            guard value.upperBound <= bytes.count else { throw .malformedValue }
            if bytes[index] == checksumType {
                guard checksum == nil, count == 4 else { throw .malformedValue }
                checksum = value
            }
            index = value.upperBound
        }
        guard let checksum else { return }
        var copy = bytes
        for index in checksum { copy[index] = 0 }
        let expected = bytes[checksum].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard CRC32C.of(copy) == expected else { throw .wrongChecksum }
    }
}

/// The checksum of Castagnoli. Spec: RFC 9260 appendix A
enum CRC32C {
    static func of(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }
}
