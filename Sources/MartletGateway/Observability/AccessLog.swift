import MessageWire
import NIOCore
import NetworkIO

/// One line for each finished request, gathered for a tick and handed to the writer in one piece.
///
/// Only the path is logged, never the query or a header: they carry secrets more often than not.
///
/// World: one event loop.
final class AccessLog: TickFlushable {
    /// What is known of a finished request.
    struct Entry {
        var method: String
        var path: String
        var route: String
        var status: Int
        /// The machine-readable reason of a failure; empty for a success.
        var code: String
        var bytesOut: Int
        var durationNanoseconds: Int64
        var client: String
        var requestID: RequestID
        /// The client's own id, when it was taken.
        var requestIDText: String?
    }

    private let format: LogFormat
    private let writer: LogWriter
    private let loop: EventLoopContext
    private var lines = ByteBuffer()
    private var isDirty = false
    private static let maxBatch = 64 * 1024

    init(format: LogFormat, writer: LogWriter, loop: EventLoopContext) {
        self.format = format
        self.writer = writer
        self.loop = loop
    }

    func write(_ entry: Entry) {
        let milliseconds = Self.milliseconds(entry.durationNanoseconds)
        switch format {
        case .text:
            lines.writeString(
                "\(Timestamp.now()) \(entry.status) \(Self.printable(entry.method)) \(Self.printable(entry.path)) "
                    + "\(milliseconds)ms \(entry.bytesOut)B \(entry.client) route=\(entry.route.isEmpty ? "-" : entry.route)"
            )
            if !entry.code.isEmpty { lines.writeString(" code=\(entry.code)") }
            lines.writeString(" id=\(entry.requestIDText ?? entry.requestID.description)\n")
        case .json:
            lines.writeString(
                "{\"ts\":\"\(Timestamp.now())\",\"level\":\"info\",\"msg\":\"request\",\"status\":\(entry.status),\"method\":"
            )
            lines.writeJSONString(entry.method)
            lines.writeString(",\"path\":")
            lines.writeJSONString(entry.path)
            lines.writeString(",\"route\":")
            lines.writeJSONString(entry.route)
            if !entry.code.isEmpty {
                lines.writeString(",\"code\":")
                lines.writeJSONString(entry.code)
            }
            lines.writeString(
                ",\"duration_ms\":\(milliseconds),\"bytes\":\(entry.bytesOut),\"client\":\"\(entry.client)\","
                    + "\"request_id\":\"\(entry.requestIDText ?? entry.requestID.description)\"}\n")
        }
        if lines.readableBytes > Self.maxBatch {
            flush()
        } else if !isDirty {
            isDirty = true
            loop.flushAtEndOfTick(self)
        }
    }

    func flushTick() {
        isDirty = false
        flush()
    }

    private func flush() {
        guard lines.readableBytes > 0 else { return }
        writer.write(lines)
        lines.clear()
    }

    /// `1.234`: three decimals without floating point.
    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let microseconds = max(nanoseconds, 0) / 1000
        return "\(microseconds / 1000).\(String(1000 + microseconds % 1000).dropFirst())"
    }

    /// A method or path cannot hold control characters or blanks; whatever was refused for holding them is shown with
    /// escapes. A request that could not be read has neither, and `-` keeps the columns where they are.
    private static func printable(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 >= 0x80 }) else {
            return text.isEmpty ? "-" : text
        }
        return text.utf8.reduce(into: "") { text, byte in
            if byte <= 0x20 || byte >= 0x7F {
                text += "\\x" + String(0x100 + Int(byte), radix: 16).dropFirst()
            } else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
    }
}

extension ByteBuffer {
    /// Appends a string as JSON, quoted and escaped.
    mutating func writeJSONString(_ text: String) {
        var writer = JSONWriter(buffer: self)
        // Dropped so that the writer's buffer is unique and grows in place.
        self = ByteBuffer()
        writer.string(text)
        self = writer.buffer
    }
}
