import Microservices
import Testing

/// The code of the article "Beyond NestJS".
@Suite(.timeLimit(.minutes(1)))
struct DocCBeyondNestJSTests {
    private func drain() {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 0), shutdownTimeout: .seconds(20))
        _ = service
    }

    private static func limits() -> TCPServerLimits {
        var limits = TCPServerLimits.defaults
        limits.incompleteMessageTimeout = .seconds(5)  // half a frame, and silence
        limits.maxConnections = 500
        limits.sendBufferPauseSize = 256 * 1024  // answers not yet taken: no more is read, streams pause
        limits.maxSendBufferSize = 8 * 1024 * 1024  // and here the connection is closed
        return limits
    }

    private func common() -> ClientConfiguration {
        var configuration = ClientConfiguration.tcp(port: 3000)
        configuration.metadata = { RequestContext.current?.metadata ?? [:] }  // what came in goes on
        return configuration
    }

    private static func trace(_ client: ClientProxy) async throws -> JSONValue? {
        let answer = try await client.send("trace", "x", metadata: ["traceparent": "00-4bf9"]).value  // "00-4bf9"
        return answer
    }

    @Test func `metadata reaches the handler`() async throws {
        try await TransportHarness.run(limits: Self.limits()) {
            $0.onMessage("trace") { (_: JSONValue?, context) in context.metadata["traceparent"] ?? "-" }
        } _: { harness in
            try await #expect(Self.trace(harness.client) == "00-4bf9")
        }
    }
}
