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

    /// What stands for a client that the proxies do not name by an address. Spec: RFC 7239 §6.2
    static let unknown = "unknown"

    /// The address of the client.
    ///
    /// - Parameters:
    ///   - peer: The other end of the connection.
    ///   - fields: The request's.
    /// - Returns: The peer's address unless it is a trusted proxy that names another; ``unknown`` if what it names is none.
    func client(peer: String, fields: any RequestFields) -> String {
        guard isTrusted(peer) else { return peer }
        var client = peer
        for hop in hops(fields).reversed() {
            // Never the proxy's own address: whoever can spoil the field would pass for the proxy.
            guard let hop, let address = Self.address(hop) else { return Self.unknown }
            client = address
            guard isTrusted(address) else { return client }
        }
        return client
    }

    private func isTrusted(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return ranges.contains { $0.contains(address) }
    }

    /// From the client to the last proxy; `nil` for one that is not named.
    private func hops(_ fields: any RequestFields) -> [[UInt8]?] {
        let forwarded = Self.lines(of: "x-forwarded-for", fields).split(separator: UInt8(ascii: ","))
            .map { Self.trimmed($0) }.filter { !$0.isEmpty }
        guard forwarded.isEmpty else { return forwarded }
        return ForwardedElements(Self.lines(of: "forwarded", fields)).hops
    }

    /// Several lines of a field are one list.
    private static func lines(of name: String, _ fields: any RequestFields) -> [UInt8] {
        var bytes: [UInt8] = []
        fields.forEachValue(of: name) { value in
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += value
        }
        return bytes
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Array(bytes)
    }

    /// An address without its port and brackets; `nil` when it is none.
    private static func address(_ hop: [UInt8]) -> String? {
        if let address = plainAddress(hop[...]) { return address }
        if hop.first == UInt8(ascii: "["), let end = hop.firstIndex(of: UInt8(ascii: "]")) {
            return isPort(hop[(end + 1)...]) ? plainAddress(hop[1..<end]) : nil
        }
        guard let colon = hop.firstIndex(of: UInt8(ascii: ":")), isPort(hop[colon...]) else { return nil }
        return plainAddress(hop[..<colon])
    }

    private static func plainAddress(_ bytes: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return IPAddress(text) == nil ? nil : text
    }

    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        return first == UInt8(ascii: ":") && bytes.count > 1 && bytes.dropFirst().allSatisfy { $0 &- 0x30 < 10 }
    }
}

/// The `for` parameters of `Forwarded`, one for each element of its list.
///
/// Read strictly: a quotation mark that a client leaves open must not swallow what its proxy writes behind it, so a field
/// that is not well-formed names nobody.
///
/// Spec: RFC 7239 §4
private struct ForwardedElements {
    private let bytes: [UInt8]
    private var index = 0
    private(set) var hops: [[UInt8]?] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if !parse() { hops = [nil] }
    }

    private mutating func parse() -> Bool {
        var isEmpty = true
        var hop: [UInt8]?
        while true {
            skipBlanks()
            guard index < bytes.count else { break }
            switch bytes[index] {
            case UInt8(ascii: ","):
                index += 1
                if !isEmpty { hops.append(hop) }
                (isEmpty, hop) = (true, nil)
            case UInt8(ascii: ";"):
                index += 1
            default:
                guard let name = token(), index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return false }
                index += 1
                guard let value = index < bytes.count && bytes[index] == UInt8(ascii: "\"") ? quoted() : token() else {
                    return false
                }
                skipBlanks()
                if index < bytes.count, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: ";") {
                    return false
                }
                isEmpty = false
                if name.map({ $0 | 0x20 }) == Array("for".utf8) { hop = value }
            }
        }
        if !isEmpty { hops.append(hop) }
        return true
    }

    private mutating func skipBlanks() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    /// A token, and (since many write addresses without quotes) with colons and brackets.
    private mutating func token() -> [UInt8]? {
        let start = index
        while index < bytes.count, bytes[index] > 0x20, bytes[index] < 0x7F, !Self.delimiters.contains(bytes[index]) {
            index += 1
        }
        return index > start ? Array(bytes[start..<index]) : nil
    }

    private static let delimiters = Array("\"(),/;<=>?@\\{}".utf8)

    private mutating func quoted() -> [UInt8]? {
        var value: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\") {
                guard index < bytes.count else { return nil }
                value.append(bytes[index])
                index += 1
            } else {
                value.append(byte)
            }
        }
        return nil
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
