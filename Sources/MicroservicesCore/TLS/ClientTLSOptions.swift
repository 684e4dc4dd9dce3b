import NetworkIO

/// Whom a client proxy believes and what it shows: NestJS's `tlsOptions` of a TCP client.
///
/// ```swift
/// var options = ClientTLSOptions()
/// options.ca = ["old-ca.pem", "new-ca.pem"]
/// let users = ClientProxy(try ClientConfiguration(host: "users").secured(by: options))
/// ```
///
/// Source: docs/tls.md
public struct ClientTLSOptions: Sendable, Hashable {
    /// Who may have issued the service's certificate (`ca`): all of these, and nobody else; nil is what the system trusts.
    public var ca: [PEM]?
    /// Our own certificate, for services that want one, then those of its issuers (`cert`); needs ``key``.
    public var certificate: PEM?
    /// Its private key (`key`).
    public var key: PEM?
    /// What the key is encrypted with (`passphrase`); not looked at when it is not. Never shown.
    public var passphrase: String? {
        get { secret?.text }
        set { secret = newValue.map(Secret.init) }
    }
    /// The name that the service's certificate must have (`servername`); nil is the host.
    public var serverName: String?
    /// The oldest version that is spoken (`minVersion`).
    public var minVersion = TLSProtocolVersion.tls12
    /// Believe any certificate (`rejectUnauthorized: false`): anybody on the way can read and change everything.
    public var isInsecure = false
    private var secret: Secret?

    /// What the system trusts, no certificate of our own.
    public init() {}

    /// What OpenSSL needs to know.
    ///
    /// - Throws: ``MicroserviceError`` `badCertificate` when a certificate has no key, or a key no certificate.
    var settings: TLSClientSettings {
        get throws {
            var settings = TLSClientSettings()
            switch (certificate, key) {
            case (let certificate?, let key?):
                settings.identity = TLSIdentitySource(
                    certificate: certificate.source, key: key.source, passphrase: secret)
            case (nil, nil): break
            case (nil, _), (_, nil):
                throw MicroserviceError(.badCertificate, "a certificate needs its key, and a key its certificate")
            }
            settings.ca = ca.map { $0.map(\.source) }
            settings.serverName = serverName
            settings.minVersion = minVersion.version
            settings.isInsecure = isInsecure
            return settings
        }
    }
}

extension ClientConfiguration {
    /// The same service over TLS. Files are read now; ``reloadCertificates()`` reads them again.
    ///
    /// - Parameter options: Whom to believe and what to show.
    /// - Returns: The configuration for a ``ClientProxy``.
    /// - Throws: ``MicroserviceError`` `badCertificate` when a certificate or key cannot be used; its message says which and
    ///   why.
    public func secured(by options: ClientTLSOptions) throws -> ClientConfiguration {
        var secured = self
        secured.tls = TLSContextBox(try Self.context(try options.settings))
        return secured
    }

    /// Reads the files of ``secured(by:)`` again: every client proxy made from this configuration, or from a copy of it, uses
    /// them for its next connections. Those that are open stay. Without TLS there is nothing to do. It blocks; call it where
    /// that does no harm.
    ///
    /// - Throws: ``MicroserviceError`` `badCertificate` when a certificate or key cannot be used; the old ones stay.
    public func reloadCertificates() throws {
        guard let tls else { return }
        tls.replace(with: try Self.context(tls.current.settings))
    }

    private static func context(_ settings: TLSClientSettings) throws -> TLSClientContext {
        do throws(TLSConfigurationError) {
            return try TLSClientContext(settings)
        } catch {
            throw MicroserviceError(.badCertificate, "\(error)", cause: error)
        }
    }
}
