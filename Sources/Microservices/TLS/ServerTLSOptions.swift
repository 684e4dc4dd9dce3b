import NetworkIO

/// A service over TLS: NestJS's `tlsOptions` of a TCP server.
///
/// ```swift
/// let tls = ServerTLSOptions(certificate: "service.pem", key: "service.key")
/// let service = Microservice(transport: .tcp(port: 3000, tls: tls))
/// ```
///
/// Source: docs/tls.md
public struct ServerTLSOptions: Sendable, Hashable {
    /// A PEM file: the certificate, then those of its issuers (`cert`).
    public var certificate: String
    /// A PEM file: the private key, not encrypted (`key`).
    public var key: String
    /// A PEM file: who may have issued the callers' certificates (`ca` with `requestCert`); nil asks for none.
    public var clientCA: String?
    /// With ``clientCA``: whether a caller without a certificate is turned away (`rejectUnauthorized`).
    public var requiresClientCertificate = true
    /// The oldest version that is spoken.
    public var minVersion = TLSProtocolVersion.tls12

    /// A certificate and its key.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    var settings: TLSServerSettings {
        var settings = TLSServerSettings(identities: [TLSIdentityFiles(certificate: certificate, key: key)])
        settings.clientCA = clientCA
        settings.clientCertificate = requiresClientCertificate ? .required : .optional
        settings.minVersion = minVersion == .tls12 ? .tls12 : .tls13
        return settings
    }
}

/// Whom a client proxy believes and what it shows: NestJS's `tlsOptions` of a TCP client.
///
/// Source: docs/tls.md
public struct ClientTLSOptions: Sendable, Hashable {
    /// A PEM file: who may have issued the service's certificate (`ca`); nil is what the system trusts.
    public var ca: String?
    /// A PEM file: our own certificate, for services that want one (`cert`); needs ``key``.
    public var certificate: String?
    /// A PEM file: its private key (`key`).
    public var key: String?
    /// The name that the service's certificate must have (`servername`); nil is the host.
    public var serverName: String?
    /// The oldest version that is spoken.
    public var minVersion = TLSProtocolVersion.tls12
    /// Believe any certificate (`rejectUnauthorized: false`): anybody on the way can read and change everything.
    public var isInsecure = false

    /// What the system trusts, no certificate of our own.
    public init() {}

    var settings: TLSClientSettings {
        var settings = TLSClientSettings()
        settings.ca = ca
        if let certificate, let key { settings.identity = TLSIdentityFiles(certificate: certificate, key: key) }
        settings.serverName = serverName
        settings.minVersion = minVersion == .tls12 ? .tls12 : .tls13
        settings.isInsecure = isInsecure
        return settings
    }
}

/// A version of TLS.
public enum TLSProtocolVersion: Sendable, Hashable {
    /// TLS 1.2. Spec: RFC 5246
    case tls12
    /// TLS 1.3. Spec: RFC 8446
    case tls13
}

extension ClientConfiguration {
    /// The same service over TLS.
    ///
    /// - Parameter options: Whom to believe and what to show.
    /// - Returns: The configuration for a ``ClientProxy``.
    /// - Throws: ``MicroserviceError`` `badCertificate` when a file cannot be used; its message says which and why.
    public func secured(by options: ClientTLSOptions) throws -> ClientConfiguration {
        guard (options.certificate == nil) == (options.key == nil) else {
            throw MicroserviceError(.badCertificate, "a certificate needs its key, and a key its certificate")
        }
        var secured = self
        do throws(TLSConfigurationError) {
            secured.tls = TLSContextBox(try TLSClientContext(options.settings))
        } catch {
            throw MicroserviceError(.badCertificate, "\(error)", cause: error)
        }
        return secured
    }
}
