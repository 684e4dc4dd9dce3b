import MartletGateway
import MessageWire
import MicroservicesCore
import Synchronization
import TestSupport
import Testing
import Tracing

/// A service of ours goes on with the trace of its messages, by the tracer that its program has chosen.
@Suite struct ServiceTracingTests {
    /// Once for a process.
    private static let isBootstrapped: Bool = {
        InstrumentationSystem.bootstrap(MartletTracer.shared)
        return true
    }()

    @Test func `handlers run below the span that stands in the packet`() async throws {
        #expect(Self.isBootstrapped)
        let receiver = try await OTLPReceiver()
        let seen = Mutex<[String: String]>([:])
        @Sendable func note(_ name: String) {
            seen.withLock { $0[name] = ServiceContext.current?.traceParent }
        }
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, logger: CollectedLog().logger)
        service.onMessage("async") { (_: JSONValue?, _) async -> Int in
            await Task.yield()
            note("async")
            return 1
        }
        service.onMessage("sync") { (_: JSONValue?, _) -> Int in
            note("sync")
            return 1
        }
        service.onMessage("bad") { (_: JSONValue?, _) async throws -> Int in throw RPCError("no") }
        try await service.start()
        let port = try #require(service.address?.port)
        let gateway = try await TestGateway(
            routes: """
                  - { id: a, match: GET /a, send: { service: s, pattern: async } }
                  - { id: b, match: GET /b, send: { service: s, pattern: sync } }
                  - { id: c, match: GET /c, send: { service: s, pattern: bad } }
                """, servicePorts: [port],
            gateway: "tracing: { otlp: { endpoint: \"http://127.0.0.1:\(receiver.port)/\" }, interval: 10ms }")
        for path in ["a", "b", "c"] { _ = try await gateway.exchange("GET /\(path) HTTP/1.1\r\nhost: t\r\n\r\n") }
        // Three of the gateway's for requests, three for messages, three of the service's.
        try await eventually("nine spans") { receiver.spans.count == 9 }
        await gateway.stop()
        await service.shutdown()
        for (route, name) in [("a", "async"), ("b", "sync"), ("c", "bad")] {
            let message = try #require(receiver.spans.first { $0.kind == 3 && $0.name == "s/\(name)" })
            let own = try #require(receiver.spans.first { $0.kind == 2 && $0.name == name })
            #expect(own.parent == message.id && own.trace == message.trace, "\(route)")
            #expect((own.json["status"]?["code"] == 2) == (name == "bad"))
            if name != "bad" { #expect(seen.withLock { $0[name] } == "00-\(own.trace)-\(own.id)-01") }
        }
        await receiver.stop()
    }
}
