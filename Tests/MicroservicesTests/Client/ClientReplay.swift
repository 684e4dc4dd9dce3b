import Logging
import MessageWire
import Microservices
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// One recording, played any number of times.
struct ClientReplay: Sendable {
    private typealias Outcome = ClientRecording.Outcome

    let recording: ClientRecording
    /// What the conversation goes over.
    let link: ReplayLink
    /// Of the clients, which all live on its one loop.
    private let group: MultiThreadedEventLoopGroup
    /// Asks a service on another connection of the same loop.
    private let clock: ClientProxy

    /// Makes what a recording is played with, and lets it be played.
    static func run(
        _ recording: ClientRecording, over link: ReplayLink = .tcp, _ body: (ClientReplay) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, logger: .quiet)
        service.onMessage("barrier") { (_: Int, context) in }
        try await service.start()
        let clock = ClientProxy(
            .local(try #require(service.address?.port)),
            eventLoopGroup: group, logger: .quiet)
        try await body(ClientReplay(recording: recording, link: link, group: group, clock: clock))
        await clock.drain()
        await service.shutdown()
        try await group.shutdownGracefully()
    }

    /// Plays the recording once.
    ///
    /// - Parameter cut: Cuts what the server says without a pause into segments.
    /// - Returns: The longest text that the server said without a pause, in bytes.
    /// - Throws: When the conversation takes another course.
    @discardableResult func play(_ cut: ([UInt8]) -> [[UInt8]]) async throws -> Int {
        let server = try await link.serve()
        let client = ClientProxy(
            server.configuration(maxBufferSize: recording.maxBufferSize ?? 134_217_728), eventLoopGroup: group,
            logger: .quiet)
        var connection: RawConnection?
        var calls: [Task<Outcome, Never>] = []
        var ids: [String: String] = [:]
        var pending: [UInt8] = []
        var longest = 0

        for step in recording.steps {
            if case .serverSends(let bytes) = step {
                pending += bytes
                continue
            }
            if !pending.isEmpty {
                longest = max(longest, try await say(pending, ids, connection, cut))
                pending = []
            }
            switch step {
            case .clientConnects:
                connection = nil
            case .clientSends(let text):
                if recording.name == "unsubscribe", let call = calls.first {
                    #expect(call.isCancelled)
                }
                let packets = frames(text)
                calls += packets.map { packet in Task { await call(client, packet) } }
                let known: RawConnection
                if let connection { known = connection } else { known = try await server.accept() }
                connection = known
                try await expect(packets, of: text, on: known, &ids)
                if recording.name == "unsubscribe", calls.count == 1 {
                    calls[0].cancel()
                    _ = await calls[0].value
                    try await barrier()
                }
            case .clientFinishes:
                if recording.name == "client-close-pending" { await client.close() }
                await connection?.receiveEnd()
            case .serverFinishes:
                try await connection?.halfClose()
            case .serverResets:
                try await connection?.reset()
            case .serverSends:
                break
            }
        }
        if !pending.isEmpty { longest = max(longest, try await say(pending, ids, connection, cut)) }
        try await check(calls, ids)
        await client.close()
        await server.stop()
        return longest
    }

    /// Every call must have had the recorded outcome, and those without one must still wait.
    private func check(_ calls: [Task<Outcome, Never>], _ ids: [String: String]) async throws {
        for (label, call) in zip(recording.labels, calls) {
            if recording.name == "unsubscribe", label == "p" { continue }
            guard var expected = recording.outcomes[label], expected.end != nil else {
                call.cancel()
                #expect(await call.value.values == [])
                continue
            }
            // A foreign answer is a value with its id.
            expected.values = expected.values.map { Self.identified($0, ids) }
            #expect(await call.value == expected, "\(label)")
        }
    }

    /// Sends or emits what a packet of NestJS's client says.
    private func call(_ client: ClientProxy, _ packet: String) async -> Outcome {
        await Self.outcome { outcome in
            let json = try JSONValue.parse(packet)
            let pattern = json["pattern"] ?? .null
            let data = json["data"] ?? .null
            if json["id"] != nil {
                for try await value in client.send(MessagePattern(pattern), data) {
                    outcome.values.append(value.serialized())
                }
            } else {
                try await client.emit(MessagePattern(Self.emitted(pattern)), data)
            }
        }
    }

