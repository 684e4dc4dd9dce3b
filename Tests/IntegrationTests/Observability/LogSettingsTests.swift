import Logging
import MartletGateway
import MessageWire
import TestSupport
import Testing
import Tracing

/// Level, form and destination of the gateway's own lines, changed while it runs.
@Suite struct LogSettingsTests {
    private func logger(_ settings: LogSettings) -> Logger {
        Logger(label: "test") { LineLogHandler(label: $0, settings: settings) }
    }

    @Test func `the level can be changed while loggers are in use`() throws {
        let lines = try AccessLines()
        let settings = LogSettings(level: .notice, format: .text, writer: lines.writer)
        let logger = logger(settings)
        logger.info("one")
        settings.level = .debug
        logger.debug("two")
        logger.trace("three")
        settings.level = .error
        logger.warning("four")
        var own = logger
        own.logLevel = .trace
        own.trace("five")
        let written = lines.read().map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        #expect(written == ["debug two", "trace five"])
    }

    @Test func `the form can be changed, and JSON is well-formed whatever it says`() throws {
        let lines = try AccessLines()
        let settings = LogSettings(level: .info, format: .text, writer: lines.writer)
        let logger = logger(settings)
        logger.info(
            "a \"text\"\nof two lines",
            metadata: ["a": "b c", "d": "e\"f", "g": "h\ni", "j": "ä", "k": "\u{9B}m"])
        settings.format = .json
        logger.info("a \"text\"\nof two lines", metadata: ["a": "\u{1}\\", "d": "e\"f"])
        let written = lines.read()
        #expect(written.count == 2)
        #expect(
            written[0].hasSuffix(
                " info \"a \\\"text\\\"\\nof two lines\" a=\"b c\" d=\"e\\\"f\" g=\"h\\ni\" j=ä k=\"\\u009bm\""))
        let json = try JSONValue.parse(written[1])
        #expect(json["msg"] == "a \"text\"\nof two lines" && json["a"] == "\u{1}\\" && json["d"] == "e\"f")
        #expect(json["level"] == "info" && json["logger"] == "test")
    }

    @Test func `lines of an enhancer have the trace of its request`() throws {
        let lines = try AccessLines()
        let settings = LogSettings(level: .info, format: .json, writer: lines.writer)
        let logger = Logger(label: "test") {
            LineLogHandler(label: $0, settings: settings, metadataProvider: MartletTracer.metadataProvider)
        }
        logger.info("none")
        MartletTracer.shared.withSpan("a") { _ in logger.info("some") }
        let written = try lines.read().map { try JSONValue.parse($0) }
        #expect(written.count == 2 && written[0]["trace_id"] == nil)
        #expect(written[1]["trace_id"]?.stringValue?.utf8.count == 32)
        #expect(written[1]["span_id"]?.stringValue?.utf8.count == 16)
    }
}
