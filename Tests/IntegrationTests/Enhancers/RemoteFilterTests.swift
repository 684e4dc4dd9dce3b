import MartletGateway
import TestSupport
import Testing

/// `Remote` as an exception filter: a handler of a service has a say in errors.
@Suite(.timeLimit(.minutes(1)))
struct RemoteFilterTests {
    private static let remote = "filters: [{ Remote: { service: auth, pattern: ask } }]"

    private struct Secret: Error {}

    /// What the handler is told of an error that a guard throws.
    private func told(_ error: @escaping @Sendable () -> (any Error)?) async throws -> String? {
        let rig = try await RemoteGateway("guards: [G], \(Self.remote)") { question in
            ["told": question["error"] ?? .null]
        } register: { enhancers, _ in
            enhancers.addGuard("G") { _ in
                AnyGuard { _ in
                    if let error = error() { throw error }
                    return false
                }
            }
        }
        let answer = try await rig.ask(EnhancerRequest.get("/get/7"))
        #expect(answer?.status == 200)
        #expect(rig.packets == [])
        await rig.stop()
        return answer?.body.dropFirst(8).dropLast().description
    }

    @Test func `the handler is told what the client would be, and no more`() async throws {
        #expect(
            try await told { RPCError(statusCode: 401, message: "who?") } == #"{"statusCode":401,"message":"who?"}"#)
        #expect(try await told { RPCError("no") } == #"{"status":"error","message":"no"}"#)
        #expect(
            try await told { nil }
                == #"{"statusCode":403,"code":"forbidden","message":"Forbidden resource"}"#)
        #expect(try await told { Secret() } == #"{"statusCode":500,"message":"Internal server error"}"#)
    }

    @Test func `the handler gets the service's error, beside the rest`() async throws {
        let rig = try await RemoteGateway(Self.remote) { _ in .null }
        let answer = try #require(try await rig.ask(EnhancerRequest.post("/err")))
        // It has nothing to say.
        #expect(answer.status == 409)
        #expect(answer.body.contains("taken"))
        let id = try #require(answer.fields["x-request-id"])
        #expect(
            rig.questions == [
                #"{"request":{"id":"\#(id)","method":"POST","path":"/err","query":"","host":"t","ip":"127.0.0.1","#
                    + #""headers":{"host":"t","content-type":"application/json","content-length":"2"}},"claims":{},"#
                    + #""route":{"id":"err","service":"s","pattern":"err"},"#
                    + #""error":{"statusCode":409,"message":"taken"}}"#
            ])
        await rig.stop()
    }

    @Test(arguments: [
        (#"{"error":{"statusCode":410,"message":"gone"}}"#, 410, "gone"), (#"{"a":1}"#, 200, #"{"a":1}"#),
        ("[1]", 200, "[1]"), ("null", 409, "taken"), (#"{"error":"no"}"#, 502, ""), ("", 409, "taken"),
    ])
    func `its answer is the error's, or the result, or nothing`(
        _ told: String, _ status: Int, _ body: String
    ) async throws {
        let rig = try await RemoteGateway(Self.remote)
        let fields = told.isEmpty ? "" : "x-answer: \(told)\r\n"
        let answer = try await rig.ask(EnhancerRequest.post("/err", fields))
        #expect(answer?.status == status)
        #expect(body.isEmpty || answer?.body.contains(body) == true)
        #expect(rig.recorder.count(of: "asked") == 1)
        await rig.stop()
    }

    @Test func `the next filter is asked when it has nothing to say, or is down`() async throws {
        for isReachable in [true, false] {
            let rig = try await RemoteGateway(
                "filters: [{ Remote: { service: auth, pattern: ask } }, F]", isReachable: isReachable,
                register: { enhancers, recorder in
                    enhancers.addFilter("F") { _ in
                        AnyFilter { _ in
                            recorder.note("next filter")
                            return nil
                        }
                    }
                })
            #expect(try await rig.ask(EnhancerRequest.post("/err"))?.status == 409)
            #expect(rig.recorder.count(of: "next filter") == 1)
            await rig.stop()
        }
    }

    @Test func `an error of the handler leaves the first as it is`() async throws {
        let rig = try await RemoteGateway(Self.remote) { _ in throw RPCError(statusCode: 418, message: "no") }
        let answer = try await rig.ask(EnhancerRequest.post("/err"))
        #expect(answer?.status == 409)
        await rig.stop()
    }
}
