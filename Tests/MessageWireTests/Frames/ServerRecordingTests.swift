import MessageWire
import NIOCore
import Testing

/// Conversations of a real NestJS server, as far as frames and packets go.
@Suite struct ServerRecordingTests {
    static let recordings = ((try? Recording.all("server")) ?? []).filter(\.isComplete)

    /// What a server understands of some segments.
    struct Understood: Equatable {
        var requests: [String] = []
        var events = 0
        var ignored = 0
        var error: MessageWireError?
    }

    static func understand(_ segments: [[UInt8]], limits: FrameLimits) -> Understood {
        let decoded = decode(segments, limits: limits)
        var understood = Understood(error: decoded.error)
        for json in decoded.frames {
            do throws(MessageWireError) {
                let request = try json.request()
                switch request?.kind {
                case .request: understood.requests.append(json.text(request?.id) ?? "")
                case .event: understood.events += 1
                case .foreign, nil: understood.ignored += 1
                }
            } catch {
                understood.error = error
                break
            }
        }
        return understood
    }

    /// The recording in which only the limit that was set is too small.
    static let limited = "max-buffer-announced-only"

    /// Where we end a connection that NestJS leaves open, or the other way round.
    static let decisions: [String: MessageWireError] = [
        // NestJS waits for data that it could never accept.
        "length-huge-announced": .frameTooLong(announced: 99_999_999_999),
        limited: .frameTooLong(announced: 5000),
        // NestJS reads 5000 levels, and dies of the answer.
        "deep-json": .notJSON(JSONScanError(.tooDeep, at: 33 + 511)),
    ]

    /// Requests that are understood and never answered: the handler hangs, the process dies, or the connection ends first.
    static let unanswered: Set<String> = [
        "hang", "stream-never", "ret-bigint", "ret-circular", "filter-throws", "garbage-after-good",
        "garbage-after-good-same-segment",
    ]

    private static func limits(_ recording: Recording) -> FrameLimits {
        // The option is new in 11: version 9 takes any size.
        guard recording.version == "nest11.2.1",
            let limit = recording.json["server_options"]?["maxBufferSize"]?.intValue
        else { return .defaults }
        return FrameLimits(maxUnits: limit)
    }

    @Test func `there are recordings`() {
        #expect(Self.recordings.count > 390)
    }

    @Test(arguments: recordings)
    func `what a client writes is understood as the real server understands it`(recording: Recording) throws {
        let limits = Self.limits(recording)
        let understood = Self.understand(recording.pieces(fromClient: true), limits: limits)
        let logs = (recording.json["server_log"]?.elements ?? []).compactMap { $0["text"]?.stringValue }
        let isRefused =
            recording.json["connection_still_open"] == false && !recording.name.hasPrefix("half-close")
        if let decision = Self.decisions[recording.name], recording.name != Self.limited || limits.maxUnits == 100 {
            #expect(understood.error == decision)
            return
        }
        #expect((understood.error != nil) == isRefused, "\(understood) \(logs)")

        var answered: Set<String> = []
        for json in decode([recording.bytes(fromClient: false)]).frames {
            answered.insert(try #require(json.text(try json.reply()?.id)))
        }
        if !Self.unanswered.contains(recording.name) { #expect(answered == Set(understood.requests)) }
        if logs.contains(where: { $0.hasPrefix("There is no matching event handler") }) {
            #expect(understood.events + understood.ignored > 0)
        }
        guard limits.maxUnits > 100 else { return }
        let bytes = recording.bytes(fromClient: true)
        for cut in cuts(bytes) { #expect(Self.understand(cut, limits: limits) == understood) }
    }

    @Test(arguments: recordings)
    func `what a server writes is written by our encoder byte for byte`(recording: Recording) throws {
        let bytes = recording.bytes(fromClient: false)
        let whole = decode([bytes])
        #expect(whole.error == nil)
        var rewritten: [UInt8] = []
        for json in whole.frames {
            let reply = try #require(try json.reply())
            rewritten += json.withUnsafeBytes { json in
                func text(_ range: Range<Int>) -> FrameEncoder.Text {
                    FrameEncoder.Text(counting: UnsafeRawBufferPointer(rebasing: json[range]))
                }
                return encoded { buffer in
                    guard let id = reply.id else { return }
                    if reply.err != nil, !reply.isDisposed {
                        FrameEncoder.noHandler(id: text(id), into: &buffer)
                    } else if let err = reply.err {
                        FrameEncoder.reply(.error(text(err)), id: text(id), into: &buffer)
                    } else if let response = reply.response {
                        FrameEncoder.reply(
                            .value(text(response), isLast: reply.isDisposed), id: text(id), into: &buffer)
                    } else if reply.isDisposed {
                        FrameEncoder.reply(.completed, id: text(id), into: &buffer)
                    } else {
                        // `{"id":..}`, an undefined value in a stream, which a client cannot tell from a foreign packet.
                        #expect(recording.name == "stream-undefineds")
                        FrameEncoder.packet(text(0..<json.count), into: &buffer)
                    }
                }
            }
        }
        #expect(rewritten == bytes)
        for cut in cuts(bytes) { #expect(decode(cut) == whole) }
    }
}
