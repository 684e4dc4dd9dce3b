/// What a balancer says of a connection before the connection's own bytes.
///
/// Spec: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt §2
package enum ProxyProtocolHeader: Sendable, Hashable {
    /// The balancer speaks for a client with this address: `192.0.2.1`, `2001:db8::1`.
    case client(address: String, port: UInt16)
    /// The balancer speaks for a client of a Unix socket, which has no address.
    case unixClient
    /// The balancer speaks for itself (`LOCAL`: a health check), or does not say for whom (`UNKNOWN`, `UNSPEC`): the connection's own
    /// address counts.
    case local
}

/// Why bytes are no PROXY protocol header. After any of these the connection ends: what follows may be anything.
package enum ProxyProtocolError: Error, Sendable, Hashable, CaseIterable {
    /// The first bytes are neither version's.
    case missing
    /// Version 1: longer than 107 bytes, or not ended by CR LF.
    case lineTooLong
    case malformedLine
    /// Version 2.
    case unsupportedVersion, unsupportedCommand, unsupportedFamily
    /// Version 2: the addresses, or a TLV, do not fit the length; or the length is above the bound.
    case malformedAddresses, malformedValue, tooLong
    /// Version 2: the bytes are not those that the balancer sent.
    case wrongChecksum

    /// A stable word for logs.
    package var code: String {
        switch self {
        case .missing: "missing"
        case .lineTooLong: "line_too_long"
        case .malformedLine: "malformed_line"
        case .unsupportedVersion: "unsupported_version"
        case .unsupportedCommand: "unsupported_command"
        case .unsupportedFamily: "unsupported_family"
        case .malformedAddresses: "malformed_addresses"
        case .malformedValue: "malformed_value"
        case .tooLong: "too_long"
        case .wrongChecksum: "wrong_checksum"
        }
    }
}
