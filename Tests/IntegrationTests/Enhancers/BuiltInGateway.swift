import MartletGateway
import Synchronization
import TestSupport
import Testing

/// The packets that a service got, in their order.
final class ReceivedPackets: Sendable {
    private let packets = Mutex<[String]>([])

    func add(_ packet: String) { packets.withLock { $0.append(packet) } }
    var all: [String] { packets.withLock { $0 } }
    var count: Int { all.count }
    var last: String? { all.last }
}

/// A gateway with enhancers in front of a service that notes what it gets.
struct BuiltInGateway {
    let gateway: TestGateway
    let packets: ReceivedPackets
    private let service: Task<Void, any Error>

    /// Starts both: `use` is the inside of the file's `use:`, and what `answer` gives back, by packet and id, the service sends.
    /// Without `answer` it sends the payload back.
    init(
        _ routes: String = standardRoutes, use: String = "", top: String = "", service settings: String = patient,
        gateway more: String = "", files: [String: String] = [:], enhancers: EnhancerRegistry = EnhancerRegistry(),
        accessLog: LogWriter? = nil,
        answer: @escaping @Sendable (_ packet: String, _ id: String) -> String? = {
            value(ReceivedPackets.payload($0), $1)
        }
    ) async throws {
        let server = try await ScriptedServer()
        let packets = ReceivedPackets()
        self.packets = packets
        service = answering(server) { packet, id in
            packets.add(packet)
            return answer(packet, id)
        }
        gateway = try await TestGateway(
            routes: routes, servicePorts: [server.port], service: settings, gateway: more,
            top: use.isEmpty ? top : "use: { \(use) }\n\(top)", files: files, enhancers: enhancers,
            accessLog: accessLog)
    }

    /// The answer to one request without a body, its field lines as they came.
    func ask(_ line: String, _ fields: String...) async throws -> FullAnswer {
        let method = line.prefix { $0 != " " }
        let text = "\(line) HTTP/1.1\r\nhost: t\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
        return try await send(text, isHead: method == "HEAD")
    }

    /// The answer to one request with a body.
    func post(
        _ path: String, _ body: String, type: String = "application/json", _ fields: String...
    ) async throws -> FullAnswer {
        try await send(
            "POST \(path) HTTP/1.1\r\nhost: t\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n"
                + "\(fields.map { $0 + "\r\n" }.joined())\r\n\(body)")
    }

    private func send(_ text: String, isHead: Bool = false) async throws -> FullAnswer {
        let client = try await gateway.connect()
        try await client.send(text)
        try? await client.halfClose()
        return try #require(FullAnswer(await client.receiveAll(), isHead: isHead))
    }

    func stop() async {
        service.cancel()
        await gateway.stop()
    }
}

extension ReceivedPackets {
    /// The payload of a packet, whatever stands behind it.
    static func payload(_ packet: String) -> String {
        guard let start = packet.ranges(of: "\"data\":").first?.upperBound else { return "" }
        let end =
            packet.ranges(of: ",\"metadata\":").last?.lowerBound ?? packet.ranges(of: ",\"id\":\"").last?.lowerBound
            ?? packet.index(before: packet.endIndex)
        return String(packet[start..<end])
    }

    /// The metadata of a packet; `nil` for none.
    static func metadata(_ packet: String) -> String? {
        guard let start = packet.ranges(of: ",\"metadata\":").last?.upperBound else { return nil }
        let end = packet.ranges(of: ",\"id\":\"").last?.lowerBound ?? packet.index(before: packet.endIndex)
        return String(packet[start..<end])
    }

    /// The last packet's payload.
    var payload: String? { last.map(Self.payload) }
    /// The last packet's metadata.
    var metadata: String? { last.flatMap(Self.metadata) }
}

/// An answer with every field line, also those of one name.
struct FullAnswer {
    let status: Int
    let lines: [(name: String, value: String)]
    let body: String
    let isComplete: Bool

    init?(_ text: String, isHead: Bool) {
        guard let parsed = ParsedResponse.parse(text, bodiless: isHead ? [0] : []).first else { return nil }
        status = parsed.status
        body = isHead ? String(text[(text.range(ofText: "\r\n\r\n")?.upperBound ?? text.endIndex)...]) : parsed.body
        isComplete = parsed.isComplete
        let head = text.prefix(upTo: text.range(ofText: "\r\n\r\n")?.lowerBound ?? text.endIndex)
        lines = head.split(separator: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    /// All values of a field.
    subscript(all name: String) -> [String] { lines.filter { $0.name == name }.map(\.value) }
    /// The value of a field that stands at most once.
    subscript(_ name: String) -> String? {
        let values = self[all: name]
        #expect(values.count < 2, "\(name) stands \(values.count) times")
        return values.first
    }
}

extension String {
    fileprivate func range(ofText text: String) -> Range<String.Index>? { ranges(of: text).first }
}
