import CNGHTTP2

/// One HTTP/2 frame, taken apart or to be sent.
public struct HTTP2TestFrame: Sendable, Equatable, CustomStringConvertible {
    /// The frame types by their numbers.
    public enum Kind: UInt8, Sendable {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    /// The number of its type.
    public var type: UInt8
    /// Its flags.
    public var flags: UInt8
    /// Its stream; zero for the connection.
    public var stream: Int
    /// What stands behind the header.
    public var payload: [UInt8]

    /// Makes a frame of its parts.
    public init(type: UInt8, flags: UInt8 = 0, stream: Int = 0, payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// Everything as it stands on the wire.
    public var bytes: [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), type, flags]
            + number(stream) + payload
    }

    /// Its type by name; nil for an unknown one.
    public var kind: Kind? { Kind(rawValue: type) }
    /// END_STREAM of DATA and HEADERS.
    public var endsStream: Bool { flags & 1 != 0 && (kind == .data || kind == .headers) }
    /// The error code of RST_STREAM and GOAWAY.
    public var errorCode: Int? {
        switch kind {
        case .reset where payload.count == 4: payload.reduce(0) { $0 << 8 | Int($1) }
        case .goAway where payload.count >= 8: payload[4..<8].reduce(0) { $0 << 8 | Int($1) }
        default: nil
        }
    }
    /// The last stream of GOAWAY.
    public var lastStream: Int? {
        kind == .goAway && payload.count >= 8 ? payload[..<4].reduce(0) { $0 << 8 | Int($1) } : nil
    }

    /// Type, stream, flags and what matters of the payload.
    public var description: String {
        let name = kind.map { "\($0)" } ?? "type \(type)"
        let detail = errorCode.map { " code \($0)" } ?? (kind == .data ? " \(payload.count)B" : "")
        return "\(name) \(stream)\(flags == 0 ? "" : " flags \(flags)")\(detail)"
    }

    // MARK: What a client sends

    /// The preface and empty SETTINGS: how a client begins.
    public static let start = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings().bytes

    /// SETTINGS with identifiers and values.
    public static func settings(_ values: [(UInt16, UInt32)] = []) -> HTTP2TestFrame {
        HTTP2TestFrame(
            type: 4,
            payload: values.flatMap { id, value in
                [UInt8(id >> 8), UInt8(id & 0xFF)] + number(Int(value))
            })
    }

    /// The answer to SETTINGS.
    public static let settingsAcknowledged = HTTP2TestFrame(type: 4, flags: 1)

    /// A request's head: four pseudo-headers and further fields.
    public static func request(
        _ stream: Int, _ method: String = "GET", _ path: String = "/", fields: [(String, String)] = [],
        endsStream: Bool = true, endsHeaders: Bool = true
    ) -> HTTP2TestFrame {
        headers(
            stream,
            [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")] + fields,
            endsStream: endsStream, endsHeaders: endsHeaders)
    }

    /// HEADERS with fields as they are.
    public static func headers(
        _ stream: Int, _ fields: [(String, String)], endsStream: Bool = true, endsHeaders: Bool = true
    ) -> HTTP2TestFrame {
        HTTP2TestFrame(
            type: 1, flags: (endsStream ? 1 : 0) | (endsHeaders ? 4 : 0), stream: stream, payload: block(fields))
    }

    /// More of a header block.
    public static func continuation(_ stream: Int, _ payload: [UInt8] = [], endsHeaders: Bool) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 9, flags: endsHeaders ? 4 : 0, stream: stream, payload: payload)
    }

    /// DATA with a text.
    public static func data(_ stream: Int, _ text: String, endsStream: Bool = true) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 0, flags: endsStream ? 1 : 0, stream: stream, payload: Array(text.utf8))
    }

    /// RST_STREAM, CANCEL unless another code is given.
    public static func reset(_ stream: Int, code: Int = 8) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 3, stream: stream, payload: number(code))
    }

    /// PING, or its answer.
    public static func ping(_ text: String = "12345678", isAnswer: Bool = false) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 6, flags: isAnswer ? 1 : 0, payload: Array(text.utf8))
    }

    /// WINDOW_UPDATE.
    public static func windowUpdate(_ stream: Int, _ increment: Int) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 8, stream: stream, payload: number(increment))
    }

    /// PRIORITY as RFC 7540 has it.
    public static func priority(_ stream: Int, on other: Int) -> HTTP2TestFrame {
        HTTP2TestFrame(type: 2, stream: stream, payload: number(other) + [15])
    }

    /// Literal fields, none kept in the table, no Huffman codes. Spec: RFC 7541 §6.2.2
    public static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var result: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            result.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return result + [UInt8(rest)] + bytes
    }

    private static func number(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 0xFF), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    private func number(_ value: Int) -> [UInt8] { Self.number(value) }
}

/// Takes a server's bytes apart into frames, and its header blocks into fields.
public final class HTTP2TestReader {
    private var bytes: [UInt8] = []
    private var inflater: OpaquePointer?

    /// Starts with an empty compression table.
    public init() { nghttp2_hd_inflate_new(&inflater) }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// Takes bytes, whole frames or not.
    public func received(_ more: [UInt8]) { bytes += more }

    /// The next whole frame; nil until more has come.
    public func next() -> HTTP2TestFrame? {
        guard bytes.count >= 9 else { return nil }
        let count = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        guard bytes.count >= 9 + count else { return nil }
        let frame = HTTP2TestFrame(
            type: bytes[3], flags: bytes[4],
            stream: bytes[5..<9].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF, payload: Array(bytes[9..<9 + count]))
        bytes.removeFirst(9 + count)
        return frame
    }

    /// The fields of a header block; call it once for each HEADERS frame, in order.
    public func fields(of frame: HTTP2TestFrame) -> [String: String] {
        var result: [String: String] = [:]
        var rest = frame.payload[...]
        while true {
            var field = nghttp2_nv()
            var flags: Int32 = 0
            let count = rest.withUnsafeBytes {
                nghttp2_hd_inflate_hd2(
                    inflater, &field, &flags, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count, 1)
            }
            guard count >= 0 else { return result }
            rest = rest.dropFirst(count)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                let name = String(decoding: UnsafeBufferPointer(start: field.name, count: field.namelen), as: UTF8.self)
                result[name] = String(
                    decoding: UnsafeBufferPointer(start: field.value, count: field.valuelen), as: UTF8.self)
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                nghttp2_hd_inflate_end_headers(inflater)
                return result
            }
        }
    }
}
