import COpenSSL
import FoundationEssentials

/// A certificate with its issuers' and its key, read from PEM and checked.
///
/// World: structured concurrency, at start and reload; it blocks.
final class TLSIdentity {
    let files: TLSIdentityFiles
    /// DNS names that the certificate is for, in lower case; some may begin with `*.`.
    let names: [String]
    private let certificate: OpaquePointer
    private let issuers: [OpaquePointer]
    private let key: OpaquePointer

    /// Reads both files.
    ///
    /// - Throws: What is wrong with which of them.
    init(_ files: TLSIdentityFiles, now: Date = Date()) throws(TLSConfigurationError) {
        self.files = files
        var chain = try PEMFile.certificates(files.certificate)
        guard !chain.isEmpty else { throw .noCertificate(file: files.certificate) }
        certificate = chain.removeFirst()
        issuers = chain
        do {
            key = try PEMFile.key(files.key)
        } catch {
            for one in [certificate] + issuers { X509_free(one) }
            throw error
        }
        names = Self.names(of: certificate)
        guard X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            throw .keyDoesNotMatch(key: files.key, certificate: files.certificate)
        }
        let (from, to) = (
            Date(timeIntervalSince1970: Double(shim_seconds(X509_get0_notBefore(certificate)))),
            Date(timeIntervalSince1970: Double(shim_seconds(X509_get0_notAfter(certificate))))
        )
        if now > to { throw .expired(file: files.certificate, on: to.formatted(.iso8601)) }
        if now < from { throw .notYetValid(file: files.certificate, from: from.formatted(.iso8601)) }
    }

    deinit {
        for one in [certificate] + issuers { X509_free(one) }
        EVP_PKEY_free(key)
    }

    /// Gives the certificate to a context; one of each kind of key has its place there.
    func use(in context: OpaquePointer?) throws(TLSConfigurationError) {
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw .refused(file: files.certificate, reason: OpenSSLErrors.take().text)
        }
        // A certificate of the same kind that stood here before has taken its place, but not its issuers, along.
        shim_SSL_CTX_clear_chain_certs(context)
        for issuer in issuers where shim_SSL_CTX_add1_chain_cert(context, issuer) != 1 {
            throw .refused(file: files.certificate, reason: OpenSSLErrors.take().text)
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

/// PEM blocks out of a file.
enum PEMFile {
    static func read(_ path: String) throws(TLSConfigurationError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch let error as CocoaError {
            let reason =
                switch error.code {
                case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
                case .fileReadNoPermission: "permission denied"
                default: "it cannot be opened"
                }
            throw .unreadable(file: path, reason: reason)
        } catch {
            throw .unreadable(file: path, reason: "\(error)")
        }
    }

    /// All certificates in the order of the file; the caller frees them.
    static func certificates(_ path: String) throws(TLSConfigurationError) -> [OpaquePointer] {
        let bytes = try read(path)
        var found: [OpaquePointer] = []
        bytes.withUnsafeBytes { bytes in
            let bio = shim_BIO_of(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(bio) }
            while let next = PEM_read_bio_X509(bio, nil, nil, nil) { found.append(next) }
        }
        // The end of the file is an error of its own kind; any other is a damaged block.
        let reason = shim_ERR_GET_REASON(ERR_peek_last_error())
        let (text, _) = OpenSSLErrors.take()
        guard reason == PEM_R_NO_START_LINE else {
            for certificate in found { X509_free(certificate) }
            throw .refused(file: path, reason: "certificate \(found.count + 1): \(text)")
        }
        return found
    }

    /// The private key; the caller frees it.
    static func key(_ path: String) throws(TLSConfigurationError) -> OpaquePointer {
        let bytes = try read(path)
        var wasAsked = false
        let key = bytes.withUnsafeBytes { bytes in
            let bio = shim_BIO_of(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(bio) }
            return withUnsafeMutablePointer(to: &wasAsked) { flag in
                // Instead of a question at the terminal.
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { _, _, _, flag in
                        flag?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, flag)
            }
        }
        ERR_clear_error()
        if let key { return key }
        if wasAsked { throw .encryptedKey(file: path) }
        throw .noKey(file: path)
    }
}
