import NetworkIO

extension ServerTLSOptions {
    /// What stands under `tls`; nil when nothing does, or `tls.enabled` is false.
    init?(_ options: inout OptionReader) {
        let common = CommonOptions(&options)
        let clientCA = options.pems("tls.ca")
        let asks = options.flag("tls.requestCert")
        let rejects = options.flag("tls.rejectUnauthorized")
        let isMentioned = common.isMentioned || clientCA != nil || asks != nil || rejects != nil
        guard common.isEnabled ?? isMentioned else { return nil }
        guard let certificate = common.certificate, let key = common.key else {
            let missing = common.certificate == nil ? "tls.cert" : "tls.key"
            options.fault(missing, "is missing; expected a PEM file or text, or tls.enabled: false")
            return nil
        }
        if asks == true && clientCA == nil {
            options.fault("tls.requestCert", "needs tls.ca, which says whose certificates are believed")
        }
        self.init(certificate: certificate, key: key, passphrase: common.passphrase)
        self.clientCA = asks == false ? nil : clientCA
        requiresClientCertificate = rejects ?? true
        minVersion = common.minVersion ?? minVersion
    }
}

extension ClientTLSOptions {
    /// What stands under `tls`; nil when nothing does, or `tls.enabled` is false.
    init?(_ options: inout OptionReader) {
        let common = CommonOptions(&options)
        let ca = options.pems("tls.ca")
        let serverName = options.text("tls.serverName")
        let rejects = options.flag("tls.rejectUnauthorized")
        let isMentioned = common.isMentioned || ca != nil || serverName != nil || rejects != nil
        guard common.isEnabled ?? isMentioned else { return nil }
        if (common.certificate == nil) != (common.key == nil) {
            let missing = common.certificate == nil ? "tls.cert" : "tls.key"
            options.fault(missing, "is missing; a certificate needs its key, and a key its certificate")
        }
        self.init()
        self.ca = ca
        certificate = common.certificate
        key = common.key
        passphrase = common.passphrase
        self.serverName = serverName
        minVersion = common.minVersion ?? minVersion
        isInsecure = rejects == false
    }
}

/// What servers and clients have in common.
private struct CommonOptions {
    let isEnabled: Bool?
    let certificate: PEM?
    let key: PEM?
    let passphrase: String?
    let minVersion: TLSProtocolVersion?

    init(_ options: inout OptionReader) {
        isEnabled = options.flag("tls.enabled")
        certificate = options.pem("tls.cert")
        key = options.pem("tls.key", isSecret: true)
        passphrase = options.secret("tls.passphrase")
        minVersion = options.choice(
            "tls.minVersion", ["1.2": .tls12, "1.3": .tls13, "TLSv1.2": .tls12, "TLSv1.3": .tls13],
            "1.2 or 1.3 (TLSv1.2, TLSv1.3)")
    }

    var isMentioned: Bool { certificate != nil || key != nil || passphrase != nil || minVersion != nil }
}
