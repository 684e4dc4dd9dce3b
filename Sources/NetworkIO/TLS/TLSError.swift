import COpenSSL

/// Why TLS cannot be set up: which file or text, what is wrong, what to do. What is in them is never told.
package enum TLSConfigurationError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case noCertificate(file: String)
    case noKey(file: String)
    case encryptedKey(file: String)
    case wrongPassphrase(file: String)
    case noAuthority
    case keyDoesNotMatch(key: String, certificate: String)
    case expired(file: String, on: String)
    case notYetValid(file: String, from: String)
    case refused(file: String, reason: String)
    case badCiphers(String)
    case library(String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
        case .noCertificate(let file):
            "\(file) holds no certificate: expected PEM, a block that begins with -----BEGIN CERTIFICATE-----"
        case .noKey(let file):
            "\(file) holds no private key: expected PEM, a block such as -----BEGIN PRIVATE KEY-----"
        case .encryptedKey(let file):
            "the private key in \(file) is encrypted; store it without a passphrase, readable by this user only,"
                + " or give its passphrase where the options have one"
        case .wrongPassphrase(let file): "the passphrase does not open the private key in \(file)"
        case .noAuthority: "an empty list of authorities would believe nobody; name one, or leave the list out"
        case .keyDoesNotMatch(let key, let certificate):
            "the private key in \(key) does not belong to the certificate in \(certificate)"
        case .expired(let file, let date): "the certificate in \(file) expired on \(date)"
        case .notYetValid(let file, let date): "the certificate in \(file) is not valid before \(date)"
        case .refused(let file, let reason): "OpenSSL does not take \(file): \(reason)"
        case .badCiphers(let text): "\"\(text)\" names no cipher that OpenSSL knows"
        case .library(let reason): "TLS cannot be set up: \(reason)"
        }
    }
}

/// Why a TLS connection ended, or never began.
package enum TLSFailure: Error, Sendable, CustomStringConvertible {
    /// The client spoke HTTP without TLS.
    case plainHTTP
    /// The peer's certificate is not believed; why.
    case badCertificate(String)
    /// Anything else, in OpenSSL's words.
    case protocolError(String)

    package var description: String {
        switch self {
        case .plainHTTP: "HTTP without TLS on a port for TLS"
        case .badCertificate(let reason): "the peer's certificate is not trusted: \(reason)"
        case .protocolError(let reason): "TLS: \(reason)"
        }
    }
}

/// OpenSSL's list of what went wrong on this thread; reading it empties it.
enum OpenSSLErrors {
    /// The first error's words and its number.
    static func take() -> (text: String, reason: Int32) {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return ("the connection ended", 0) }
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
        return (text, shim_ERR_GET_REASON(code))
    }
}
