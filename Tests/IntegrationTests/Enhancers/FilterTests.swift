import TestSupport
import Testing

/// What clients see of errors that filters have a say in.
@Suite struct FilterTests {
    private func gateway(_ filters: String) async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
              - { id: get, match: GET /get/:id, send: { service: s, pattern: get } }
              - { id: without, match: GET /without, send: { service: s, pattern: get }, without: [RpcToProblem] }
              - { id: sum, match: POST /sum, send: { service: s, pattern: sum } }
            """, use: "filters: [\(filters)]",
            answer: { packet, id in
                frame("{\"err\":{\"code\":\"TAKEN\",\"message\":\"is taken\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
            })
    }

    @Test func `RpcToProblem gives errors their status, and takes what nobody knows`() async throws {
        let gateway = try await gateway("{ RpcToProblem: { map: { TAKEN: 409 }, otherwise: 500 } }")
        let answer = try await gateway.ask("GET /get/1")
        #expect(answer.status == 409)
        #expect(answer["content-type"] == "application/problem+json")
        #expect(answer.body.contains("\"title\":\"Conflict\",\"status\":409,\"detail\":\"is taken\""))
        #expect(answer.body.contains("\"code\":\"TAKEN\",\"message\":\"is taken\""))
        let without = try await gateway.ask("GET /without")
        #expect(without.status == 502)
        #expect(!without.body.contains("is taken"))
        // Errors of the gateway's own have their status already.
        #expect(try await gateway.post("/sum", "[").status == 400)
        await gateway.stop()
    }

    @Test func `MapError gives a status and a title`() async throws {
        let gateway = try await gateway(
            "{ MapError: { 410: { when: { code: TAKEN }, title: Somebody was faster } } }, RpcToProblem")
        let answer = try await gateway.ask("GET /get/1")
        #expect(answer.status == 410)
        #expect(answer.body.contains("\"title\":\"Somebody was faster\",\"status\":410,\"detail\":\"is taken\""))
        await gateway.stop()
    }

    @Test func `an error after the first byte is said in the stream`() async throws {
        let gateway = try await BuiltInGateway(
            use: "filters: [{ RpcToProblem: { map: { TAKEN: 409 } } }]",
            answer: { packet, id in
                Packet.part("1", to: packet)
                    + frame("{\"err\":{\"code\":\"TAKEN\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
            })
        let answer = try await gateway.ask("GET /get/1", "accept: application/x-ndjson")
        #expect(answer.status == 200)
        #expect(answer.body.hasPrefix("1\n{\"error\":{"))
        #expect(answer.body.contains("\"status\":409"))
        #expect(!answer.isComplete)
        await gateway.stop()
    }
}
