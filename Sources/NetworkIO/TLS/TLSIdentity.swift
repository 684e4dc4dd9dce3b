import COpenSSL
import FoundationEssentials

/// A certificate with its issuers' and its key, read from PEM and checked.
///
/// World: structured concurrency, at start and reload; it blocks.
final class TLSIdentity {
    /// What messages call the certificate.
    private let name: String
    /// DNS names that the certificate is for, in lower case; some may begin with `*.`.
    let names: [String]
    private let certificate: OpaquePointer
    private let issuers: [OpaquePointer]
    private let key: OpaquePointer

    /// Reads both.
    ///
    /// - Throws: What is wrong with which of them.
    init(_ source: TLSIdentitySource, now: Date = Date()) throws(TLSConfigurationError) {
        name = source.certificate.name(as: "certificate")
        var chain = try PEMReader.certificates(source.certificate, as: "certificate")
        certificate = chain.removeFirst()
        issuers = chain
        do {
            key = try PEMReader.key(source.key, as: "key", passphrase: source.passphrase)
        } catch {
            for one in [certificate] + issuers { X509_free(one) }
            throw error
        }
        names = Self.names(of: certificate)
        guard X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            throw .keyDoesNotMatch(key: source.key.name(as: "key"), certificate: name)
        }
        let (from, to) = (
            Date(timeIntervalSince1970: Double(shim_seconds(X509_get0_notBefore(certificate)))),
            Date(timeIntervalSince1970: Double(shim_seconds(X509_get0_notAfter(certificate))))
        )
        if now > to { throw .expired(file: name, on: to.formatted(.iso8601)) }
        if now < from { throw .notYetValid(file: name, from: from.formatted(.iso8601)) }
    }

    deinit {
        for one in [certificate] + issuers { X509_free(one) }
        EVP_PKEY_free(key)
    }

    /// Gives the certificate to a context; one of each kind of key has its place there.
    func use(in context: OpaquePointer?) throws(TLSConfigurationError) {
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw .refused(file: name, reason: OpenSSLErrors.take().text)
        }
        // A certificate of the same kind that stood here before has taken its place, but not its issuers, along.
        shim_SSL_CTX_clear_chain_certs(context)
        for issuer in issuers where shim_SSL_CTX_add1_chain_cert(context, issuer) != 1 {
            throw .refused(file: name, reason: OpenSSLErrors.take().text)
        }
    }

    /// Whether the certificate is for a host name in lower case, or for a `*.` that covers it.
    func covers(_ name: String) -> Bool {
        if names.contains(name) { return true }
        guard let dot = name.firstIndex(of: ".") else { return false }
        return names.contains("*" + name[dot...])
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let alternatives = shim_X509_subject_alternatives(certificate) else { return [] }
        defer { shim_GENERAL_NAMES_free(alternatives) }
        return (0..<shim_GENERAL_NAMES_count(alternatives)).compactMap { index in
            guard let name = shim_GENERAL_NAMES_at(alternatives, index), shim_GENERAL_NAME_type(name) == GEN_DNS,
                let text = shim_GENERAL_NAME_text(name), let bytes = ASN1_STRING_get0_data(text)
            else { return nil }
            let all = UnsafeBufferPointer(start: bytes, count: Int(ASN1_STRING_length(text)))
            return String(decoding: all, as: UTF8.self).lowercased()
        }
    }
}
