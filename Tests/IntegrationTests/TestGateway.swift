import Logging
import MartletGateway
import Routing
import TestSupport
import Testing

/// A gateway for one test: its route file is a text, it listens on a port the system chose.
struct TestGateway {
    let gateway: Gateway
    let port: Int

    /// Starts a gateway.
    ///
    /// - Parameters:
    ///   - routes: What stands under `routes:`, indented by two blanks.
    ///   - servicePorts: The endpoints of the service `s`.
    ///   - service: Further keys of the service, as flow mapping members: `timeout: 1s, pool: { max: 1 }`.
    ///   - listen: The only entry of `gateway.listen`.
    ///   - limits: The inside of `gateway.limits`.
    ///   - http2: The inside of `gateway.http2`.
    ///   - more: Further keys of `gateway`, a line.
    ///   - top: Further top-level keys.
    ///   - loops: Event loops.
    ///   - services: Further services, indented by two blanks.
    ///   - files: Further files that the route file may name, by their paths.
    ///   - enhancers: Guards, pipes, interceptors and exception filters that the route file may name.
    ///   - accessLog: Where access lines go, as text.
    ///   - keepsAccessLog: Whether every request has a line; otherwise those of routes that ask for it.
    ///   - log: Gets every other line, from errors on.
    ///   - collecting: Gets all the gateway's lines.
    ///   - drain: How long a shutdown waits for what is in flight.
    ///   - shared: What others count through swift-metrics.
    /// - Throws: What loading and starting throw.
    init(
        routes: String, servicePorts: [Int],
        service: String = patient, listen: String = "\"127.0.0.1:0\"", limits: String = "", http2: String = "",
        gateway more: String = "", top: String = "",
        loops: Int = 1,
        services: String = "", files: [String: String] = [:], enhancers: EnhancerRegistry = EnhancerRegistry(),
        accessLog: LogWriter? = nil, keepsAccessLog: Bool = true, log: (any LogHandler)? = nil,
        collecting: CollectedLog? = nil, drain: String = "5s", shared: PrometheusMetrics? = nil
    ) async throws {
        let endpoints = servicePorts.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let text = """
            version: 1
            gateway:
              listen: [\(listen)]
              limits: { \(limits) }
              http2: { \(http2) }
              shutdown: { drain: \(drain) }
              \(more)
            services:
              s: { transport: tcp, endpoints: [\(endpoints)], \(service) }
            \(services)
            \(top)
            routes:
            \(routes)
            """
        let source = TextFiles(files: files.merging(["test.yaml": text]) { _, routes in routes })
        let file = try RouteFile.load("test.yaml", from: source, custom: enhancers.names) { _ in nil }
        var logger = log.map { log in Logger(label: "test") { _ in log } } ?? Logger(label: "test")
        logger.logLevel = log == nil ? .critical : .error
        if let collecting { logger = collecting.logger }
        var configuration = GatewayConfiguration(
            loops: loops, accessLog: accessLog == nil || !keepsAccessLog ? nil : .text, logger: logger)
        if let accessLog { configuration.accessLogWriter = accessLog }
        configuration.sharedMetrics = shared
        gateway = Gateway(routes: file, enhancers: enhancers, configuration: configuration)
        let addresses = try await gateway.start()
        port = try #require(addresses.first?.split(separator: ":").last.flatMap { Int($0) })
    }

    /// Sends bytes on a connection of its own and returns the answers, once the gateway ended the connection.
    func exchange(_ request: String, halfClose: Bool = true) async throws -> [ParsedResponse] {
        let client = try await RawConnection.connect(port: port)
        try await client.send(request)
        // The gateway may have ended the connection already.
        if halfClose { try? await client.halfClose() }
        return ParsedResponse.parse(await client.receiveAll())
    }

    func connect() async throws -> RawConnection { try await RawConnection.connect(port: port) }

    func stop() async { await gateway.shutdown() }

    private struct TextFiles: FileSource {
        let files: [String: String]

        func kind(of path: String) -> FileKind { files[path] == nil ? .missing : .file }
        func read(_ path: String) throws(FileSourceError) -> [UInt8] {
            guard let text = files[path] else { throw FileSourceError(reason: "no such file") }
            return Array(text.utf8)
        }
        func list(_ folder: String) throws(FileSourceError) -> [String] { [] }
    }
}

/// A service with time-outs that a busy machine does not reach.
let patient = "timeout: 30s, pool: { queueTimeout: 30s, connectTimeout: 30s }"

/// The routes most tests need.
let standardRoutes = """
      - { id: sum, match: POST /sum, send: { service: s, pattern: { cmd: sum } } }
      - { id: get, match: GET /get/:id, send: { service: s, pattern: { cmd: get } } }
      - { id: event, match: POST /event, emit: { service: s, pattern: happened } }
    """

/// A service that answers every request by a function of its packet; `nil` leaves it without an answer.
func answering(
    _ server: ScriptedServer, _ answer: @escaping @Sendable (_ packet: String, _ id: String) -> String?
) -> Task<Void, any Error> {
    Task {
        while !Task.isCancelled {
            let connection = try await server.accept()
            Task {
                var text = ""
                while let piece = await connection.receive() {
                    text += piece
                    var taken = 0
                    for packet in frames(text) {
                        taken += frame(packet).utf8.count
                        if let reply = answer(packet, packetID(packet)) { try await connection.send(reply) }
                    }
                    text = String(decoding: text.utf8.dropFirst(taken), as: UTF8.self)
                }
            }
        }
    }
}

/// One value as the whole answer.
func value(_ json: String, _ id: String) -> String {
    frame("{\"response\":\(json),\"isDisposed\":true,\"id\":\"\(id)\"}")
}
