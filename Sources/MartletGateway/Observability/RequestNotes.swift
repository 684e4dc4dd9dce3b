import Pipeline
import Routing

/// What lines and spans will say of a request, noted while its bytes are there.
///
/// The memory stays with the exchange: noting the next request allocates nothing.
///
/// World: one event loop.
struct RequestNotes {
    /// What has to be noted at all.
    struct Wanted: OptionSet {
        let rawValue: UInt8
        /// Method and path.
        static let target = Wanted(rawValue: 1)
        static let host = Wanted(rawValue: 2)
        static let userAgent = Wanted(rawValue: 4)
        static let referer = Wanted(rawValue: 8)
        static let client = Wanted(rawValue: 16)
        /// What is only known while the request is there, and costs nothing to note.
        static let facts = Wanted(rawValue: 32)
    }

    private var bytes: [UInt8] = []
    private var methodEnd = 0
    private var pathEnd = 0
    private var hostEnd = 0
    private var userAgentEnd = 0
    /// The client's address; a connection that is gone no longer knows it.
    private(set) var client = ""

    /// A header is noted up to so many bytes.
    private static let maxHeaderBytes = 512
    /// Memory beyond it is given back.
    private static let maxKeptBytes = 4096

    private(set) var isEmpty = true

    mutating func note(_ request: RequestView, client: String, _ wanted: Wanted) {
        isEmpty = false
        if wanted.contains(.client) { self.client = client }
        guard wanted.contains(.target) else { return }
        bytes.append(contentsOf: request.method)
        methodEnd = bytes.count
        bytes.append(contentsOf: request.path)
        pathEnd = bytes.count
        if wanted.contains(.host) { bytes.append(contentsOf: request.authority.prefix(Self.maxHeaderBytes)) }
        hostEnd = bytes.count
        if wanted.contains(.userAgent), let value = request.fields.firstValue(of: "user-agent") {
            bytes.append(contentsOf: value.prefix(Self.maxHeaderBytes))
        }
        userAgentEnd = bytes.count
        // The part of an address that may hold secrets is cut off.
        if wanted.contains(.referer), let value = request.fields.firstValue(of: "referer") {
            bytes.append(contentsOf: value.prefix { $0 != 0x3F && $0 != 0x23 }.prefix(Self.maxHeaderBytes))
        }
    }

    mutating func clear() {
        guard !isEmpty else { return }
        isEmpty = true
        if bytes.capacity > Self.maxKeptBytes { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
        methodEnd = 0
        pathEnd = 0
        hostEnd = 0
        userAgentEnd = 0
        if !client.isEmpty { client = "" }
    }

    @inline(__always)
    private func lend(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    func withMethod(_ body: (UnsafeRawBufferPointer) -> Void) { lend(0..<methodEnd, body) }
    func withPath(_ body: (UnsafeRawBufferPointer) -> Void) { lend(methodEnd..<pathEnd, body) }
    func withHost(_ body: (UnsafeRawBufferPointer) -> Void) { lend(pathEnd..<hostEnd, body) }
    func withUserAgent(_ body: (UnsafeRawBufferPointer) -> Void) { lend(hostEnd..<userAgentEnd, body) }
    func withReferer(_ body: (UnsafeRawBufferPointer) -> Void) {
        lend(userAgentEnd..<max(userAgentEnd, bytes.count), body)
    }

    var isHostEmpty: Bool { hostEnd == pathEnd }
    var isUserAgentEmpty: Bool { userAgentEnd == hostEnd }
    var isRefererEmpty: Bool { bytes.count <= userAgentEnd }

    /// As a text; what is no UTF-8 becomes U+FFFD.
    var method: String { String(decoding: bytes[..<methodEnd], as: UTF8.self) }
    var path: String { String(decoding: bytes[methodEnd..<pathEnd], as: UTF8.self) }
    var host: String { String(decoding: bytes[pathEnd..<hostEnd], as: UTF8.self) }
}

extension RequestNotes.Wanted {
    /// What the fields of a line need.
    init(_ fields: [AccessField]) {
        self = fields.isEmpty ? [] : .facts
        for field in fields {
            switch field {
            case .method, .path: insert(.target)
            case .host: insert([.target, .host])
            case .userAgent: insert([.target, .userAgent])
            case .referer: insert([.target, .referer])
            case .client: insert(.client)
            default: break
            }
        }
    }
}
