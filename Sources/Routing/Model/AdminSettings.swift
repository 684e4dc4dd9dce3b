/// What `gateway.admin:` says: where operators and probes look, who may, and when the gateway counts as ready.
package struct AdminSettings: Sendable, Hashable {
    /// The loopback unless written; port 0 only in tests.
    package var address = EndpointAddress(host: "127.0.0.1", port: AdminSettings.defaultPort)
    /// What a client has to show; `nil` for nothing, which only an address of this machine may have.
    package var token: AdminToken?
    /// Which services must be up for `/readyz` to say so.
    package var ready = ReadinessPolicy.none
    /// Whether `/` is the live page.
    package var page = true
    /// Connections at the same time. Beyond: closed at once.
    package var connections = 64
    /// Where the section stands.
    package var place: SourcePlace

    package static let defaultPort = 9901

    package init(place: SourcePlace) { self.place = place }

    /// Whether only this machine can reach the address: `localhost`, 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        if address.host.lowercased() == "localhost" { return true }
        guard let ip = IPAddress(address.host) else { return false }
        return ip.isVersion4 ? (ip.bits >> 24) & 0xFF == 127 : ip.bits == 1
    }
}

/// A secret that the admin listener knows; never shown.
package enum AdminToken: Sendable, Hashable {
    /// A path from where the route file was loaded; each line of the file is a token, so that one can be replaced by another.
    case file(String)
    /// Of each token the SHA-256, 32 bytes.
    case sha256([[UInt8]])
}

/// Which services must have a connection for the gateway to be ready.
package enum ReadinessPolicy: Sendable, Hashable {
    /// None: ready as soon as it listens.
    case none
    case all
    /// By name; each stands under `services:`.
    case services([String])
}
