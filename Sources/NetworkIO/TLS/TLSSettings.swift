/// The oldest TLS version that is spoken.
package enum TLSVersion: String, Sendable, Hashable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
}

/// Where one certificate and its key come from.
package struct TLSIdentitySource: Sendable, Hashable {
    /// The certificate, then those of its issuers.
    package var certificate: PEMSource
    /// Its private key.
    package var key: PEMSource
    /// What the key is encrypted with; `nil` for a key that is not.
    package var passphrase: Secret?

    package init(certificate: PEMSource, key: PEMSource, passphrase: Secret? = nil) {
        self.certificate = certificate
        self.key = key
        self.passphrase = passphrase
    }

    /// Two files, the key not encrypted.
    package init(certificateFile: String, keyFile: String) {
        self.init(certificate: .file(certificateFile), key: .file(keyFile))
    }

    /// Those of the two that are files.
    var files: [String] { [certificate.path, key.path].compactMap { $0 } }
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
    package var identities: [TLSIdentitySource]
    /// Who may have issued the clients' certificates; `nil` asks for none.
    package var clientCA: [PEMSource]?
    package var clientCertificate = ClientCertificate.required
    package var minVersion = TLSVersion.tls12
    /// For TLS 1.2, in OpenSSL's notation; `nil` is Mozilla's "intermediate" list.
    package var ciphers: String?
    /// Protocols for ALPN, the preferred first; empty for none.
    package var protocols: [String] = []

    package init(identities: [TLSIdentitySource]) { self.identities = identities }

    /// All files that the settings name.
    package var files: [String] { identities.flatMap(\.files) + (clientCA ?? []).compactMap(\.path) }
}

/// What a TLS client shows and believes.
package struct TLSClientSettings: Sendable, Hashable {
    /// Who may have issued the server's certificate; `nil` is what the system trusts.
    package var ca: [PEMSource]?
    /// Our own certificate, where the server wants one.
    package var identity: TLSIdentitySource?
    /// The name that the server's certificate must have; `nil` is the host of the endpoint.
    package var serverName: String?
    package var minVersion = TLSVersion.tls12
    /// Believe any certificate: anybody on the way can read and change everything.
    package var isInsecure = false

    package init() {}

    /// All files that the settings name.
    package var files: [String] { (ca ?? []).compactMap(\.path) + (identity?.files ?? []) }
}
