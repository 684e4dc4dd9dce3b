import MartletGateway
import TestSupport
import Testing

/// `Remote` as a pipe: a handler of a service makes the payload.
@Suite(.timeLimit(.minutes(1)))
struct RemotePipeTests {
    private static func remote(_ options: String = "") -> String {
        "pipes: [{ Remote: { service: auth, pattern: ask\(options) } }]"
    }

    @Test(arguments: ["/post", "/stream", "/event"])
    func `the handler gets the payload, and makes another`(_ path: String) async throws {
        let rig = try await RemoteGateway(Self.remote()) { question in
            ["changed": question["payload"] ?? .null]
        }
        let answer = try #require(try await rig.ask(EnhancerRequest.post(path, body: #"{"a":[1,2]}"#)))
        #expect(answer.status == (path == "/event" ? 202 : 200))
        await rig.recorder.wait(for: #"packet {"changed":{"a":[1,2]}}"#)
        let id = try #require(answer.fields["x-request-id"])
        let name = path.dropFirst()
        #expect(
            rig.questions == [
                #"{"request":{"id":"\#(id)","method":"POST","path":"\#(path)","query":"","host":"t","ip":"127.0.0.1","#
                    + #""headers":{"host":"t","content-type":"application/json","content-length":"11"}},"claims":{},"#
                    + #""route":{"id":"\#(name)","service":"s","pattern":"\#(name)"},"payload":{"a":[1,2]}}"#
            ])
        await rig.stop()
    }

    @Test(arguments: ["null", "5", "\"text\"", "[true]"])
    func `every value that it answers is the payload`(_ answer: String) async throws {
        let rig = try await RemoteGateway(Self.remote())
        #expect(try await rig.ask(EnhancerRequest.post("/post", "x-answer: \(answer)\r\n"))?.status == 200)
        #expect(rig.packets == ["packet " + answer])
        await rig.stop()
    }

    @Test func `an error is answered, and nothing is sent`() async throws {
        let rig = try await RemoteGateway(Self.remote(", onError: allow")) { _ in
            throw RPCError(statusCode: 400, message: ["a must be a number"], error: "Bad Request")
        }
        for path in ["/post", "/stream", "/event"] {
            let answer = try await rig.ask(EnhancerRequest.post(path))
            #expect(answer?.status == 400)
            #expect(answer?.body.contains("a must be a number") == true)
        }
        #expect(rig.packets == [])
        await rig.stop()
    }

    @Test func `without its service there is no payload, unless the file says so`() async throws {
        let denying = try await RemoteGateway(Self.remote(), isReachable: false)
        let answer = try await denying.ask(EnhancerRequest.post("/post"))
        #expect(answer?.status == 503)
        #expect(denying.packets == [])
        await denying.stop()
        let allowing = try await RemoteGateway(Self.remote(", onError: allow"), isReachable: false)
        #expect(try await allowing.ask(EnhancerRequest.post("/post", body: #"{"a":1}"#))?.status == 200)
        #expect(allowing.packets == [#"packet {"a":1}"#])
        await allowing.stop()
    }
}
