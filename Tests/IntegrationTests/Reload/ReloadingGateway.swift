import Foundation
import Logging
import MartletGateway
import TestSupport
import Testing

/// A gateway whose route file stands in a folder of its own and can be changed.
final class ReloadingGateway: Sendable {
    let gateway: Gateway
    let port: Int
    let folder: URL
    let log: CollectedLog

    /// Starts it.
    ///
    /// - Parameters:
    ///   - text: What stands in `routes.yaml`.
    ///   - loops: Event loops.
    ///   - starts: Whether to listen at once; a test that runs the gateway itself does not want that.
    ///   - configure: Changes the configuration.
    /// - Throws: What loading and starting throw.
    init(
        _ text: String, loops: Int = 2, starts: Bool = true, configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: folder.appending(path: "routes.yaml"), options: .atomic)
        log = CollectedLog()
        var configuration = GatewayConfiguration(loops: loops, accessLog: nil, logger: log.logger)
        configure(&configuration)
        gateway = try Gateway(
            routesAt: folder.appending(path: "routes.yaml").path, configuration: configuration)
        let addresses = starts ? try await gateway.start() : []
        port = addresses.first?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Puts another text in the file's place, as editors do.
    func write(_ text: String, to name: String = "routes.yaml") throws {
        try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }

    func reload(_ text: String) async throws -> ReloadOutcome {
        try write(text)
        return await gateway.reload(cause: "test")
    }

    func connect() async throws -> RawConnection { try await RawConnection.connect(port: port) }

    /// The status of a request on a connection of its own.
    func status(_ request: String, port: Int? = nil) async throws -> Int? {
        let client = try await RawConnection.connect(port: port ?? self.port)
        try await client.send(request)
        try? await client.halfClose()
        return ParsedResponse.parse(await client.receiveAll()).first?.status
    }

    func stop() async { await gateway.shutdown() }

    /// A route file.
    ///
    /// - Parameters:
    ///   - routes: Lines of `routes:`.
    ///   - endpoint: Where the service `s` is.
    ///   - gateway: Members of `gateway`.
    ///   - service: Further members of the service.
    /// - Returns: Its text.
    static func text(
        _ routes: [String], endpoint: Int, gateway: String = "listen: [\"127.0.0.1:0\"]", service: String = patient
    ) -> String {
        """
        version: 1
        gateway: { \(gateway), shutdown: { drain: 5s } }
        services: { s: { transport: tcp, endpoints: ["127.0.0.1:\(endpoint)"], \(service) } }
        routes:
        \(routes.map { "  - { \($0) }" }.joined(separator: "\n"))

        """
    }

    static let get = "id: get, match: GET /get/:id, send: { service: s, pattern: get }"
    static let post = "id: post, match: POST /post, send: { service: s, pattern: post }"
    static let other = "id: other, match: GET /other, send: { service: s, pattern: other }"
}
