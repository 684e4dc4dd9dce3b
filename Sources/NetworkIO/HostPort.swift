/// A host name or IP literal with a port, as written in `listen` and `endpoints`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// Name, IPv4 literal, or IPv6 literal without brackets.
    package var host: String
    /// 0 (choose a free one; only for listening) to 65535.
    package var port: Int

    /// Makes an address from its two parts.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or `[v6]:port`.
    ///
    /// - Throws: ``NetworkIOError/malformedAddress(_:)``.
    package init(_ text: String) throws(NetworkIOError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .malformedAddress(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .malformedAddress(text)
        }
        guard !host.isEmpty else { throw .malformedAddress(text) }
        self.init(host: String(host), port: Int(port))
    }

    /// `host:port`, an IPv6 literal in brackets.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
