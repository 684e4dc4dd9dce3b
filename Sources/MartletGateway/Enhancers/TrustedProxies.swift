import Pipeline
import Routing

/// Finds the client behind proxies whose word is taken: `gateway.trustedProxies`.
///
/// Each proxy notes at the end of `X-Forwarded-For` from whom it got the request. Read from the end, the first address that is no
/// trusted proxy is the client; what stands before it anybody may have written. Without that field the `for` parameters of
/// `Forwarded` are read the same way.
///
/// Spec: RFC 7239 §5.2, §7.4
struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    /// - Parameter ranges: Where the proxies are; `nil` comes back for none.
    init?(_ ranges: [AddressRange]) {
        guard !ranges.isEmpty else { return nil }
        self.ranges = ranges
    }

    /// The address of the client.
    ///
    /// - Parameters:
    ///   - peer: The other end of the connection.
    ///   - fields: The request's.
    /// - Returns: The peer's address unless it is a trusted proxy that names another.
    func client(peer: String, fields: any RequestFields) -> String {
        guard isTrusted(peer) else { return peer }
        var client = peer
        for hop in hops(fields).reversed() {
            // What is no address (`unknown`, a made-up name) ends what is known.
            guard let address = Self.address(hop) else { return client }
            client = address
            guard isTrusted(address) else { return client }
        }
        return client
    }

    private func isTrusted(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return ranges.contains { $0.contains(address) }
    }

    /// From the client to the last proxy.
    private func hops(_ fields: any RequestFields) -> [Substring] {
        let forwarded = Self.list(of: "x-forwarded-for", fields)
        guard forwarded.isEmpty else { return forwarded }
        return Self.list(of: "forwarded", fields).map { element in
            for pair in element.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, Self.trimmed(parts[0]).lowercased() == "for" else { continue }
                var value = Self.trimmed(parts[1])
                if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
                return value
            }
            return "unknown"
        }
    }

    private static func list(of name: String, _ fields: any RequestFields) -> [Substring] {
        var text = ""
        fields.forEachValue(of: name) { value in
            if !text.isEmpty { text += "," }
            text += String(decoding: value, as: UTF8.self)
        }
        return text.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// An address without its port and brackets; `nil` when it is none.
    private static func address(_ hop: Substring) -> String? {
        if IPAddress(String(hop)) != nil { return String(hop) }
        let host: Substring
        if hop.first == "[", let end = hop.firstIndex(of: "]") {
            host = hop[hop.index(after: hop.startIndex)..<end]
            guard isPort(hop[hop.index(after: end)...]) else { return nil }
        } else if let colon = hop.firstIndex(of: ":"), isPort(hop[colon...]) {
            host = hop[..<colon]
        } else {
            return nil
        }
        return IPAddress(String(host)) == nil ? nil : String(host)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty
            || (text.first == ":" && text.count > 1 && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber })
    }
}

/// The facts of a connection, for a request that came through a proxy.
final class ForwardedFacts: RequestFacts {
    let clientAddress: String
    private let connection: any RequestFacts

    init(_ connection: any RequestFacts, clientAddress: String) {
        self.connection = connection
        self.clientAddress = clientAddress
    }

    var requestID: String { connection.requestID }
    var receivedAt: String { connection.receivedAt }
    var tlsSubject: String? { connection.tlsSubject }
}
