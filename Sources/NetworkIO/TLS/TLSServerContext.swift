import COpenSSL

/// Everything that the TLS connections of one listener share: certificates, versions, ciphers, protocols, ticket keys.
///
/// Immutable. A changed certificate is a new context; connections that are open keep the one that they began with.
///
/// One `SSL_CTX` stands for each set of certificates that a host name may have (an RSA and an ECDSA one, say); the name
/// that the client asks for chooses among them.
package final class TLSServerContext: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: nothing changes after the initialiser; OpenSSL locks what it counts itself.

    /// What it was made of.
    package let settings: TLSServerSettings
    let base: OpaquePointer
    private let identities: [TLSIdentity]
    private let contexts: [[Int]: OpaquePointer]
    private let tickets: TLSTicketKeys
    /// ALPN's list: each name behind its length.
    private let protocols: [UInt8]

    /// Reads the certificates and sets everything up.
    ///
    /// - Parameters:
    ///   - settings: What to show and what to want.
    ///   - tickets: Shared by all contexts of a process, so that sessions survive a new certificate.
    /// - Throws: What is wrong with which file.
    package init(_ settings: TLSServerSettings, tickets: TLSTicketKeys) throws(TLSConfigurationError) {
        self.settings = settings
        self.tickets = tickets
        var identities: [TLSIdentity] = []
        for files in settings.identities { identities.append(try TLSIdentity(files)) }
        self.identities = identities
        protocols = settings.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        let names = Set(identities.flatMap(\.names)).map { $0.hasPrefix("*.") ? "x" + $0.dropFirst() : $0 }
        var sets = Set(names.map { Self.indices(for: $0, identities) })
        let standard = Self.standard(identities)
        sets.insert(standard)
        var contexts: [[Int]: OpaquePointer] = [:]
        do throws(TLSConfigurationError) {
            // Of two with the same kind of key the one that is written first wins: it comes last.
            for set in sets { contexts[set] = try Self.makeContext(settings, set.reversed().map { identities[$0] }) }
        } catch {
            for context in contexts.values { SSL_CTX_free(context) }
            throw error
        }
        guard let base = contexts[standard] else { throw .library("no certificate") }
        self.contexts = contexts
        self.base = base
        for context in contexts.values { register(in: context) }
    }

    deinit { for context in contexts.values { SSL_CTX_free(context) } }

    // MARK: Certificates

    /// For clients that name no host: the first certificate, and those of other kinds of key for the same name.
    private static func standard(_ identities: [TLSIdentity]) -> [Int] {
        guard let name = identities.first?.names.first else { return [0] }
        let found = indices(for: name.hasPrefix("*.") ? "x" + name.dropFirst() : name, identities)
        return found.contains(0) ? found : [0]
    }

    /// The certificates for a name: those that have it as it is before those that cover it by `*.`.
    private static func indices(for name: String, _ identities: [TLSIdentity]) -> [Int] {
        let exact = identities.indices.filter { identities[$0].names.contains(name) }
        return exact.isEmpty ? identities.indices.filter { identities[$0].covers(name) } : exact
    }

    private func context(for name: String) -> OpaquePointer? {
        contexts[Self.indices(for: name.lowercased(), identities)]
    }

    // MARK: Setting up

    /// ECDHE with AEAD only. Source: Mozilla, Server Side TLS 5.7, "intermediate"
    private static let intermediate =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

    private static func makeContext(
        _ settings: TLSServerSettings, _ identities: [TLSIdentity]
    ) throws(TLSConfigurationError) -> OpaquePointer {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(OpenSSLErrors.take().text) }
        do throws(TLSConfigurationError) {
            try TLSContextOptions.apply(to: context, minVersion: settings.minVersion)
            let ciphers = settings.ciphers ?? intermediate
            guard SSL_CTX_set_cipher_list(context, ciphers) == 1 else {
                ERR_clear_error()
                throw .badCiphers(ciphers)
            }
            for identity in identities { try identity.use(in: context) }
            try setClientCA(settings, in: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        // Sessions live in tickets, which every loop can read.
        _ = shim_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_timeout(context, Int(TLSTicketKeys.lifetime))
        // OpenSSL would make two in TLS 1.3, each for some fifteen microseconds; clients that want more connections
        // speak HTTP/2.
        SSL_CTX_set_num_tickets(context, 1)
        return context
    }

    private static func setClientCA(
        _ settings: TLSServerSettings, in context: OpaquePointer
    ) throws(TLSConfigurationError) {
        guard let authorities = settings.clientCA else { return }
        guard !authorities.isEmpty else { throw .noAuthority }
        let store = SSL_CTX_get_cert_store(context)
        let required = settings.clientCertificate == .required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        var asked = [UInt8(required == 0 ? 0 : 1)]
        try PEMReader.eachAuthority(authorities, as: "ca") { authority, name throws(TLSConfigurationError) in
            guard X509_STORE_add_cert(store, authority) == 1, SSL_CTX_add_client_CA(context, authority) == 1 else {
                throw .refused(file: name, reason: OpenSSLErrors.take().text)
            }
            asked += fingerprint(of: authority)
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nil)
        // A session may be resumed only where the same certificates are asked for.
        let id = SHA256Digest.of(asked)
        _ = SSL_CTX_set_session_id_context(context, id, UInt32(id.count))
    }

    private static func fingerprint(of certificate: OpaquePointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { digest, count in
            var size: UInt32 = 0
            count = X509_digest(certificate, EVP_sha256(), digest.baseAddress, &size) == 1 ? Int(size) : 0
        }
    }

    private func register(in context: OpaquePointer) {
        let owner = Unmanaged.passUnretained(self).toOpaque()
        _ = shim_SSL_CTX_set_app_data(context, owner)
        shim_SSL_CTX_set_servername_callback(
            context,
            { ssl, _, owner in
                guard let owner, let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
                    return SSL_TLSEXT_ERR_NOACK
                }
                let server = Unmanaged<TLSServerContext>.fromOpaque(owner).takeUnretainedValue()
                // An unknown name gets the first certificate: the client will say what it thinks of it.
                if let context = server.context(for: String(cString: name)) { SSL_set_SSL_CTX(ssl, context) }
                return SSL_TLSEXT_ERR_OK
            }, owner)
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, out, outCount, offered, offeredCount, owner in
                guard let owner, let out, let outCount, let offered else { return SSL_TLSEXT_ERR_NOACK }
                return Unmanaged<TLSServerContext>.fromOpaque(owner).takeUnretainedValue()
                    .selectProtocol(out, outCount, UnsafeBufferPointer(start: offered, count: Int(offeredCount)))
            }, owner)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context) { ssl, name, iv, cipher, mac, isNew in
            guard let owner = shim_SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)), let name, let iv else { return -1 }
            return Unmanaged<TLSServerContext>.fromOpaque(owner).takeUnretainedValue().tickets
                .prepare(name: name, iv: iv, cipher: cipher, mac: mac, isNew: isNew == 1)
        }
    }

    /// The first of ours that the client has offered. Without any in common the handshake fails (RFC 7301 §3.2), so that
    /// nobody can pass off one protocol's bytes as another's.
    private func selectProtocol(
        _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>, _ outCount: UnsafeMutablePointer<UInt8>,
        _ offered: UnsafeBufferPointer<UInt8>
    ) -> Int32 {
        guard !protocols.isEmpty else { return SSL_TLSEXT_ERR_NOACK }
        for wanted in settings.protocols {
            var index = 0
            while index < offered.count {
                let count = Int(offered[index])
                guard index + 1 + count <= offered.count else { break }
                if offered[(index + 1)..<(index + 1 + count)].elementsEqual(wanted.utf8) {
                    out.pointee = offered.baseAddress.map { $0 + index + 1 }
                    outCount.pointee = UInt8(count)
                    return SSL_TLSEXT_ERR_OK
                }
                index += 1 + count
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}

/// What servers and clients have in common.
enum TLSContextOptions {
    /// For TLS 1.3. The first is the fastest on most machines; a client without AES in hardware names ChaCha20 first, and gets
    /// it. Source: Mozilla, Server Side TLS 5.7
    private static let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    static func apply(to context: OpaquePointer, minVersion: TLSVersion) throws(TLSConfigurationError) {
        let version = minVersion == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION
        guard shim_SSL_CTX_set_min_proto_version(context, version) == 1,
            shim_SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1,
            SSL_CTX_set_ciphersuites(context, suites) == 1
        else { throw .library(OpenSSLErrors.take().text) }
        // Renegotiation exists in TLS 1.2 only, and serves attackers best.
        SSL_CTX_set_options(
            context,
            shim_SSL_OP_NO_RENEGOTIATION | shim_SSL_OP_NO_COMPRESSION | shim_SSL_OP_CIPHER_SERVER_PREFERENCE
                | shim_SSL_OP_PRIORITIZE_CHACHA)
        // An idle connection keeps no buffers.
        _ = shim_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
    }
}