    /// What becomes of a call, in the recordings' words.
    static func outcome(_ call: (inout ClientRecording.Outcome) async throws -> Void) async -> ClientRecording.Outcome {
        var outcome = Outcome()
        do {
            try await call(&outcome)
            outcome.end = .completed
        } catch let error as RPCError {
            outcome.end = .error(error.value.serialized())
        } catch UpstreamFailure.cannotConnect(let error) {
            outcome.end = .cannotConnect(Self.code(error))
        } catch is UpstreamFailure {
            outcome.end = .connectionClosed
        } catch let error as ClientError where error == .invalidMessage {
            outcome.end = .invalidMessage
        } catch {
            outcome.end = .error("\(error)")
        }
        return outcome
    }

    /// What Node.js calls the reason.
    private static func code(_ error: ClientError) -> String {
        switch error.cause {
        case let error as IOError where error.errnoCode == ECONNREFUSED: "ECONNREFUSED"
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: "ENOTFOUND"
        case let cause: "\(String(describing: cause))"
        }
    }

    /// The pattern that was emitted, which travels as normalised text; its members in another order.
    private static func emitted(_ pattern: JSONValue) -> JSONValue {
        guard let text = pattern.stringValue, let original = try? JSONValue.parse(text) else { return pattern }
        return reversed(original)
    }

    private static func reversed(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(members.reversed().map { JSONValue.Member(name: $0.name, value: reversed($0.value)) })
    }

    /// Waits for the packets, which must be the recorded ones but for their ids.
    private func expect(
        _ packets: [String], of text: String, on connection: RawConnection, _ ids: inout [String: String]
    ) async throws {
        var received = ""
        while frames(received).count < packets.count {
            received += try #require(await connection.receive(), "the connection ended")
        }
        if packets.allSatisfy({ packetID($0).isEmpty }) { #expect(received == text) }
        let actual = frames(received)
        #expect(
            actual.joined().utf8.count + actual.map { "\($0.utf16.count)#".utf8.count }.reduce(0, +)
                == received.utf8.count)
        func anonymous(_ packet: String) -> String {
            packet.replacing("\"id\":\"\(packetID(packet))\"", with: "\"id\":\"\"")
        }
        for packet in packets {
            let same = try #require(
                actual.first { anonymous($0) == anonymous(packet) }, "\(packet) was not sent: \(actual)")
            ids[packetID(packet)] = packetID(same)
        }
        #expect(actual.count == packets.count)
    }

    /// Says what the server said, with the ids of this conversation.
    private func say(
        _ bytes: [UInt8], _ ids: [String: String], _ connection: RawConnection?, _ cut: ([UInt8]) -> [[UInt8]]
    ) async throws -> Int {
        let said = Array(Self.translated(String(decoding: bytes, as: UTF8.self), ids).utf8)
        for piece in cut(said) where !piece.isEmpty {
            // The client may have closed the connection by now.
            try? await connection?.send(piece)
            try await barrier()
        }
        return said.count
    }

    /// Puts other ids in, and changes the lengths of the frames by as much; a wrong length stays as wrong as it was.
    static func translated(_ text: String, _ ids: [String: String]) -> String {
        text.replacing(/([0-9]+)#([^#]*?)(?=$|[0-9]+#)/) { match in
            let body = identified(String(match.2), ids)
            let length = (Int(match.1) ?? 0) + body.utf16.count - match.2.utf16.count
            return "\(length)#\(body)"
        }
    }

    private static func identified(_ text: String, _ ids: [String: String]) -> String {
        ids.reduce(text) { $0.replacing("\"\($1.key)\"", with: "\"\($1.value)\"") }
    }

    /// Returns when the client's loop has read what was sent to it before: it reads all its sockets in turn.
    private func barrier() async throws {
        _ = try await clock.send("barrier", 1).value
    }
}
