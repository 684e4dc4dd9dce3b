import MessageWire
import NIOCore
import Testing

/// Conversations of a real NestJS client, as far as frames and packets go.
@Suite struct ClientRecordingTests {
    static let recordings = (try? Recording.all("client")) ?? []

    @Test func `there are recordings`() {
        #expect(Self.recordings.count > 130)
    }

    // MARK: Client to server

    @Test(arguments: recordings.filter { !$0.name.hasPrefix("tls-client-to-plain") })
    func `what a client writes is written by our encoder byte for byte`(recording: Recording) throws {
        let bytes = recording.bytes(fromClient: true)
        let whole = decode([bytes])
        #expect(whole.error == nil)
        var rewritten: [UInt8] = []
        for json in whole.frames {
            let request = try #require(try json.request())
            let pattern = try #require(json.value(request.pattern))
            let data = Array(json[try #require(request.data)])
            let id = json.text(request.id)
            let ours = PacketID(slot: 0xBEEF, sequence: 7)
            let frame = encoded { buffer in
                data.withUnsafeBytes { data in
                    // What an event's pattern was before it became a string is tested below.
                    FrameEncoder.request(
                        CompiledPattern(send: pattern), data: data, dataUnits: UTF16Count.of(data),
                        id: id == nil ? nil : ours, into: &buffer)
                }
            }
            let text = try #require(decode([frame]).texts.first)
            #expect(frame.elementsEqual(MessageWireTests.frame(text)))
            rewritten += MessageWireTests.frame(
                id.map { text.replacing("\"\(ours.text)\"", with: $0) } ?? text)
        }
        #expect(rewritten == bytes)
        for cut in cuts(bytes) { #expect(decode(cut) == whole) }
    }

    @Test(
        arguments: [
            (
                "emit-key-sort",
                [
                    "b": 1, "B": 2, "a": 3, "A": 4, "_": 5, "10": 6, "9": 7, "é": 8, "z": 9, "가": 10, "a-b": 11,
                    "ab": 12,
                    "a b": 13, "$": 14, "": 15,
                ]
            ),
            ("emit-nested-pattern", ["z": ["y": 1, "x": [true, nil]], "a": "q\"\\"]),
            ("emit-number-pattern", 42), ("emit-pattern-boolean", true), ("emit-string-pattern", "user_created"),
        ] as [(String, JSONValue)])
    func `an event's pattern goes out as NestJS sends it`(name: String, pattern: JSONValue) throws {
        let recording = try #require(Self.recordings.first { $0.name == name && $0.version == "nest11.2.1" })
        let json = try #require(decode([recording.bytes(fromClient: true)]).frames.first)
        let request = try #require(try json.request())
        let data = Array(json[try #require(request.data)])
        let ours = encoded { buffer in
            data.withUnsafeBytes {
                FrameEncoder.request(
                    CompiledPattern(emit: pattern), data: $0, dataUnits: UTF16Count.of($0), id: nil, into: &buffer)
            }
        }
        #expect(ours == recording.bytes(fromClient: true))
        #expect(request.kind == .event)
    }

    // MARK: Server to client

    /// What a subscriber sees.
    enum Seen: Equatable {
        case next(JSONValue?)
        case complete
        case error(JSONValue)
    }

    /// Answers that end the connection, and why.
    static let refused: [String: MessageWireError] = [
        "answer-bad-json": .notJSON(JSONScanError(.unexpectedByte, at: 1)),
        "answer-bad-length": .corruptedLength,
        "answer-zero-length": .notJSON(JSONScanError(.empty, at: 0)),
        // NestJS 9 has no limit; its client took this answer.
        "max-buffer-client": .bufferTooFull,
    ]

    /// Reads frames as a client with pending requests does.
    static func replay(_ frames: [[UInt8]], ids: [String]) throws(MessageWireError) -> [Seen] {
        var pending = Set(ids)
        var seen: [Seen] = []
        for json in frames {
            guard let reply = try json.reply(), let id = json.text(reply.id), pending.contains(id) else { continue }
            switch reply.outcome {
            case .value(let value, let isLast):
                seen.append(.next(json.value(value)?.javaScriptNormalized))
                if isLast {
                    seen.append(.complete)
                    pending.remove(id)
                }
            case .undefinedValue:
                seen.append(.next("(undefined)"))
            case .error(let error):
                seen.append(.error(json.value(error) ?? nil))
                pending.remove(id)
            case .completed:
                seen.append(.complete)
                pending.remove(id)
            case .foreign(let whole):
                seen += [.next(json.value(whole)?.javaScriptNormalized), .complete]
                pending.remove(id)
            }
        }
        return seen
    }

    /// What the real subscriber saw, without what the client itself made up.
    static func saw(_ recording: Recording) throws -> [Seen] {
        try (recording.json["subscriber_saw"]?.elements ?? []).compactMap { entry in
            let words = try #require(entry["what"]?.stringValue).split(separator: " ")
            guard words.count > 1 else { return nil }
            switch words[1] {
            case "next":
                let written = words.count > 2 ? try JSONValue.parse(String(words[2])) : nil
                return .next((entry["value"] ?? written)?.javaScriptNormalized)
            case "complete": return .complete
            case "error" where entry["error"]?["error_object"] == false:
                return .error(try #require(entry["error"]?["value"]))
            default: return nil
            }
        }
    }

    @Test(arguments: recordings.filter { !$0.name.hasPrefix("emit-") && !$0.name.hasPrefix("tls-client-to-plain") })
    func `what a server answers is read as the real client reads it`(recording: Recording) throws {
        let bytes = recording.bytes(fromClient: false)
        var ids: [String] = []
        for json in decode([recording.bytes(fromClient: true)]).frames {
            let request = try #require(try json.request())
            ids.append(try #require(json.text(request.id)))
        }
        // One request is given up by its subscriber, one is lost in a closing connection.
        if recording.name == "unsubscribe" { ids.removeFirst() }
        if recording.name == "send-while-server-fin-in-flight" { ids.removeLast() }
        let limit =
            recording.version == "nest11.2.1" ? recording.json["client_options"]?["maxBufferSize"]?.intValue : nil
        let limits = limit.map { FrameLimits(maxUnits: $0) } ?? .defaults
        let whole = decode([bytes], limits: limits)
        let expected =
            recording.version == "nest9.2.0" && limit == nil && recording.name == "max-buffer-client"
            ? nil : Self.refused[recording.name]
        var error = whole.error
        var seen: [Seen] = []
        do throws(MessageWireError) {
            seen = try Self.replay(whole.frames, ids: ids)
        } catch let failure {
            error = failure
        }
        #expect(error == expected)
        #expect(seen == (try Self.saw(recording)))
        guard limit == nil else { return }
        for cut in cuts(bytes) { #expect(decode(cut) == whole) }
    }
}
