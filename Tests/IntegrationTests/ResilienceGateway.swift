import Logging
import MartletGateway
import NIOCore
import NIOPosix
import Routing
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A gateway for a resilience test, on a port that the system chose.
struct ResilienceGateway {
    let gateway: Gateway
    let port: Int

    /// Starts it.
    ///
    /// - Parameters:
    ///   - endpoints: Ports of 127.0.0.1 where the service `s` is.
    ///   - service: Further members of the service.
    ///   - routes: Lines under `routes:`; by default one route for each kind.
    ///   - limits: Members of `gateway.limits`.
    ///   - drain: `gateway.shutdown.drain`.
    ///   - loops: Event loops.
    /// - Throws: What the gateway's start throws.
    init(
        endpoints: [Int], service: String = "timeout: 30s", routes: String = Self.routes, limits: String = "",
        drain: String = "30s", loops: Int = 1
    ) async throws {
        let addresses = endpoints.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let text = """
            version: 1
            gateway:
              listen: ["127.0.0.1:0"]
              limits: { \(limits) }
              shutdown: { drain: \(drain) }
            services:
              s: { transport: tcp, endpoints: [\(addresses)], \(service) }
            routes:
            \(routes)
            """
        let file = try RouteFile.load("routes.yaml", from: OneText(text: text)) { _ in nil }
        var logger = Logger(label: "resilience")
        logger.logLevel = .critical
        gateway = Gateway(
            routes: file, configuration: GatewayConfiguration(loops: loops, accessLog: nil, logger: logger))
        let addresses2 = try await gateway.start()
        port = try #require(addresses2.first?.split(separator: ":").last.flatMap { Int($0) })
    }

    static let routes = """
          - { id: echo, match: POST /echo, send: { service: s, pattern: echo } }
          - { id: get, match: GET /get/:id, send: { service: s, pattern: get } }
          - { id: event, match: POST /event, emit: { service: s, pattern: happened } }
          - id: stream
            match: GET /stream/:id
            send: { service: s, pattern: stream }
            response: { stream: sse, heartbeat: 200ms }
            timeout: none
        """

    func connect() async throws -> RawConnection { try await RawConnection.connect(port: port) }

    /// Sends one request on a connection of its own.
    func ask(_ request: String) async throws -> ParsedResponse {
        let client = try await connect()
        try await client.send(request.replacing("\r\n\r\n", with: "\r\nconnection: close\r\n\r\n", maxReplacements: 1))
        let text = await client.receiveAll()
        return try #require(ParsedResponse.parse(text).first, "no answer: \(text)")
    }

    /// Asks for the gateway's counters until they are as they should be; `false` after a time that means never. The pause
    /// between two looks leaves the machine to the tests beside this one.
    func comes(within bound: Duration = .seconds(20), _ isSo: (GatewayMetrics) -> Bool) async -> Bool {
        let end = ContinuousClock.now + bound
        while ContinuousClock.now < end {
            if isSo(await gateway.metrics()) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    private struct OneText: FileSource {
        let text: String

        func kind(of path: String) -> FileKind { path == "routes.yaml" ? .file : .missing }
        func read(_ path: String) throws(FileSourceError) -> [UInt8] { Array(text.utf8) }
        func list(_ folder: String) throws(FileSourceError) -> [String] { [] }
    }
}

/// Requests as text.
enum Ask {
    /// With a JSON body.
    static func post(_ path: String, _ json: String) -> String {
        "POST \(path) HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: \(json.utf8.count)"
            + "\r\n\r\n" + json
    }

    /// Without a body.
    static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nhost: t\r\n\r\n" }
}

/// Packets as text: what a service reads and writes.
enum Packet {
    /// A whole answer of one value.
    static func answer(_ json: String, to packet: String) -> String {
        frame("{\"response\":\(json),\"isDisposed\":true,\"id\":\"\(id(packet))\"}")
    }

    /// One value of several.
    static func part(_ json: String, to packet: String) -> String {
        frame("{\"response\":\(json),\"id\":\"\(id(packet))\"}")
    }

    /// The id of a packet, which stands last in it.
    static func id(_ packet: String) -> String {
        guard let start = packet.ranges(of: "\"id\":\"").last?.upperBound else { return "" }
        return String(packet[start...].prefix { $0 != "\"" })
    }

    /// The payload of a packet whose pattern and id are plain; an event has no id.
    static func payload(_ packet: String) -> String {
        guard let start = packet.ranges(of: "\"data\":").first?.upperBound else { return "" }
        guard let end = packet.ranges(of: ",\"id\":\"").last?.lowerBound, end >= start else {
            return String(packet[start...].dropLast())
        }
        return String(packet[start..<end])
    }
}

/// A port that is this test's while nobody listens on it: connections are refused, and no other test can get it.
final class ReservedPort: Sendable {
    let number: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        try #require(result == 0)
        number = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}

/// A client that sends and never reads: its receive buffer fills up, then the gateway's send buffer.
final class SilentClient {
    private let descriptor: Int32

    /// Connects and sends; what the kernel does not take is left unsent.
    init(port: Int, sending text: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var size = Int32(4096)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        let bytes = Array(text.utf8)
        #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) > 0)
    }

    /// Ends the connection.
    func close() { _ = Glibc.close(descriptor) }

    /// Whether anything (an end or a reset included) came; does not take it.
    var isReset: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0 && errno == ECONNRESET
    }
}

/// A service that answers every packet by a function of it, on every connection it gets.
final class Service: Sendable {
    let server: ScriptedServer
    private let task: Task<Void, Never>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - answer: Bytes to send; `nil` for nothing.
    /// - Throws: When the port cannot be listened on.
    init(port: Int = 0, _ answer: @escaping @Sendable (_ packet: String) -> String?) async throws {
        let server = try await ScriptedServer(port: port)
        self.server = server
        task = Task {
            await withTaskGroup(of: Void.self) { group in
                while let connection = try? await server.accept() {
                    group.addTask { await Self.serve(connection, answer) }
                }
            }
        }
    }

    var port: Int { server.port }

    private static func serve(_ connection: RawConnection, _ answer: @Sendable (String) -> String?) async {
        var text = ""
        while let piece = await connection.receive() {
            text += piece
            let packets = frames(text)
            text = String(text.dropFirst(packets.reduce(0) { $0 + frame($1).count }))
            for packet in packets {
                if let reply = answer(packet) { try? await connection.send(reply) }
            }
        }
    }

    func stop() async {
        task.cancel()
        await server.stop()
    }
}
