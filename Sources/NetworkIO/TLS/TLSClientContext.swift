import COpenSSL

/// Everything that the TLS connections to one service share.
///
/// Immutable; changed files are a new context.
package final class TLSClientContext: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: nothing changes after the initialiser; OpenSSL locks what it counts itself.

    /// What it was made of.
    package let settings: TLSClientSettings
    let base: OpaquePointer

    /// Reads the files and sets everything up.
    ///
    /// - Parameter settings: Whom to believe, and what to show.
    /// - Throws: What is wrong with which file.
    package init(_ settings: TLSClientSettings) throws(TLSConfigurationError) {
        self.settings = settings
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .library(OpenSSLErrors.take().text) }
        do throws(TLSConfigurationError) {
            try TLSContextOptions.apply(to: context, minVersion: settings.minVersion)
            if let identity = settings.identity { try TLSIdentity(identity).use(in: context) }
            try Self.trust(settings, in: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        base = context
    }

    deinit { SSL_CTX_free(base) }

    private static func trust(_ settings: TLSClientSettings, in context: OpaquePointer) throws(TLSConfigurationError) {
        guard !settings.isInsecure else { return SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil) }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard let authorities = settings.ca else {
            guard SSL_CTX_set_default_verify_paths(context) == 1 else { throw .library(OpenSSLErrors.take().text) }
            return
        }
        guard !authorities.isEmpty else { throw .noAuthority }
        let store = SSL_CTX_get_cert_store(context)
        try PEMReader.eachAuthority(authorities, as: "ca") { authority, name throws(TLSConfigurationError) in
            guard X509_STORE_add_cert(store, authority) == 1 else {
                throw .refused(file: name, reason: OpenSSLErrors.take().text)
            }
        }
    }

    /// Tells a connection whom it should reach.
    ///
    /// - Returns: False when it could not be told, so that nothing must be sent.
    func prepare(_ ssl: OpaquePointer, host: String) -> Bool {
        let name = settings.serverName ?? host
        let parameters = SSL_get0_param(ssl)
        // An address is checked as one, and never sent as a name (RFC 6066 §3).
        // An empty name would switch the check off.
        guard !name.isEmpty else { return false }
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return true }
        ERR_clear_error()
        SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard SSL_set1_host(ssl, name) == 1 else { return false }
        return shim_SSL_set_tlsext_host_name(ssl, name) == 1
    }
}
