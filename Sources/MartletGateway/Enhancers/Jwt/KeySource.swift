import CCURL
import Dispatch
import Routing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the bytes of keys come from.
enum KeySource {
    /// More is no set of keys.
    static let maxBytes = 1 << 20
    private static let connectTimeout = 5_000
    private static let timeout = 10_000

    /// All bytes of a file.
    static func file(_ path: String) throws(KeySourceError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(FileSourceError) {
            bytes = try DiskFileSource().read(path)
        } catch {
            throw KeySourceError("cannot read \(path): \(error.reason)")
        }
        guard bytes.count <= maxBytes else { throw KeySourceError("\(path) is larger than 1 MiB") }
        return bytes
    }

    /// Fetches an address, on a thread of its own. Redirects are not followed: the route file names where keys come from.
    ///
    /// - Parameters:
    ///   - address: `https`, or `http` of this machine.
    ///   - authorities: A file of certificates that count; `nil` for the system's.
    /// - Returns: The body of an answer 200.
    /// - Throws: ``KeySourceError`` for anything else.
    static func fetch(
        _ address: String, authorities: String? = ProcessEnvironment.value(of: "SSL_CERT_FILE")
    ) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // A serial queue has a thread of its own; a concurrent one would take one of the few that tasks run on, for as long as
            // a server says nothing.
            DispatchQueue(label: "martlet.keys").async {
                continuation.resume(
                    with: Result { () throws(KeySourceError) in try fetchBlocking(address, authorities) })
            }
        }
    }

    private final class Receiver {
        var bytes: [UInt8] = []
    }

    private static func fetchBlocking(
        _ address: String, _ authorities: String?
    ) throws(KeySourceError) -> [UInt8] {
        guard let curl = curl_easy_init() else { throw KeySourceError("cannot make a request") }
        defer { curl_easy_cleanup(curl) }
        let receiver = Receiver()
        let headers = curl_slist_append(nil, "accept: application/jwk-set+json, application/json")
        defer { curl_slist_free_all(headers) }
        var options: [CURLcode] = [
            shim_curl_setopt_text(curl, CURLOPT_URL, address),
            shim_curl_setopt_text(curl, CURLOPT_PROTOCOLS_STR, "http,https"),
            shim_curl_setopt_text(curl, CURLOPT_USERAGENT, "martlet"),
            shim_curl_setopt_list(curl, CURLOPT_HTTPHEADER, headers),
            shim_curl_setopt_number(curl, CURLOPT_FOLLOWLOCATION, 0),
            shim_curl_setopt_number(curl, CURLOPT_NOSIGNAL, 1),
            shim_curl_setopt_number(curl, CURLOPT_CONNECTTIMEOUT_MS, connectTimeout),
            shim_curl_setopt_number(curl, CURLOPT_TIMEOUT_MS, timeout),
        ]
        // A proxy on the way of plain http could put in keys of its own, and this machine needs none.
        if address.hasPrefix("http://") { options.append(shim_curl_setopt_text(curl, CURLOPT_NOPROXY, "*")) }
        if let authorities {
            options.append(shim_curl_setopt_text(curl, CURLOPT_CAINFO, authorities))
        }
        options.append(
            shim_curl_setopt_receiver(
                curl,
                { bytes, size, count, context in
                    guard let bytes, let context else { return 0 }
                    let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
                    guard receiver.bytes.count + size * count <= KeySource.maxBytes else { return 0 }
                    receiver.bytes += UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return size * count
                }, Unmanaged.passUnretained(receiver).toOpaque()))
        guard options.allSatisfy({ $0 == CURLE_OK }) else { throw KeySourceError("this libcurl cannot do that") }
        // Behind it stands what may be secret.
        let shown = address.prefix { $0 != "?" }
        let code = withExtendedLifetime(receiver) { curl_easy_perform(curl) }
        guard code == CURLE_OK else {
            let reason =
                code == CURLE_WRITE_ERROR
                ? "the answer is larger than 1 MiB" : String(cString: curl_easy_strerror(code))
            throw KeySourceError("\(shown): \(reason)")
        }
        let status = shim_curl_status(curl)
        guard status == 200 else { throw KeySourceError("\(shown) answered \(status)") }
        return receiver.bytes
    }
}

/// Keys that cannot be read.
struct KeySourceError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
