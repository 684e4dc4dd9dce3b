import COpenSSL
import FoundationEssentials

/// PEM blocks out of a file or a text.
///
/// World: structured concurrency, at start and reload; it blocks.
enum PEMReader {
    /// The bytes of a source.
    ///
    /// - Parameters:
    ///   - source: The file or text.
    ///   - role: What it was given as, for messages.
    /// - Returns: All of them; a text may be anything.
    /// - Throws: `unreadable` for a file.
    static func read(_ source: PEMSource, as role: String) throws(TLSConfigurationError) -> [UInt8] {
        switch source {
        case .text(let text): return Array(text.utf8)
        case .file(let path):
            do {
                return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            } catch let error as CocoaError {
                let reason =
                    switch error.code {
                    case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
                    case .fileReadNoPermission: "permission denied"
                    default: "it cannot be opened"
                    }
                throw .unreadable(file: source.name(as: role), reason: reason)
            } catch {
                throw .unreadable(file: source.name(as: role), reason: "it cannot be opened")
            }
        }
    }

    /// All certificates in the order of the source, at least one; the caller frees them.
    static func certificates(_ source: PEMSource, as role: String) throws(TLSConfigurationError) -> [OpaquePointer] {
        let bytes = try read(source, as: role)
        var found: [OpaquePointer] = []
        bytes.withUnsafeBytes { bytes in
            let bio = shim_BIO_of(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(bio) }
            while let next = PEM_read_bio_X509(bio, nil, nil, nil) { found.append(next) }
        }
        // The end of the bytes is an error of its own kind; any other is a damaged block.
        let reason = shim_ERR_GET_REASON(ERR_peek_last_error())
        let (text, _) = OpenSSLErrors.take()
        guard reason == PEM_R_NO_START_LINE || bytes.isEmpty else {
            for certificate in found { X509_free(certificate) }
            throw .refused(file: source.name(as: role), reason: "certificate \(found.count + 1): \(text)")
        }
        guard !found.isEmpty else { throw .noCertificate(file: source.name(as: role)) }
        return found
    }

    /// Hands each certificate of each source to `body`, with the name of its source for messages.
    static func eachAuthority(
        _ sources: [PEMSource], as role: String,
        _ body: (OpaquePointer, _ name: String) throws(TLSConfigurationError) -> Void
    ) throws(TLSConfigurationError) {
        for (index, source) in sources.enumerated() {
            let role = sources.count == 1 ? role : "\(role)[\(index)]"
            let authorities = try certificates(source, as: role)
            defer { for authority in authorities { X509_free(authority) } }
            for authority in authorities { try body(authority, source.name(as: role)) }
        }
    }

    /// What OpenSSL asks for a passphrase with.
    private struct Asked {
        var passphrase: [UInt8]?
        var wasAsked = false
    }

    /// The private key; the caller frees it.
    ///
    /// - Parameters:
    ///   - source: The file or text.
    ///   - role: What it was given as, for messages.
    ///   - passphrase: What the key is encrypted with; not looked at when it is not encrypted.
    /// - Returns: The key.
    /// - Throws: Which file or text is wrong, and why.
    static func key(
        _ source: PEMSource, as role: String, passphrase: Secret?
    ) throws(TLSConfigurationError) -> OpaquePointer {
        let bytes = try read(source, as: role)
        var asked = Asked(passphrase: passphrase.map { Array($0.text.utf8) })
        let key = bytes.withUnsafeBytes { bytes in
            let bio = shim_BIO_of(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(bio) }
            return withUnsafeMutablePointer(to: &asked) { asked in
                // Instead of a question at the terminal.
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { buffer, size, _, asked in
                        guard let buffer, let asked = asked?.assumingMemoryBound(to: Asked.self) else { return -1 }
                        asked.pointee.wasAsked = true
                        guard let passphrase = asked.pointee.passphrase, passphrase.count <= size else { return -1 }
                        for (index, byte) in passphrase.enumerated() { buffer[index] = CChar(bitPattern: byte) }
                        return Int32(passphrase.count)
                    }, asked)
            }
        }
        ERR_clear_error()
        if let key { return key }
        let name = source.name(as: role)
        guard asked.wasAsked else { throw .noKey(file: name) }
        throw passphrase == nil ? .encryptedKey(file: name) : .wrongPassphrase(file: name)
    }
}
