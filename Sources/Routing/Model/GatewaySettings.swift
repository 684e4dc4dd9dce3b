/// What `gateway:` says: where to listen, how much to take, how to stop.
package struct GatewaySettings: Sendable, Hashable {
    package var listen: [ListenerSettings]
    package var limits: GatewayLimits
    package var shutdown: ShutdownSettings
    /// Proxies whose word about the client's address is taken.
    package var trustedProxies: [AddressRange] = []
    package var logging = LoggingSettings.defaults
    /// `nil` without traces of the gateway's own.
    package var tracing: TracingSettings?
    /// For operators and probes; `nil` for no such listener.
    package var admin: AdminSettings?

    /// Without a `gateway:` section: HTTP/1.1 and HTTP/2 without TLS on port 8080 of every IPv4 address.
    package static let defaults = GatewaySettings(
        listen: [ListenerSettings(address: EndpointAddress(host: "0.0.0.0", port: 8080), place: nil)],
        limits: .defaults, shutdown: .defaults)
}

/// One address to listen on.
package struct ListenerSettings: Sendable, Hashable {
    package var address: EndpointAddress
    /// Never empty; `h2` only with TLS, `h2c` only without.
    package var protocols: Set<HTTPProtocol> = [.http1, .h2c]
    /// `nil` for a listener without TLS.
    package var tls: ListenerTLS?
    /// `nil` for a listener that clients connect to themselves.
    package var proxyProtocol: ProxyProtocolSettings?
    /// Where it is written; `nil` for the default listener.
    package var place: SourcePlace?

    package init(address: EndpointAddress, place: SourcePlace?) {
        self.address = address
        self.place = place
    }
}

/// A host name or IP address, and a port. IPv6 addresses are kept without their brackets.
package struct EndpointAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    /// 0 only for a listener: any free port.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, `1.2.3.4:port` or `[::1]:port`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        var host = text[..<colon]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        let isBracketed = host.hasPrefix("[")
        if isBracketed {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
        }
        let isWellFormed = host.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                || $0 == 0x2E || $0 == 0x5F || (isBracketed && ($0 == 0x3A || $0 == 0x25))
        }
        guard !host.isEmpty, isWellFormed, isBracketed == host.utf8.contains(UInt8(ascii: ":")) else { return nil }
        self.host = String(host)
        self.port = port
    }

    package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// How much of everything a client may use. Bytes, or counts; each is a refusal with its own status when it is
/// exceeded.
package struct GatewayLimits: Sendable, Hashable {
    /// Request target, bytes. Beyond: 414.
    package var uri = 8 << 10
    /// All field lines together, bytes. Beyond: 431.
    package var headers = 16 << 10
    /// Number of field lines. Beyond: 431.
    package var headerCount = 100
    /// Request body, bytes; a route may have its own. Beyond: 413.
    package var body = 1 << 20
    /// From a TLS connection's beginning to the end of its handshake. Beyond: closed.
    package var handshakeTimeout = Duration.seconds(10)
    /// From the first byte of a request to the end of its head. Beyond: 408.
    package var headerTimeout = Duration.seconds(10)
    /// From the end of the head to the end of the body, and a second more for each KiB received. Beyond: 408.
    package var bodyTimeout = Duration.seconds(15)
    /// How long a connection may be kept without a request.
    package var idleTimeout = Duration.seconds(60)
    /// Connections open at the same time, all listeners together.
    package var connections = 10_000
    /// Requests of one HTTP/1.1 connection that are read ahead of their answers.
    package var pipelined = 32
    /// Requests of one HTTP/2 connection at the same time. Beyond: refused, or the end of the connection.
    package var streams = 128
    /// Requests of one connection, after which its client is asked to open another; `nil` for as many as it likes.
    package var requestsPerConnection: Int?
    package var http2 = HTTP2Settings()

    package static let defaults = GatewayLimits()
}

/// What only HTTP/2 has to bound.
package struct HTTP2Settings: Sendable, Hashable {
    /// Bytes of a body that a client may send on a stream before any was taken.
    package var window = 64 << 10
    /// The same for all streams of a connection together.
    package var connectionWindow = 1 << 20
    /// Streams that may be reset beyond those that were answered. Beyond: ENHANCE_YOUR_CALM.
    package var resets = 200
    /// Frames that bring nothing, beyond a fair share. Beyond: ENHANCE_YOUR_CALM.
    package var idleFrames = 1000

    package init() {}
}

/// A protocol that a listener speaks.
package enum HTTPProtocol: String, Sendable, Hashable, CaseIterable {
    /// HTTP/1.1 and 1.0.
    case http1
    /// HTTP/2 over TLS, chosen by ALPN.
    case h2
    /// HTTP/2 without TLS, by prior knowledge.
    case h2c
}

/// How the gateway stops.
package struct ShutdownSettings: Sendable, Hashable {
    /// How long it still takes connections, each answer asking its client to close, so that balancers turn away first. None
    /// unless written: without a readiness check nobody could see it.
    package var notReadyFor = Duration.zero
    /// How long requests in flight may take after that.
    package var drain = Duration.seconds(25)

    package static let defaults = ShutdownSettings()
}
