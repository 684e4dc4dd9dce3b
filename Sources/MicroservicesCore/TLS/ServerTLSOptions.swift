import NetworkIO

/// A service over TLS: NestJS's `tlsOptions` of a TCP server.
///
/// ```swift
/// let tls = ServerTLSOptions(certificate: "service.pem", key: "service.key")
/// let service = Microservice(transport: .tcp(port: 3000, tls: tls))
/// ```
///
/// Files that change while the service runs are read again, for new connections; see ``Microservice``.
///
/// Source: docs/tls.md
public struct ServerTLSOptions: Sendable, Hashable {
    /// The certificate, then those of its issuers (`cert`).
    public var certificate: PEM
    /// Its private key (`key`).
    public var key: PEM
    /// What the key is encrypted with (`passphrase`); not looked at when it is not. Never shown.
    public var passphrase: String? {
        get { secret?.text }
        set { secret = newValue.map(Secret.init) }
    }
    /// Who may have issued the callers' certificates (`ca` with `requestCert`): all of these, and nobody else; nil asks for
    /// none.
    public var clientCA: [PEM]?
    /// With ``clientCA``: whether a caller without a certificate is turned away (`rejectUnauthorized`).
    public var requiresClientCertificate = true
    /// The oldest version that is spoken (`minVersion`).
    public var minVersion = TLSProtocolVersion.tls12
    private var secret: Secret?

    /// A certificate and its key.
    ///
    /// - Parameters:
    ///   - certificate: The certificate, then those of its issuers.
    ///   - key: Its private key.
    ///   - passphrase: What the key is encrypted with, if it is.
    ///   - clientCA: Who may have issued the callers' certificates; nil asks for none.
    public init(certificate: PEM, key: PEM, passphrase: String? = nil, clientCA: [PEM]? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
        self.passphrase = passphrase
    }

    var settings: TLSServerSettings {
        let identity = TLSIdentitySource(certificate: certificate.source, key: key.source, passphrase: secret)
        var settings = TLSServerSettings(identities: [identity])
        settings.clientCA = clientCA.map { $0.map(\.source) }
        settings.clientCertificate = requiresClientCertificate ? .required : .optional
        settings.minVersion = minVersion.version
        return settings
    }
}

/// A version of TLS.
public enum TLSProtocolVersion: Sendable, Hashable {
    /// TLS 1.2. Spec: RFC 5246
    case tls12
    /// TLS 1.3. Spec: RFC 8446
    case tls13

    var version: TLSVersion {
        switch self {
        case .tls12: .tls12
        case .tls13: .tls13
        }
    }
}
