#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IP address as a number. One of version 4 is the number that it has within version 6 (`::ffff:0:0/96`), so that it is
/// the same however it was written.
package struct IPAddress: Sendable, Hashable {
    package let bits: UInt128

    /// - Parameter text: `192.0.2.1`, `2001:db8::1`, without port and brackets; anything else gives `nil`.
    package init?(_ text: String) {
        // To C the text would end there.
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bits = 0xFFFF_0000_0000 | UInt128(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        bits = withUnsafeBytes(of: six) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }

    /// Whether the address has version 4.
    package var isVersion4: Bool { bits >> 32 == 0xFFFF }
}

/// The addresses with a common beginning: `10.0.0.0/8`, `2001:db8::/32`, or one alone.
///
/// Spec: RFC 4632 §3.1, RFC 4291 §2.3
package struct AddressRange: Sendable, Hashable {
    private let first: UInt128
    private let mask: UInt128

    /// Why a text is no range.
    package enum Fault: Error, Sendable, Hashable {
        case malformed
        /// Bits behind the prefix are set: a misprint, or a range that is smaller than meant. The range that has them cleared.
        case hasHostBits(prefix: Int)
    }

    /// - Parameter text: an address, with or without `/` and the length of its prefix.
    /// - Throws: ``Fault``.
    package init(_ text: String) throws(Fault) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { throw .malformed }
        let isShort = address.isVersion4 && !parts[0].contains(":")
        let width = isShort ? 32 : 128
        var prefix = width
        if parts.count == 2 {
            guard let written = Int(parts[1]), parts[1].allSatisfy(\.isASCII), (0...width).contains(written),
                String(written) == parts[1]
            else { throw .malformed }
            prefix = written
        }
        let zeros = width - prefix
        mask = zeros >= 128 ? 0 : ~UInt128(0) << UInt128(zeros)
        first = address.bits
        guard first & ~mask == 0 else { throw .hasHostBits(prefix: prefix) }
    }

    package func contains(_ address: IPAddress) -> Bool { address.bits & mask == first }
}

extension AddressRange: CustomStringConvertible {
    /// `10.0.0.0/8`, `2001:db8::/32`.
    package var description: String {
        let isShort = first >> 32 == 0xFFFF && mask >> 32 == UInt128.max >> 32
        let prefix = mask.nonzeroBitCount - (isShort ? 96 : 0)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isShort {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: first).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = first.bigEndian
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(String(decoding: bytes, as: UTF8.self))/\(prefix)"
    }
}
