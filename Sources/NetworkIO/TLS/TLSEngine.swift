import COpenSSL
import NIOCore

/// One TLS connection without its socket: OpenSSL between the bytes of a call and an output buffer.
///
/// OpenSSL reads and writes through a BIO of ours, which takes ciphertext straight from the receive buffer and appends
/// straight to the output. Nothing is copied in between, and an idle connection holds no buffer.
///
/// ```
/// handshaking -> open -> ended
/// ```
///
/// World: one event loop; pure.
final class TLSEngine {
    /// How a step ended.
    enum Outcome {
        case done
        /// More bytes of the peer are needed.
        case needMore
        /// The peer has said that nothing more comes.
        case peerClosed
        case failed(TLSFailure)
    }

    /// Ciphertext on its way out.
    var output = ByteBuffer()
    private let ssl: OpaquePointer
    /// The context must live as long as the connection: OpenSSL's callbacks lead to it.
    private let context: AnyObject
    /// Ciphertext of the call that runs.
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var isOpen = false
    private var sentClose = false

    /// A server's end. `nil` only without memory.
    convenience init?(_ context: TLSServerContext) {
        self.init(context.base, context)
        SSL_set_accept_state(ssl)
    }

    /// A client's end. `nil` without memory, and for a host that cannot be a certificate's.
    ///
    /// - Parameters:
    ///   - context: Whom to believe.
    ///   - host: The host of the endpoint, for the certificate's name.
    convenience init?(_ context: TLSClientContext, host: String) {
        self.init(context.base, context)
        guard context.prepare(ssl, host: host) else { return nil }
        SSL_set_connect_state(ssl)
    }

    private init?(_ base: OpaquePointer, _ context: AnyObject) {
        guard let ssl = SSL_new(base), let bio = BIO_new(EngineBIO.method) else { return nil }
        self.ssl = ssl
        self.context = context
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        // One BIO for both directions: freed once, with the SSL.
        SSL_set_bio(ssl, bio, bio)
    }

    deinit { SSL_free(ssl) }

    // MARK: Steps

    /// Lends the peer's bytes for the length of a call; what OpenSSL does not take now it will not need.
    func withInput<Result>(_ bytes: UnsafeRawBufferPointer, _ body: () -> Result) -> Result {
        input = bytes
        defer { input = UnsafeRawBufferPointer(start: nil, count: 0) }
        return body()
    }

    /// Continues the handshake.
    func handshake() -> Outcome {
        let result = SSL_do_handshake(ssl)
        guard result == 1 else { return outcome(of: result) }
        isOpen = true
        return .done
    }

    /// Decrypts into a buffer until it is full or nothing is left; `.done` means it is full.
    func read(into plain: inout ByteBuffer) -> Outcome {
        while plain.writableBytes > 0 {
            var result: Int32 = 0
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { space in
                result = SSL_read(ssl, space.baseAddress, Int32(clamping: space.count))
                return max(0, Int(result))
            }
            guard result > 0 else { return outcome(of: result) }
        }
        return .done
    }

    /// Encrypts bytes into ``output``; false when the connection is broken.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)) <= 0 else { return true }
        // Or the next connection of this thread would find our error in its queue.
        ERR_clear_error()
        return false
    }

    /// Says that nothing more will come from us (close_notify); once.
    func close() {
        guard isOpen, !sentClose else { return }
        sentClose = true
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    private func outcome(of result: Int32) -> Outcome {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needMore
        case SSL_ERROR_ZERO_RETURN: return .peerClosed
        default:
            let (text, reason) = OpenSSLErrors.take()
            // No close_notify may follow a fatal error.
            sentClose = true
            if reason == SSL_R_HTTP_REQUEST { return .failed(.plainHTTP) }
            if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
                let why = X509_verify_cert_error_string(SSL_get_verify_result(ssl)).map { String(cString: $0) }
                return .failed(.badCertificate(why ?? text))
            }
            return .failed(.protocolError(text))
        }
    }

    // MARK: What was agreed on

    /// The protocol that ALPN chose; `nil` for none.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        return name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self) }
    }

    /// Whether an earlier session was gone on with.
    var isResumed: Bool { SSL_session_reused(ssl) == 1 }
    /// The version that is spoken, such as `TLSv1.3`.
    var version: String? { SSL_get_version(ssl).map { String(cString: $0) } }

    /// The subject of the peer's certificate (RFC 2253); `nil` when it showed none.
    var peerSubject: String? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, shim_XN_FLAG_RFC2253_UTF8)
        var text = [UInt8](repeating: 0, count: max(1, Int(BIO_ctrl_pending(bio))))
        let count = BIO_read(bio, &text, Int32(text.count))
        return count > 0 ? String(decoding: text[..<Int(count)], as: UTF8.self) : nil
    }

    // MARK: The BIO

    fileprivate func take(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let taken = min(count, input.count)
        guard taken > 0, let from = input.baseAddress else { return 0 }
        target.copyMemory(from: from, byteCount: taken)
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
        return taken
    }

    fileprivate func put(_ bytes: UnsafeRawBufferPointer) { output.writeBytes(bytes) }
}

/// OpenSSL's way to our buffers.
private enum EngineBIO {
    /// Made once for the process.
    nonisolated(unsafe) static let method: OpaquePointer? = {
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "event loop buffers")
        BIO_meth_set_read(method) { bio, target, count in
            guard let bio, let target, let engine = engine(bio) else { return -1 }
            let taken = engine.take(target, Int(count))
            return taken > 0 ? Int32(taken) : shim_BIO_should_retry_read(bio)
        }
        BIO_meth_set_write(method) { bio, source, count in
            guard let bio, let source, let engine = engine(bio) else { return -1 }
            engine.put(UnsafeRawBufferPointer(start: source, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    private static func engine(_ bio: OpaquePointer) -> TLSEngine? {
        BIO_get_data(bio).map { Unmanaged<TLSEngine>.fromOpaque($0).takeUnretainedValue() }
    }
}
