import CCURL
import Dispatch
import NIOCore
import NetworkIO
import Synchronization

/// Sends requests to a receiver of spans, one after the other, through libcurl and on a thread of its own.
///
/// libcurl keeps the connection between requests.
final class OTLPConnection: Sendable {
    /// What became of a request.
    enum Outcome: Sendable, Equatable {
        /// Answered with 2xx.
        case accepted
        /// May be sent again, not before so many seconds.
        case retry(reason: String, after: Int?)
        /// Sending it again changes nothing.
        case refused(reason: String)
    }

    private let address: String
    private let headers: [String]
    private let timeout: Int
    private let authorities: String?
    private let queue = DispatchQueue(label: "martlet.otlp")
    private let isAborted = Atomic(false)
    private let handle = Mutex<Handle?>(nil)

    /// Connecting is given up earlier than the request.
    private static let maxConnectTime = 5_000
    /// Of the answer's body nothing is kept.
    private static let maxAnswerBytes = 1 << 20

    /// - Parameters:
    ///   - address: Where requests are posted to.
    ///   - headers: Lines that are sent with each.
    ///   - timeout: For one request.
    ///   - authorities: A file of certificates that count; `nil` for the system's.
    init(
        address: String, headers: [String], timeout: Duration,
        authorities: String? = ProcessEnvironment.value(of: "SSL_CERT_FILE")
    ) {
        self.address = address
        self.headers = ["content-type: application/json", "expect:"] + headers
        self.timeout = max(1, Int(timeout.nanoseconds / 1_000_000))
        self.authorities = authorities
    }

    /// Posts a body.
    func post(_ body: ByteBuffer) async -> Outcome {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.perform(body)) }
        }
    }

    /// Ends the request under way, and all that follow.
    func abort() { isAborted.store(true, ordering: .relaxed) }

    /// The address without what may be secret.
    var shown: String { String(address.prefix { $0 != "?" }) }

    private func perform(_ body: ByteBuffer) -> Outcome {
        guard !isAborted.load(ordering: .relaxed) else { return .refused(reason: "the gateway is stopping") }
        return handle.withLock { handle in
            if handle == nil { handle = makeHandle() }
            guard let curl = handle?.curl else { return .refused(reason: "this libcurl cannot do that") }
            let code = body.withUnsafeReadableBytes { bytes in
                _ = shim_curl_setopt_bytes(curl, CURLOPT_POSTFIELDS, bytes.baseAddress)
                _ = shim_curl_setopt_number(curl, CURLOPT_POSTFIELDSIZE, bytes.count)
                return curl_easy_perform(curl)
            }
            guard code == CURLE_OK else {
                return .retry(reason: String(cString: curl_easy_strerror(code)), after: nil)
            }
            switch shim_curl_status(curl) {
            case 200...299: return .accepted
            case let status where [429, 502, 503, 504].contains(status):
                let after = shim_curl_retry_after(curl)
                return .retry(reason: "it answered \(status)", after: after > 0 ? after : nil)
            case let status: return .refused(reason: "it answered \(status)")
            }
        }
    }

    private func makeHandle() -> Handle? {
        guard let handle = Handle(headers) else { return nil }
        let curl = handle.curl
        var codes: [CURLcode] = [
            shim_curl_setopt_text(curl, CURLOPT_URL, address),
            shim_curl_setopt_text(curl, CURLOPT_PROTOCOLS_STR, "http,https"),
            shim_curl_setopt_text(curl, CURLOPT_USERAGENT, "martlet"),
            shim_curl_setopt_number(curl, CURLOPT_POST, 1),
            shim_curl_setopt_number(curl, CURLOPT_FOLLOWLOCATION, 0),
            shim_curl_setopt_number(curl, CURLOPT_NOSIGNAL, 1),
            // A name that is still looked up does not hold up the end of the process.
            shim_curl_setopt_number(curl, CURLOPT_QUICK_EXIT, 1),
            shim_curl_setopt_number(curl, CURLOPT_CONNECTTIMEOUT_MS, min(timeout, Self.maxConnectTime)),
            shim_curl_setopt_number(curl, CURLOPT_TIMEOUT_MS, timeout),
            shim_curl_setopt_list(curl, CURLOPT_HTTPHEADER, handle.list),
            shim_curl_setopt_receiver(
                curl, { _, size, count, _ in size * count <= OTLPConnection.maxAnswerBytes ? size * count : 0 }, nil),
            // The connection lives as long as its exporter.
            shim_curl_setopt_progress(
                curl,
                { context, _, _, _, _ in
                    guard let context else { return 0 }
                    let connection = Unmanaged<OTLPConnection>.fromOpaque(context).takeUnretainedValue()
                    return connection.isAborted.load(ordering: .relaxed) ? 1 : 0
                }, Unmanaged.passUnretained(self).toOpaque()),
        ]
        if let authorities { codes.append(shim_curl_setopt_text(curl, CURLOPT_CAINFO, authorities)) }
        return codes.allSatisfy { $0 == CURLE_OK } ? handle : nil
    }

    /// libcurl's own, with the list of headers that it refers to.
    private final class Handle: @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: used under its connection's lock only.
        let curl: UnsafeMutableRawPointer
        let list: UnsafeMutablePointer<curl_slist>?

        init?(_ headers: [String]) {
            guard let curl = curl_easy_init() else { return nil }
            self.curl = curl
            list = headers.reduce(nil) { curl_slist_append($0, $1) ?? $0 }
        }

        deinit {
            curl_easy_cleanup(curl)
            curl_slist_free_all(list)
        }
    }
}
