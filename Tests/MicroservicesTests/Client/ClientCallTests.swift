import FoundationEssentials
import Logging
import MessageWire
import Microservices
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClientCallTests {
    private func client(
        _ port: Int, timeout: Duration? = .seconds(60), sendsDeadline: Bool = false
    ) -> ClientProxy {
        ClientProxy(
            .local(port, timeout: timeout, sendsDeadline: sendsDeadline), logger: .quiet)
    }

    private func packet(_ connection: RawConnection) async throws -> String {
        try await connection.receivePacket()
    }

    // MARK: Typed values

    @Test func `values are read as a type one by one`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("count") { (to: Int, context) in
                AsyncStream { continuation in
                    for number in 1...to { continuation.yield(["number": number]) }
                    continuation.finish()
                }
            }
        } _: { harness in
            let client = client(harness.port)
            var numbers: [Int?] = []
            for try await value in client.send("count", 4, as: [String: Int].self) { numbers.append(value["number"]) }
            #expect(numbers == [1, 2, 3, 4])
            #expect(try await client.send("count", 4, as: [String: Int].self).value == ["number": 4])
            let last: [String: Int] = try await client.send("count", 2).decoded()
            #expect(last == ["number": 2])
            await client.close()
        }
    }

    @Test func `a value that does not fit is thrown and the request forgotten`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let values = Task {
            var values: [Int] = []
            do {
                for try await value in client.send("x", 1, as: Int.self) { values.append(value) }
                Issue.record("no error")
            } catch is DecodingError {}
            return values
        }
        let connection = try await server.accept()
        let id = packetID(try await packet(connection))
        for value in ["1", "2", "\"three\"", "4"] {
            try await connection.send(frame("{\"response\":\(value),\"id\":\"\(id)\"}"))
        }
        #expect(try await values.value == [1, 2])
        // Nothing is due any more.
        await client.drain()
        await connection.receiveEnd()
    }

    @Test func `an answer without a value is an error unless the type is optional`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("nothing") { (_: Int, context) in }
        } _: { harness in
            let client = client(harness.port)
            let absent = try await client.send("nothing", 1, as: Int?.self).value
            #expect(absent == nil)
            await #expect(throws: DecodingError.self) { try await client.send("nothing", 1, as: Int.self).value }
            let value = try await client.send("nothing", 1).value
            #expect(value == nil)
            await client.close()
        }
    }

    @Test func `leaving the loop forgets the request`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port, timeout: nil)
        let first = Task {
            for try await value in client.send("x", 1, as: Int.self) { return value }
            return 0
        }
        let connection = try await server.accept()
        let id = packetID(try await packet(connection))
        try await connection.send(frame("{\"response\":5,\"id\":\"\(id)\"}"))
        #expect(try await first.value == 5)
        await client.drain()
        await connection.receiveEnd()
    }

    // MARK: Metadata

    @Test func `metadata travels beside the payload`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let call = Task {
            try await client.send("x", [1], metadata: ["request-id": "r-1", "a": "안 \"q\""]).value
        }
        let connection = try await server.accept()
        let packet = try await packet(connection)
        let id = packetID(packet)
        #expect(
            packet.replacing(id, with: "I")
                == #"{"pattern":"x","data":[1],"metadata":{"a":"안 \"q\"","request-id":"r-1"},"id":"I"}"#
                || packet.replacing(id, with: "I")
                    == #"{"pattern":"x","data":[1],"id":"I","metadata":{"a":"안 \"q\"","request-id":"r-1"}}"#
        )
        try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await call.value == 1)
        await client.close()
    }

    @Test func `a service sees the metadata of requests and events`() async throws {
        let (seen, told) = AsyncStream.makeStream(of: String.self)
        try await ServerHarness.run { service in
            service.onMessage("ask") { (_: Int, context) in context.metadata }
            service.onEvent("tell") { (_: Int, context) in told.yield(context.metadata["trace"] ?? "-") }
        } _: { harness in
            let client = client(harness.port)
            let metadata: [String: String] = try await client.send("ask", 1, metadata: ["trace": "t"]).decoded()
            #expect(metadata == ["trace": "t"])
            #expect(try await client.send("ask", 1).value == [:])
            try await client.emit("tell", 1, metadata: ["trace": "u"])
            #expect(await seen.first { _ in true } == "u")
            await client.close()
        }
    }

    @TaskLocal private static var requestID = "none"

    @Test func `metadata of every call are asked for in the caller's task`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("ask") { (_: Int, context) in context.metadata }
        } _: { harness in
            var configuration = ClientConfiguration.local(harness.port)
            configuration.metadata = { ["request-id": Self.requestID, "from": "client"] }
            let client = ClientProxy(configuration, logger: .quiet)
            let replies = Self.$requestID.withValue("r-7") { client.send("ask", 1, metadata: ["from": "call"]) }
            let metadata: [String: String] = try await replies.decoded()
            #expect(metadata == ["from": "call", "request-id": "r-7"])
            await client.close()
        }
    }

    // MARK: Deadline

    @Test func `the deadline is told only when there is one and it is wanted`() async throws {
        try await ServerHarness.run { service in
            service.onMessage("ask") { (_: Int, context) in context.metadata["deadline"] ?? "-" }
            service.onMessage("left") { (_: Int, context) in context.deadline?.timeIntervalSinceNow ?? 0 }
        } _: { harness in
            let silent = client(harness.port)
            #expect(try await silent.send("ask", 1).value == "-")
            let telling = client(harness.port, sendsDeadline: true)
            #expect(try await telling.send("ask", 1, timeout: .some(nil)).value == "-")
            let left: Double = try await telling.send("left", 1, timeout: .seconds(600)).decoded()
            #expect(left > 500 && left <= 600.1)
            // What the caller says itself counts.
            let own = try await telling.send("ask", 1, metadata: ["deadline": "99999999999999"]).value
            #expect(own == "99999999999999")
            await silent.close()
            await telling.close()
        }
    }

    @Test func `a handler is cancelled at the deadline`() async throws {
        let (outcomes, outcome) = AsyncStream.makeStream(of: String.self)
        try await ServerHarness.run { service in
            service.onMessage("slow") { (_: Int, context) in
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    outcome.yield("\(type(of: error))")
                    throw error
                }
            }
        } _: { harness in
            // Of a sender that waits longer than it says; a second, so that the handler has started even on a busy machine.
            let client = client(harness.port)
            try await client.connect()
            let deadline = Int64((Date().timeIntervalSince1970 + 1) * 1000)
            await #expect(throws: RPCError("Deadline exceeded")) {
                try await client.send("slow", 1, metadata: ["deadline": "\(deadline)"]).value
            }
            outcome.finish()
            #expect(await outcomes.first { _ in true } == "CancellationError")
            #expect(!harness.log.contains("handler failed"))
            await client.close()
        }
    }

    @Test func `a handler is not started after the deadline`() async throws {
        let count = Mutex(0)
        try await ServerHarness.run { service in
            service.onMessage("late") { (_: Int, context) in count.withLock { $0 += 1 } }
        } _: { harness in
            let client = client(harness.port)
            await #expect(throws: RPCError("Deadline exceeded")) {
                try await client.send("late", 1, metadata: ["deadline": "1000"]).value
            }
            for nonsense in ["", "soon", "-", "99999999999999999999", "9223372036854775807"] {
                let value = try await client.send("late", 1, metadata: ["deadline": nonsense]).value
                #expect(value == nil)
            }
            #expect(count.withLock { $0 } == 5)
            await client.close()
        }
    }
}
