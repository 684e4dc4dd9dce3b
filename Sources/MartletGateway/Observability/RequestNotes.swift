import NetworkIO
import Pipeline
import Routing

/// A request as it can be noted: what stands before its body.
///
/// Implementations are the connection's own types, so that noting a request counts no references.
protocol RequestHead: RequestFields {
    var methodBytes: UnsafeRawBufferPointer { get }
    /// Without the query.
    var path: UnsafeRawBufferPointer { get }
    /// `nil` for none.
    var authority: UnsafeRawBufferPointer? { get }
}

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
        /// What is known by the TLS connection.
        static let tls = Wanted(rawValue: 64)
    }

    private var bytes = LineBuffer(capacity: 0)
    private var methodEnd = 0
    private var pathEnd = 0
    private var hostEnd = 0
    private var userAgentEnd = 0
    private var refererEnd = 0

    /// A header is noted up to so many bytes.
    private static let maxHeaderBytes = 512
    /// Memory beyond it is given back.
    private static let maxKeptBytes = 4096

    private(set) var isEmpty = true

    /// Of the connection, noted when the request is over.
    private(set) var tls: TLSFacts?

    /// Notes a request, before anything else.
    ///
    /// - Parameters:
    ///   - head: What is noted.
    ///   - wanted: What of it.
    ///   - client: The client's address; a connection that is gone no longer knows it.
    mutating func note(_ head: some RequestHead, _ wanted: Wanted, client: UnsafeRawBufferPointer) {
        isEmpty = false
        guard wanted.contains(.target) else {
            if wanted.contains(.client) { note(client: client) }
            return
        }
        let host = wanted.contains(.host) ? head.authority.map(Self.cut) ?? Self.nothing : Self.nothing
        let userAgent = wanted.contains(.userAgent) ? Self.header("user-agent", head) : Self.nothing
        var referer = wanted.contains(.referer) ? Self.header("referer", head) : Self.nothing
        // The part of an address that may hold secrets is cut off.
        if let end = referer.firstIndex(where: { $0 == 0x3F || $0 == 0x23 }) {
            referer = UnsafeRawBufferPointer(rebasing: referer[..<end])
        }
        let client = wanted.contains(.client) ? client : Self.nothing
        let (method, path) = (head.methodBytes, head.path)
        let texts = method.count + path.count + host.count + userAgent.count + referer.count
        var cursor = bytes.open(texts + client.count + LinePiece.slack)
        cursor.copy(method)
        methodEnd = bytes.position(of: cursor)
        cursor.copy(path)
        pathEnd = bytes.position(of: cursor)
        cursor.copy(host)
        hostEnd = bytes.position(of: cursor)
        cursor.copy(userAgent)
        userAgentEnd = bytes.position(of: cursor)
        cursor.copy(referer)
        refererEnd = bytes.position(of: cursor)
        cursor.copy(client)
        bytes.close(cursor)
    }

    /// Notes the client of what is no request, once.
    mutating func note(client: UnsafeRawBufferPointer) {
        isEmpty = false
        var cursor = bytes.open(client.count + LinePiece.slack)
        cursor.copy(client)
        bytes.close(cursor)
    }

    /// The same for a string.
    mutating func note(client: String) {
        var client = client
        client.withUTF8 { note(client: UnsafeRawBufferPointer($0)) }
    }

    /// Notes what is known by the TLS connection.
    mutating func note(tls: TLSFacts?) {
        isEmpty = false
        self.tls = tls
    }

    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private static func header(_ name: String, _ head: some RequestHead) -> UnsafeRawBufferPointer {
        head.firstValue(of: name).map(cut) ?? nothing
    }

    @inline(__always)
    private static func cut(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        value.count <= maxHeaderBytes ? value : UnsafeRawBufferPointer(rebasing: value[..<maxHeaderBytes])
    }

    mutating func clear() {
        guard !isEmpty else { return }
        isEmpty = true
        bytes.clear(keeping: Self.maxKeptBytes)
        (methodEnd, pathEnd, hostEnd, userAgentEnd, refererEnd) = (0, 0, 0, 0, 0)
        if tls != nil { tls = nil }
    }

    // MARK: What was noted; behind each text are ``LinePiece/slack`` bytes that may be read

    /// Bytes of all.
    var count: Int { bytes.count }

    var hasClient: Bool { bytes.count > refererEnd }

    var method: UnsafeRawBufferPointer { bytes.part(0, methodEnd) }
    var path: UnsafeRawBufferPointer { bytes.part(methodEnd, pathEnd) }
    /// The authority, maybe with a port; empty when there is none.
    var host: UnsafeRawBufferPointer { bytes.part(pathEnd, hostEnd) }
    var userAgent: UnsafeRawBufferPointer { bytes.part(hostEnd, userAgentEnd) }
    var referer: UnsafeRawBufferPointer { bytes.part(userAgentEnd, refererEnd) }
    var client: UnsafeRawBufferPointer { bytes.part(refererEnd, bytes.count) }

    /// What was noted for a field of a line; empty for all others.
    @inline(__always)
    func text(of field: AccessField) -> UnsafeRawBufferPointer {
        switch field {
        case .method: method
        case .path: path
        case .host: host
        case .userAgent: userAgent
        case .referer: referer
        case .client: client
        default: Self.nothing
        }
    }

    /// Whether all that was noted stands for itself in a line.
    @inline(__always)
    func isPlain(in format: LogFormat) -> Bool {
        LineCursor.isPlain(bytes.bytes, lowest: format == .json ? LineCursor.lowestInJSON : LineCursor.lowestInText)
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
            case .tls, .identity: insert(.tls)
            default: break
            }
        }
    }
}
