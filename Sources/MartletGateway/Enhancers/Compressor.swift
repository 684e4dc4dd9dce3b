import CBrotli
import CZlib
import HTTPWire
import NIOCore
import Pipeline
import Routing

/// `Compress`: whole bodies, with zlib or brotli.
enum Compressor {
    /// What a client takes, as far as we have it. Spec: RFC 9110 §12.5.3
    static func accepted(_ fields: any RequestFields) -> AcceptedEncodings {
        var accepted: AcceptedEncodings = []
        var refused: AcceptedEncodings = []
        var takesAll = false
        fields.forEachValue(of: "accept-encoding") { value in
            for element in String(decoding: value, as: UTF8.self).split(separator: ",") {
                let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                guard let name = parts.first else { continue }
                let isRefused = parts.dropFirst().contains { part in
                    part.hasPrefix("q=") && part.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
                }
                let encoding: AcceptedEncodings = ["gzip": .gzip, "x-gzip": .gzip, "br": .br][name] ?? []
                if name == "*" { takesAll = !isRefused }
                if isRefused { refused.formUnion(encoding) } else { accepted.formUnion(encoding) }
            }
        }
        if takesAll { accepted.formUnion([.gzip, .br]) }
        return accepted.subtracting(refused)
    }

    /// The first of the settings' encodings that the client takes.
    static func choose(_ settings: CompressSettings, _ accepted: AcceptedEncodings) -> CompressSettings.Encoding? {
        settings.encodings.first { accepted.contains($0 == .br ? .br : .gzip) }
    }

    /// The body in fewer bytes; `nil` when it would not become smaller.
    static func compress(
        _ body: UnsafeRawBufferPointer, _ encoding: CompressSettings.Encoding, level: Int
    ) -> ByteBuffer? {
        switch encoding {
        case .gzip: gzip(body, level: level)
        case .br: brotli(body, level: level)
        }
    }

    private static func gzip(_ body: UnsafeRawBufferPointer, level: Int) -> ByteBuffer? {
        var stream = z_stream()
        // 15 bits of window, and 16 for gzip's header.
        guard martlet_deflateInit(&stream, Int32(level), 15 + 16) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var out = ByteBufferAllocator().buffer(capacity: body.count)
        var isWhole = false
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: body.count) { space in
            let room = min(space.count, body.count)
            stream.next_in = UnsafeMutablePointer(mutating: body.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(body.count)
            stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
            stream.avail_out = UInt32(room)
            isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            return isWhole ? room - Int(stream.avail_out) : 0
        }
        return isWhole ? out : nil
    }

    private static func brotli(_ body: UnsafeRawBufferPointer, level: Int) -> ByteBuffer? {
        var out = ByteBufferAllocator().buffer(capacity: body.count)
        var isWhole = false
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: body.count) { space in
            var size = min(space.count, body.count)
            let result = BrotliEncoderCompress(
                Int32(level), BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.count,
                body.bindMemory(to: UInt8.self).baseAddress, &size, space.bindMemory(to: UInt8.self).baseAddress)
            isWhole = result == BROTLI_TRUE
            return isWhole ? size : 0
        }
        return isWhole ? out : nil
    }
}
