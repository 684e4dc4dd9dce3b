import Pipeline
import Routing

/// What lines and spans will say of a request, noted while its bytes are there.
///
/// The memory stays with the exchange: noting the next request allocates nothing. Texts are bytes as they came.
///
/// World: one event loop.
struct RequestNotes: ~Copyable {
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

    private var bytes = LineBuffer(capacity: 0)
    private var clientEnd = 0
    private var methodEnd = 0
    private var pathEnd = 0
    private var hostEnd = 0
    private var userAgentEnd = 0

    /// A header is noted up to so many bytes.
    private static let maxHeaderBytes = 512
    /// Memory beyond it is given back.
    private static let maxKeptBytes = 4096

    private(set) var isEmpty = true

    /// - Parameters:
    ///   - request: What is noted.
    ///   - client: The client's address; a connection that is gone no longer knows it.
    ///   - wanted: What of it.
    mutating func note(_ request: RequestView, client: @autoclosure () -> String, _ wanted: Wanted) {
        isEmpty = false
        if wanted.contains(.client) { bytes.raw(client()) }
        clientEnd = bytes.count
        (methodEnd, pathEnd, hostEnd, userAgentEnd) = (clientEnd, clientEnd, clientEnd, clientEnd)
        guard wanted.contains(.target) else { return }
        bytes.raw(request.method)
        methodEnd = bytes.count
        bytes.raw(request.path)
        pathEnd = bytes.count
        if wanted.contains(.host) { note(header: request.authority) }
        hostEnd = bytes.count
        if wanted.contains(.userAgent), let value = request.fields.firstValue(of: "user-agent") { note(header: value) }
        userAgentEnd = bytes.count
        if wanted.contains(.referer), let value = request.fields.firstValue(of: "referer") {
            // The part of an address that may hold secrets is cut off.
            let end = value.firstIndex { $0 == 0x3F || $0 == 0x23 }
            note(header: UnsafeRawBufferPointer(rebasing: value[..<(end ?? value.endIndex)]))
        }
    }

    private mutating func note(header value: UnsafeRawBufferPointer) {
        bytes.raw(UnsafeRawBufferPointer(rebasing: value[..<min(value.count, Self.maxHeaderBytes)]))
    }

    mutating func clear() {
        guard !isEmpty else { return }
        isEmpty = true
        if bytes.capacity > Self.maxKeptBytes { bytes = LineBuffer(capacity: 0) } else { bytes.clear() }
        (clientEnd, methodEnd, pathEnd, hostEnd, userAgentEnd) = (0, 0, 0, 0, 0)
    }

    // MARK: What was noted, until the next request is noted

    /// Bytes of all.
    var count: Int { bytes.count }

    var client: UnsafeRawBufferPointer { part(0, clientEnd) }
    var method: UnsafeRawBufferPointer { part(clientEnd, methodEnd) }
    var path: UnsafeRawBufferPointer { part(methodEnd, pathEnd) }
    /// The authority, maybe with a port; empty when there is none.
    var host: UnsafeRawBufferPointer { part(pathEnd, hostEnd) }
    var userAgent: UnsafeRawBufferPointer { part(hostEnd, userAgentEnd) }
    var referer: UnsafeRawBufferPointer { part(userAgentEnd, bytes.count) }

    @inline(__always)
    private func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<end])
    }
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
