/// The host a route is for: one name, or every name below a domain (`*.example.com`).
///
/// Compared without case, port and a final dot. `*.example.com` takes `a.b.example.com` too, but not `example.com`.
package struct HostPattern: Sendable, Hashable {
    package let text: String
    package let isWildcard: Bool
    /// Lower-case; with its leading dot when it is a wildcard.
    private let bytes: [UInt8]

    /// - Returns: `nil` when the text is neither a host name nor an address nor `*.` and a name.
    package init?(_ text: String) {
        var name = Substring(text.lowercased())
        isWildcard = name.hasPrefix("*.")
        if isWildcard { name = name.dropFirst() }
        if name.hasSuffix(".") { name = name.dropLast() }
        let isAddress = name.hasPrefix("[") && name.hasSuffix("]") && name.count > 3 && !isWildcard
        let body = isAddress ? name.dropFirst().dropLast() : isWildcard ? name.dropFirst() : name
        let isWellFormed = body.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
                || (isAddress && $0 == 0x3A)
        }
        guard !body.isEmpty, isWellFormed, !body.contains("..") else { return nil }
        self.text = (isWildcard ? "*" : "") + name
        bytes = Array(name.utf8)
    }

    /// Exact names before wildcards, long wildcards before short ones.
    var specificity: Int { isWildcard ? bytes.count : 1 << 20 }

    func matches(_ authority: UnsafeRawBufferPointer) -> Bool {
        let host = Self.host(of: authority)
        guard isWildcard ? host.count > bytes.count : host.count == bytes.count else { return false }
        let start = host.count - bytes.count
        for index in 0..<bytes.count where Self.lowercased(host[start + index]) != bytes[index] { return false }
        return true
    }

    /// The authority without user part, port and final dot.
    static func host(of authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = authority.count
        var index = end - 1
        while index >= 0, authority[index] != UInt8(ascii: "]") {
            if authority[index] == UInt8(ascii: ":") {
                end = index
                break
            }
            index -= 1
        }
        if end > 0, authority[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: authority[..<end])
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
