import MartletGateway
import TestSupport
import Testing

/// The gateway that tricks are played on, and the service behind it, which notes all it gets.
///
/// One event loop and one connection to the service: a marker that was answered says that all before it is noted.
final class TrickGateway {
    let gateway: TestGateway
    let log: TrickLog
    /// What stands before the guarded routes in ``TrickArrangement/custom``.
    let wall: WallGuard
    private let service: Task<Void, any Error>

    /// - Parameters:
    ///   - arrangement: Where the guards stand.
    ///   - more: Further keys of `gateway`, a line.
    /// - Throws: What starting throws.
    init(_ arrangement: TrickArrangement, gateway more: String = "") async throws {
        let server = try await ScriptedServer()
        let log = TrickLog()
        let wall = WallGuard()
        service = answering(server) { packet, id in
            log.add(packet)
            return id.isEmpty ? nil : value("1", id)
        }
        var enhancers = EnhancerRegistry()
        enhancers.addGuard("Wall") { _ in wall }
        gateway = try await TestGateway(
            routes: TrickRoute.yaml(arrangement), servicePorts: [server.port],
            service: "timeout: 30s, pool: { max: 1, queueTimeout: 30s, connectTimeout: 30s }",
            http2: "resets: 10000, idleFrames: 100000",
            gateway: more, top: TrickRoute.use(arrangement), enhancers: enhancers)
        self.log = log
        self.wall = wall
    }

    func stop() async {
        await gateway.stop()
        service.cancel()
    }

    static let marker = "GET /marker HTTP/1.1\r\nhost: t\r\n\r\n"

    /// What reached the service up to here; proves that the gateway is alive.
    func packets() async throws -> [TrickPacket] {
        let answers = try await gateway.exchange(Self.marker)
        #expect(answers.map(\.status) == [200], "the gateway does not answer a plain request any more")
        let (packets, unreadable) = log.take()
        #expect(unreadable == 0)
        return packets
    }

    // MARK: HTTP/1.1

    /// Sends bytes on a connection of its own, ends it, and reads to the end; the statuses of the answers.
    func http1(_ bytes: [UInt8], bodiless: Set<Int> = []) async throws -> [Int] {
        let client = try await gateway.connect()
        try? await client.send(bytes)
        // The gateway may have ended the connection already.
        try? await client.halfClose()
        return ParsedResponse.parse(await client.receiveAll(), bodiless: bodiless).map(\.status).filter { $0 != 100 }
    }

    /// A trick as HTTP/1.1.
    static func http1(_ trick: PathTrick) -> [UInt8] {
        Array("\(trick.method) ".utf8) + RawText.bytes(trick.target) + Array(" HTTP/1.1\r\nhost: ".utf8)
            + RawText.bytes(trick.host) + Array("\r\n".utf8)
            + trick.fields.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) } + Array("\r\n".utf8)
    }

    // MARK: HTTP/2

    /// Sends tricks on a connection, on streams from `first` on; their statuses, `nil` for a stream or a connection that
    /// ended without an answer.
    static func http2(_ tricks: [PathTrick], on client: HTTP2TestConnection, first: Int) async throws -> [Int?] {
        let frames = tricks.enumerated().map { index, trick in
            HTTP2TestFrame.rawHeaders(
                first + 2 * index,
                [
                    (":method", Array(trick.method.utf8)), (":scheme", Array("http".utf8)),
                    (":path", RawText.bytes(trick.target)), (":authority", RawText.bytes(trick.host)),
                ] + trick.fields.map { ($0.name, Array($0.value.utf8)) })
        }
        try? await client.send(frames)
        var statuses: [Int?] = []
        for frame in frames {
            let answer = await client.answer(frame.stream)
            statuses.append(answer?.resetCode == nil ? answer?.status : nil)
        }
        return statuses
    }
}

extension HTTP2TestFrame {
    /// HEADERS that end their stream, with values of any bytes. Literals without indexing: RFC 7541 §6.2.2
    static func rawHeaders(_ stream: Int, _ fields: [(String, [UInt8])], endsStream: Bool = true) -> HTTP2TestFrame {
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [0] + length(name.utf8.count) + Array(name.utf8)
            block += length(value.count) + value
        }
        return HTTP2TestFrame(type: 1, flags: endsStream ? 5 : 4, stream: stream, payload: block)
    }

    /// RFC 7541 §5.1, with a prefix of seven bits.
    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 127 else { return [UInt8(count)] }
        var result: [UInt8] = [127]
        var rest = count - 127
        while rest >= 128 {
            result.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}
