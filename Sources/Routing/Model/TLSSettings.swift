/// A certificate and its key, as paths from where the route file was loaded.
package struct CertificateFiles: Sendable, Hashable {
    /// PEM: the certificate, then those of its issuers.
    package var cert: String
    /// PEM: the private key, not encrypted.
    package var key: String
}

/// The oldest TLS version that is spoken.
package enum MinTLSVersion: String, Sendable, Hashable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
}

/// `tls:` of a listener: what clients are shown and asked for.
package struct ListenerTLS: Sendable, Hashable {
    /// Never empty; the host name that a client asks for chooses, the first is for all others.
    package var certificates: [CertificateFiles] = []
    /// PEM: who may have issued clients' certificates; `nil` asks for none.
    package var clientCA: String?
    /// With ``clientCA``: whether a client without a certificate is turned away.
    package var requiresClientCertificate = true
    package var minVersion = MinTLSVersion.tls12
    /// For TLS 1.2, in OpenSSL's notation; `nil` for a list that all current clients can meet.
    package var ciphers: String?
    /// Where it is written, for messages about its files.
    package var place: SourcePlace

    /// The same, wherever it is written.
    package var placeless: ListenerTLS {
        var copy = self
        copy.place = .nowhere
        return copy
    }
}

/// `tls:` of a service: whom the gateway believes and what it shows (`tlsOptions` of a NestJS service).
package struct ServiceTLS: Sendable, Hashable {
    /// PEM: who may have issued the service's certificate; `nil` is what the system trusts.
    package var ca: String?
    /// The gateway's own certificate, for services that want one.
    package var certificate: CertificateFiles?
    /// The name that the service's certificate must have; `nil` is the endpoint's host.
    package var serverName: String?
    package var minVersion = MinTLSVersion.tls12
    /// Whatever certificate is shown is believed.
    package var isInsecure = false
    /// Where it is written, for messages about its files.
    package var place: SourcePlace

    /// The same, wherever it is written.
    package var placeless: ServiceTLS {
        var copy = self
        copy.place = .nowhere
        return copy
    }
}
