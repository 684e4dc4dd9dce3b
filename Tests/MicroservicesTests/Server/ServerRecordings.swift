import Foundation
import MessageWire

/// A recorded conversation between a raw client and a real NestJS server.
struct ServerRecording: Sendable, CustomStringConvertible {
    /// What happened next in the conversation.
    enum Step: Sendable {
        case clientSends([UInt8])
        case clientFinishes
        case serverSends([UInt8])
        case serverFinishes
    }

    let name: String
    let steps: [Step]
    /// The server's `maxBufferSize`, when it was not the default.
    let maxBufferSize: Int?

    var description: String { name }

    /// What the server sent in all.
    var answer: [UInt8] {
        steps.flatMap { step in
            if case .serverSends(let bytes) = step { bytes } else { [] as [UInt8] }
        }
    }

    var serverFinishes: Bool {
        steps.contains { if case .serverFinishes = $0 { true } else { false } }
    }

    /// The recordings made with NestJS 11, nil if there are none beside the tests.
    static let all: [ServerRecording] = load()

    private static func load() -> [ServerRecording] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let own = tests.appending(path: "Fixtures/nest-tcp")
        let shared =
            ProcessInfo.processInfo.environment["MARTLET_SHARED"].map { URL(filePath: $0) }
            ?? tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared")
        for folder in [own, shared.appending(path: "conformance/nest-tcp")] {
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            let recordings = (files ?? []).compactMap { file in
                let name = file.lastPathComponent
                return name.hasPrefix("server__") && name.contains("nest11") ? read(file) : nil
            }
            if !recordings.isEmpty { return recordings.sorted { $0.name < $1.name } }
        }
        return []
    }

    private static func read(_ file: URL) -> ServerRecording? {
        guard let text = try? String(contentsOf: file, encoding: .utf8), let json = try? JSONValue.parse(text),
            let name = json["name"]?.stringValue, case .array(let steps)? = json["steps"]
        else { return nil }
        return ServerRecording(
            name: String(name.dropFirst("server/".count)), steps: steps.compactMap(step),
            maxBufferSize: json["server_options"]?["maxBufferSize"]?.intValue)
    }

    private static func step(_ json: JSONValue) -> Step? {
        let isClient = json["dir"]?.stringValue == "client->server"
        if let text = json["bytes_base64"]?.stringValue, let data = Data(base64Encoded: text) {
            return isClient ? .clientSends(Array(data)) : .serverSends(Array(data))
        }
        guard json["event"]?.stringValue == "FIN" else { return nil }
        return isClient ? .clientFinishes : .serverFinishes
    }
}
