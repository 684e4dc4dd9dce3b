import Logging
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
    private let format: LogFormat
    private let writer: LogWriter
    private let label: String
    /// Added to every line.
    public var metadata: Logger.Metadata = [:]
    /// Lines below this level are dropped.
    public var logLevel: Logger.Level

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - label: The logger's label; in JSON it is the field `logger`.
    ///   - format: Text or JSON.
    ///   - level: The lowest level that is written.
    ///   - writer: Where lines go.
    public init(label: String, format: LogFormat, level: Logger.Level, writer: LogWriter = .standardError) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.writer = writer
    }

    /// Reads and writes one metadata value.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var all = metadata
        if let own = event.metadata { all.merge(own) { _, new in new } }
        let time = Timestamp.now()
        var line = ByteBuffer()
        switch format {
        case .text:
            line.writeString("\(time) \(event.level) \(event.message)")
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                let text = "\(value)"
                line.writeString(" \(key)=")
                if text.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) {
                    line.writeJSONString(text)
                } else {
                    line.writeString(text)
                }
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
        writer.write(line)
    }
}
