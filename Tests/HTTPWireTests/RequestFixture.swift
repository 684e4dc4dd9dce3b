import Foundation
import HTTPWire
import Testing

/// One case of a file in `Tests/Fixtures/http1`: what a client sends, and the trace that must come of it.
///
/// ```
/// == name
/// > bytes, escaped; the lines of one case are joined as they are
/// < one line of the trace
/// ```
/// `>*N text` sends `text` N times. `limit name value` before the bytes sets a limit. `#` starts a comment.
struct RequestFixture: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8] = []
    var expected: [String] = []
    var limits = HTTPLimits.defaults

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/http1")

    static func load(_ file: String) -> [RequestFixture] {
        guard let text = try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) else {
            Issue.record("no fixture \(file)")
            return []
        }
        var result: [RequestFixture] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("== ") {
                result.append(RequestFixture(name: String(line.dropFirst(3))))
                continue
            }
            guard !line.hasPrefix("#"), var last = result.popLast() else { continue }
            last.take(line)
            result.append(last)
        }
        return result
    }

    private mutating func take(_ line: Substring) {
        if line.hasPrefix("> ") {
            bytes += Escaped.bytes(line.dropFirst(2))
        } else if line.hasPrefix("< ") {
            expected.append(String(line.dropFirst(2)))
        } else if line.hasPrefix(">*"), let space = line.firstIndex(of: " ") {
            let count = Int(line[..<space].dropFirst(2)) ?? 0
            let text = Escaped.bytes(line[line.index(after: space)...])
            for _ in 0..<count { bytes += text }
        } else if line.hasPrefix("limit ") {
            let words = line.split(separator: " ")
            setLimit(words[1], Int(words[2]) ?? -1)
        } else {
            Issue.record("\(name): cannot read `\(line)`")
        }
    }

    private mutating func setLimit(_ limit: Substring, _ value: Int) {
        switch limit {
        case "requestLine": limits.maxRequestLineBytes = value
        case "headers": limits.maxHeaderBytes = value
        case "headerCount": limits.maxHeaderCount = value
        case "body": limits.maxBodyBytes = value
        case "chunkLine": limits.maxChunkLineBytes = value
        case "trailers": limits.maxTrailerBytes = value
        case "chunkOverhead": limits.maxChunkOverheadBytes = value
        default: Issue.record("\(name): no limit `\(limit)`")
        }
    }
}
