import MartletGateway
import TestSupport
import Testing

/// `Remote` as an interceptor: a handler of a service makes the result.
@Suite(.timeLimit(.minutes(1)))
struct RemoteInterceptorTests {
    private static func remote(_ options: String = "") -> String {
        "interceptors: [{ Remote: { service: auth, pattern: ask\(options) } }]"
    }

    private let wrapping: @Sendable (JSONValue) async throws -> JSONValue? = { ["got": $0["result"] ?? "nothing"] }

    @Test func `the handler gets the result, and makes another`() async throws {
        let rig = try await RemoteGateway(Self.remote(), decide: wrapping)
        let answer = try #require(try await rig.ask(EnhancerRequest.get("/get/7")))
        #expect(answer.body == #"{"got":2}"#)
        let id = try #require(answer.fields["x-request-id"])
        #expect(
            rig.questions == [
                #"{"request":{"id":"\#(id)","method":"GET","path":"/get/7","query":"","host":"t","ip":"127.0.0.1","#
                    + #""headers":{"host":"t"}},"claims":{},"route":{"id":"get","service":"s","pattern":{"cmd":"get"}},"#
                    + #""result":2}"#
            ])
        await rig.stop()
    }

    @Test func `values over time are each asked about`() async throws {
        let rig = try await RemoteGateway(Self.remote(), decide: wrapping)
        let answer = try await rig.ask(EnhancerRequest.post("/stream", "accept: application/x-ndjson\r\n"))
        #expect(answer?.body == "{\"got\":1}\n{\"got\":2}\n")
        #expect(answer?.isComplete == true)
        #expect(rig.recorder.count(of: "asked") == 2)
        await rig.stop()
    }

    @Test func `an event and an error are not asked about`() async throws {
        let rig = try await RemoteGateway(Self.remote(), decide: wrapping)
        #expect(try await rig.ask(EnhancerRequest.post("/event"))?.status == 202)
        #expect(try await rig.ask(EnhancerRequest.post("/err"))?.status == 409)
        #expect(rig.questions == [])
        await rig.stop()
    }

    @Test func `an error in the middle of a stream breaks it off`() async throws {
        let rig = try await RemoteGateway(Self.remote()) { question in
            guard question["result"] == 1 else { throw RPCError(statusCode: 410, message: "gone") }
            return 1
        }
        let answer = try await rig.ask(EnhancerRequest.post("/stream", "accept: text/event-stream\r\n"))
        #expect(answer?.body.hasPrefix("data: 1\n\nevent: error\ndata: {") == true)
        #expect(answer?.body.contains("gone") == true)
        #expect(answer?.isComplete == false)
        await rig.stop()
    }

    @Test(arguments: [("", 503, ""), (", onError: allow", 200, "2")])
    func `without its service`(_ options: String, _ status: Int, _ body: String) async throws {
        let rig = try await RemoteGateway(Self.remote(options), isReachable: false)
        for request in [EnhancerRequest.get("/get/7"), EnhancerRequest.post("/stream")] {
            let answer = try await rig.ask(request)
            #expect(answer?.status == status)
            if status == 200 { #expect(answer?.body == body) }
        }
        await rig.stop()
    }
}
