import Logging
import Microservices
import TestSupport

/// A service on one event loop, over a real TCP connection.
struct ServiceUnderTest: Sendable {
    let connection: RawConnection

    /// Starts a service, connects, runs `body`, and stops the service.
    static func run(
        _ register: (Microservice) -> Void, _ body: @Sendable (ServiceUnderTest) async throws -> Void
    ) async throws {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, shutdownTimeout: .milliseconds(200),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        register(service)
        try await service.start()
        do {
            let connection = try await RawConnection.connect(port: service.address?.port ?? 0)
            try await body(ServiceUnderTest(connection: connection))
            try? await connection.close()
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }

    /// Sends one packet.
    func send(_ packet: String) async throws {
        try await connection.send("\(packet.utf16.count)#\(packet)")
    }

    /// Sends a request with the id `"1"` and gives its answers, as they stand on the wire.
    func ask(_ pattern: String, data: String = "null") async throws -> String {
        try await send(#"{"pattern":\#(pattern),"data":\#(data),"id":"1"}"#)
        return await connection.receive(until: #""isDisposed":true,"id":"1"}"#) ?? "the connection has ended"
    }
}

/// A packet as a frame.
func frame(_ packet: String) -> String { "\(packet.utf16.count)#\(packet)" }
