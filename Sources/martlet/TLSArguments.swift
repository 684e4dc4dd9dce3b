import ArgumentParser
import MicroservicesCore

/// What `send` and `emit` need to know for a service over TLS; curl's and openssl's names.
struct TLSArguments: ParsableArguments {
    @Option(
        name: .customLong("cacert"),
        help: "With tls://: a PEM file with whom to trust, instead of what the system does.")
    var authorities: String?

    @Option(name: .customLong("cert"), help: "With tls://: a PEM file with a certificate to show; needs --key.")
    var certificate: String?

    @Option(help: "With tls://: a PEM file with the certificate's key.")
    var key: String?

    @Option(help: "With tls://: the name that the service's certificate must have, instead of HOST.")
    var serverName: String?

    @Flag(help: "With tls://: believe any certificate.")
    var insecure = false

    /// Whether any of them was given.
    private var isUsed: Bool {
        authorities != nil || certificate != nil || key != nil || serverName != nil || insecure
    }

    /// Adds TLS where the address asks for it.
    ///
    /// - Throws: When an option does not go with the address, or a file cannot be used.
    func apply(to configuration: ClientConfiguration, _ service: ServiceAddress) throws -> ClientConfiguration {
        guard service.isSecure else {
            if isUsed {
                throw ValidationError("--cacert, --cert, --key, --server-name and --insecure need tls://HOST:PORT")
            }
            return configuration
        }
        var options = ClientTLSOptions()
        options.ca = authorities.map { [.file($0)] }
        options.certificate = certificate.map { .file($0) }
        options.key = key.map { .file($0) }
        options.serverName = serverName
        options.isInsecure = insecure
        return try configuration.secured(by: options)
    }
}
