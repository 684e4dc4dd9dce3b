/// The oldest TLS version that is spoken.
package enum TLSVersion: String, Sendable, Hashable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
}

/// The files of one certificate.
package struct TLSIdentityFiles: Sendable, Hashable {
    /// PEM: the certificate, then those of its issuers.
    package var certificate: String
    /// PEM: its private key, not encrypted.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// What a TLS server shows and wants.
package struct TLSServerSettings: Sendable, Hashable {
    /// Whether clients have to show a certificate.
    package enum ClientCertificate: String, Sendable, Hashable, CaseIterable {
        /// No certificate, no connection.
        case required
        /// One that is shown must be good.
        case optional
    }

    /// Never empty. The first is for clients that name no host, or one that none is for.
    package var identities: [TLSIdentityFiles]
    /// PEM: who may have issued the clients' certificates; `nil` asks for none.
    package var clientCA: String?
    package var clientCertificate = ClientCertificate.required
    package var minVersion = TLSVersion.tls12
    /// For TLS 1.2, in OpenSSL's notation; `nil` is Mozilla's "intermediate" list.
    package var ciphers: String?
    /// Protocols for ALPN, the preferred first; empty for none.
    package var protocols: [String] = []

    package init(identities: [TLSIdentityFiles]) { self.identities = identities }

    /// All files that the settings name.
    package var files: [String] { identities.flatMap { [$0.certificate, $0.key] } + [clientCA].compactMap { $0 } }
}

/// What a TLS client shows and believes.
package struct TLSClientSettings: Sendable, Hashable {
    /// PEM: who may have issued the server's certificate; `nil` is what the system trusts.
    package var ca: String?
    /// Our own certificate, where the server wants one.
    package var identity: TLSIdentityFiles?
    /// The name that the server's certificate must have; `nil` is the host of the endpoint.
    package var serverName: String?
    package var minVersion = TLSVersion.tls12
    /// Believe any certificate: anybody on the way can read and change everything.
    package var isInsecure = false

    package init() {}

    /// All files that the settings name.
    package var files: [String] {
        [ca].compactMap { $0 } + (identity.map { [$0.certificate, $0.key] } ?? [])
    }
}
