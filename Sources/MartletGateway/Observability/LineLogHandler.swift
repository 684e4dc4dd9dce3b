import Logging
import MessageWire
import NIOCore

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-23T10:00:00.000Z warning service is not reachable endpoint=127.0.0.1:3000 service=demo`
    case text
    /// One JSON object for each line.
    case json
}

/// A swift-log handler that writes one line for each event, as text or JSON, through a ``LogWriter``.
public struct LineLogHandler: LogHandler {
    private let settings: LogSettings
    private let label: String
    /// Set on one logger.
    private var ownLevel: Logger.Level?
    /// Added to every line.
    public var metadata: Logger.Metadata = [:]
    /// Adds to a line what is known where it is written, such as `trace_id`.
    public var metadataProvider: Logger.MetadataProvider?

    /// Lines below this level are dropped: that of the settings, unless the logger has been given its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? settings.level }
        set { ownLevel = newValue }
    }

    /// Makes a handler with a form, level and destination that do not change.
    ///
    /// - Parameters:
    ///   - label: The logger's label; in JSON it is the field `logger`.
    ///   - format: Text or JSON.
    ///   - level: The lowest level that is written.
    ///   - writer: Where lines go.
    public init(label: String, format: LogFormat, level: Logger.Level, writer: LogWriter = .standardError) {
        self.init(label: label, settings: LogSettings(level: level, format: format, writer: writer))
    }

    /// Makes a handler that goes by settings which may change.
    ///
    /// - Parameters:
    ///   - label: The logger's label; in JSON it is the field `logger`.
    ///   - settings: Form, level and destination.
    ///   - metadataProvider: Adds to a line what is known where it is written.
    public init(label: String, settings: LogSettings, metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.settings = settings
        self.metadataProvider = metadataProvider
    }

    /// Reads and writes one metadata value.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        let time = Timestamp.now()
        var line = ByteBuffer()
        switch settings.format {
        case .text:
            line.writeString("\(time) \(event.level) ")
            line.writeLogText("\(event.message)", isValue: false)
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                line.writeString(" \(key)=")
                line.writeLogText("\(value)", isValue: true)
            }
        case .json:
            line.writeString("{\"ts\":\"\(time)\",\"level\":\"\(event.level)\",\"msg\":")
            line.writeJSONString("\(event.message)")
            line.writeString(",\"logger\":")
            line.writeJSONString(label)
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                line.writeString(",")
                line.writeJSONString(key)
                line.writeString(":")
                line.writeJSONString("\(value)")
            }
            line.writeString("}")
        }
        line.writeString("\n")
        settings.writer.write(line)
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

    /// Appends a text that stays on its line: quoted and escaped when it holds control characters, or, as a value, blanks or
    /// quotes.
    fileprivate mutating func writeLogText(_ text: String, isValue: Bool) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte > 0x20 && byte != 0x7F && byte != 0x22 || !isValue && (byte == 0x20 || byte == 0x22)
        }
        guard !isPlain || text.unicodeScalars.contains(where: Self.isControl) else {
            writeString(text)
            return
        }
        var quoted = ByteBuffer()
        quoted.writeJSONString(text)
        for scalar in String(buffer: quoted).unicodeScalars {
            // JSON leaves them as they are, and terminals obey them.
            if Self.isControl(scalar) {
                writeString("\\u00" + String(scalar.value, radix: 16))
            } else {
                writeString(String(scalar))
            }
        }
    }

    /// The controls beside those of ASCII, U+0080 to U+009F.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (0x80...0x9F).contains(scalar.value)
    }
}
