import Foundation
import MessageWire

/// A recorded conversation between a real NestJS client and a server that says what it was told to.
struct ClientRecording: Sendable, CustomStringConvertible {
    /// What happened next in the conversation.
    enum Step: Sendable {
        case clientConnects
        case clientSends(String)
        case clientFinishes
        case serverSends([UInt8])
        case serverFinishes
        case serverResets
    }

    /// What a caller saw of one call.
    struct Outcome: Sendable, Equatable {
        enum End: Sendable, Equatable {
            case completed
            /// With the JSON text of the error's value.
            case error(String)
            /// "Connection closed".
            case connectionClosed
            /// With the system's name of the reason.
            case cannotConnect(String)
            /// NestJS's `InvalidMessageException`.
            case invalidMessage
        }

        /// JSON texts.
        var values: [String] = []
        var end: End?
    }

    let name: String
    let steps: [Step]
    /// By the label that the recording has for the call.
    let outcomes: [String: Outcome]
    /// Everything that the recording's listeners saw, in words.
    let seen: [String]
    /// The client's `maxBufferSize`, when it was not the default.
    let maxBufferSize: Int?

    var description: String { name }

    /// Whether the client has sent anything.
    var hasMessages: Bool { steps.contains { if case .clientSends = $0 { true } else { false } } }

    /// The labels of the calls in the order in which their packets were sent; one `call` in most recordings.
    var labels: [String] {
        switch name {
        case "answers-out-of-order": ["a", "b", "c"]
        case "concurrent-first": ["s1", "s2", "s3", "s4", "s5"]
        case "fin-with-three-pending": ["p1", "p2", "p3", "next"]
        case "server-fin-idle", "listeners-after-reconnect": ["1", "2"]
        case "status-server-fin": ["s", "s2"]
        case "unsubscribe": ["p", "second"]
        case "client-close-pending": ["p"]
        case "max-buffer-client", "tls-ok", "tls-insecure": ["s"]
        default: ["call"]
        }
    }

    /// The recordings made with NestJS 11, empty if there are none beside the tests.
    static let all: [ClientRecording] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/nest-tcp")
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let recordings = (files ?? []).compactMap { file in
            let name = file.lastPathComponent
            return name.hasPrefix("client__") && name.contains("nest11") ? read(file) : nil
        }
        return recordings.sorted { $0.name < $1.name }
    }()

    private static func read(_ file: URL) -> ClientRecording? {
        guard let text = try? String(contentsOf: file, encoding: .utf8), let json = try? JSONValue.parse(text),
            let name = json["name"]?.stringValue, case .array(let steps)? = json["steps"],
            case .array(let seen)? = json["subscriber_saw"]
        else { return nil }
        return ClientRecording(
            name: String(name.dropFirst("client/".count)), steps: steps.compactMap(step), outcomes: outcomes(seen),
            seen: seen.compactMap { $0["what"]?.stringValue },
            maxBufferSize: json["client_options"]?["maxBufferSize"]?.intValue)
    }

    private static func step(_ json: JSONValue) -> Step? {
        let isClient = json["dir"]?.stringValue == "client->server"
        if let text = json["bytes_base64"]?.stringValue, let data = Data(base64Encoded: text) {
            return isClient ? .clientSends(String(decoding: data, as: UTF8.self)) : .serverSends(Array(data))
        }
        switch json["event"]?.stringValue {
        case "FIN": return isClient ? .clientFinishes : .serverFinishes
        case "RST": return .serverResets
        case let event? where event.hasPrefix("connected"): return .clientConnects
        default: return nil
        }
    }

    /// `undefined` is no value here: JSON has none.
    private static func outcomes(_ seen: [JSONValue]) -> [String: Outcome] {
        var outcomes: [String: Outcome] = [:]
        for entry in seen {
            let words = entry["what"]?.stringValue?.split(separator: " ").map(String.init) ?? []
            // Some have the value among the words.
            guard words.count == 2 || (words.count == 3 && words[1] == "next") else { continue }
            switch words[1] {
            case "next":
                let value = entry["value"] ?? (words.count == 3 ? try? JSONValue.parse(words[2]) : nil) ?? .null
                if value != "(undefined)" { outcomes[words[0], default: Outcome()].values.append(value.serialized()) }
            case "complete":
                outcomes[words[0], default: Outcome()].end = .completed
            case "error":
                outcomes[words[0], default: Outcome()].end = failure(entry["error"] ?? .null)
            default:
                break
            }
        }
        return outcomes
    }

    private static func failure(_ error: JSONValue) -> Outcome.End {
        if let value = error["value"] { return .error(value.serialized()) }
        if let code = error["code"]?.stringValue { return .cannotConnect(code) }
        return error["constructor"]?.stringValue == "InvalidMessageException" ? .invalidMessage : .connectionClosed
    }
}
