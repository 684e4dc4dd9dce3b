import Foundation
import MessageWire
import Testing

/// A recorded conversation between a real NestJS peer and a raw one.
struct Recording: CustomTestStringConvertible {
    /// Bytes that went one way in one piece.
    struct Segment {
        var fromClient: Bool
        var bytes: [UInt8]
    }

    let name: String
    let version: String
    let segments: [Segment]
    let isComplete: Bool
    let json: JSONValue

    var testDescription: String { "\(name) \(version)" }

    /// What went one way, in one piece.
    func bytes(fromClient: Bool) -> [UInt8] {
        segments.filter { $0.fromClient == fromClient }.flatMap(\.bytes)
    }

    /// What went one way, in the pieces recorded.
    func pieces(fromClient: Bool) -> [[UInt8]] {
        segments.filter { $0.fromClient == fromClient }.map(\.bytes)
    }

    /// The recordings whose names start with `prefix` (`client` or `server`).
    static func all(_ prefix: String) throws -> [Recording] {
        try Fixtures.files(in: Fixtures.own.appendingPathComponent("nest-tcp"), prefix: prefix + "__").map { file in
            let json = try Fixtures.bytes(file).withUnsafeBytes { (text) throws(JSONScanError) in
                try JSONValue.parse(text)
            }
            let parts = file.deletingPathExtension().lastPathComponent.components(separatedBy: "__")
            let steps = json["steps"]?.elements ?? []
            return Recording(
                name: parts[1], version: parts[2],
                segments: steps.compactMap { step in
                    guard let text = step["bytes_base64"]?.stringValue, let data = Data(base64Encoded: text) else {
                        return nil
                    }
                    return Segment(fromClient: step["dir"]?.stringValue == "client->server", bytes: [UInt8](data))
                },
                isComplete: !steps.contains { $0["omitted"] != nil },
                json: json)
        }
    }
}

extension JSONValue {
    /// The elements of an array.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}

/// Envelopes of arrays, and slices of them.
extension [UInt8] {
    func reply() throws(MessageWireError) -> ReplyEnvelope? {
        let result = withUnsafeBytes { json in
            do throws(MessageWireError) {
                return Result<ReplyEnvelope?, MessageWireError>.success(try ReplyEnvelope.scan(json))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func request() throws(MessageWireError) -> RequestEnvelope? {
        let result = withUnsafeBytes { json in
            do throws(MessageWireError) {
                return Result<RequestEnvelope?, MessageWireError>.success(try RequestEnvelope.scan(json))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: self[$0], as: UTF8.self) } }

    func value(_ range: Range<Int>?) -> JSONValue? {
        range.map { range in Array(self[range]).withUnsafeBytes { JSONValue(checked: $0) } }
    }
}
