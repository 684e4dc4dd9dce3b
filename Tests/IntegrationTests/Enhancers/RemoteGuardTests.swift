import MartletGateway
import TestSupport
import Testing

/// `Remote` as a guard: a handler of a service decides who is let in.
@Suite(.timeLimit(.minutes(1)))
struct RemoteGuardTests {
    private static let remote = "guards: [{ Remote: { service: auth, pattern: ask } }]"

    private static func remote(_ options: String) -> String {
        "guards: [{ Remote: { service: auth, pattern: ask, \(options) } }]"
    }

    private func get(_ fields: String) -> String { EnhancerRequest.get("/get/7", fields) }

    @Test func `the handler gets request, claims and route, nothing else`() async throws {
        let rig = try await RemoteGateway(Self.remote)
        let answer = try #require(
            try await rig.ask(
                EnhancerRequest.get(
                    "/get/7?a=b%20c", "X-Answer: true\r\nx-more: 1\r\nx-more: 2\r\ncookie: a=1\r\ncookie: b=2\r\n")))
        #expect(answer.status == 200)
        let id = try #require(answer.fields["x-request-id"])
        #expect(
            rig.questions == [
                #"{"request":{"id":"\#(id)","method":"GET","path":"/get/7","query":"a=b%20c","host":"t","ip":"127.0.0.1","#
                    + #""headers":{"host":"t","x-answer":"true","x-more":"1, 2","cookie":"a=1; b=2"}},"claims":{},"#
                    + #""route":{"id":"get","service":"s","pattern":{"cmd":"get"}}}"#
            ])
        await rig.stop()
    }

    @Test func `what guards before it have found out is among the claims`() async throws {
        let rig = try await RemoteGateway(
            "guards: [{ Who: { as: who } }, { Remote: { service: auth, pattern: ask } }]", payload: "$who",
            register: { enhancers, _ in
                enhancers.addGuard("Who") { _ in
                    AnyGuard { context in
                        context.claims["who"] = ["id": 1]
                        return true
                    }
                }
            })
        #expect(try await rig.ask(get("x-answer: true\r\n"))?.status == 200)
        #expect(rig.questions.first?.contains(#""claims":{"who":{"id":1}},"#) == true)
        #expect(rig.packets == [#"packet {"id":1}"#])
        await rig.stop()
    }

    @Test func `only a clear yes lets in`() async throws {
        let rig = try await RemoteGateway(Self.remote("as: caller"), payload: "{ caller: $caller }")
        for answer in ["true", #"{"allow":true,"claims":{"id":1}}"#, #"{"claims":{"id":1}}"#, #"{"claims":[]}"#] {
            #expect(try await rig.ask(get("x-answer: \(answer)\r\n"))?.status == 200, "\(answer)")
        }
        #expect(
            rig.packets == [
                "packet {}", #"packet {"caller":{"id":1}}"#, #"packet {"caller":{"id":1}}"#, #"packet {"caller":[]}"#,
            ])
        for answer in [
            "false", "null", "0", "1", "\"true\"", "[]", "[true]", "{}", #"{"allow":"yes"}"#, #"{"allow":1}"#,
            #"{"allow":false,"claims":{"id":1}}"#, #"{"allow":null,"claims":{"id":1}}"#, #"{"claims":null}"#,
        ] {
            let refused = try await rig.ask(get("x-answer: \(answer)\r\n"))
            #expect(refused?.status == 403, "\(answer)")
            #expect(refused?.body.contains("Forbidden resource") == true, "\(answer)")
        }
        // No answer at all.
        #expect(try await rig.ask(get(""))?.status == 403)
        #expect(rig.packets.count == 4)
        await rig.stop()
    }

    private struct Broken: Error {}

    @Test(arguments: [("401", 401), ("text", 502), ("broken", 500), ("code", 429)])
    func `an error of the handler has its own status`(_ kind: String, _ status: Int) async throws {
        let rig = try await RemoteGateway(Self.remote("onError: allow")) { _ in
            switch kind {
            case "401": throw RPCError(statusCode: 401, message: "Who are you?", error: "Unauthorized")
            case "text": throw RPCError("no")
            case "code": throw RPCError(["code": 429, "message": "slower"])
            default: throw Broken()
            }
        }
        for request in [get(""), EnhancerRequest.post("/stream"), EnhancerRequest.post("/event")] {
            #expect(try await rig.ask(request)?.status == status)
        }
        #expect(rig.packets == [])
        await rig.stop()
    }

    @Test func `a service without such a handler lets nobody in`() async throws {
        let rig = try await RemoteGateway("guards: [{ Remote: { service: auth, pattern: nobody } }]")
        let answer = try await rig.ask(get("x-answer: true\r\n"))
        #expect(answer?.status == 502)
        #expect(rig.packets == [])
        await rig.stop()
    }

    @Test func `a service that is down lets nobody in, unless the file says so`() async throws {
        let requests = [get(""), EnhancerRequest.post("/stream"), EnhancerRequest.post("/event")]
        for options in ["onError: deny", "cache: 1h"] {
            let denying = try await RemoteGateway(Self.remote(options), isReachable: false)
            for request in requests {
                let answer = try await denying.ask(request)
                #expect(answer?.status == 503)
                #expect(answer?.body.contains("guard_unavailable") == true)
                #expect(answer?.fields["retry-after"] != nil)
            }
            #expect(denying.packets == [])
            await denying.stop()
        }
        let allowing = try await RemoteGateway(Self.remote("onError: allow"), isReachable: false)
        var statuses: [Int?] = []
        for request in requests { statuses.append(try await allowing.ask(request)?.status) }
        #expect(statuses == [200, 200, 202])
        await allowing.stop()
    }

    @Test(arguments: [("deny", 503), ("allow", 200)])
    func `a handler that says nothing in time`(_ onError: String, _ status: Int) async throws {
        let rig = try await RemoteGateway(Self.remote("timeout: 30ms, onError: \(onError)")) { _ in
            try await Task.sleep(for: .seconds(3600))
            return true
        }
        #expect(try await rig.ask(get(""))?.status == status)
        #expect(rig.packets.count == (status == 200 ? 1 : 0))
        await rig.stop()
    }

    @Test func `a client that leaves is not asked about any more, and nothing is remembered of it`() async throws {
        let recorder = Recorder()
        let gate = Gate(recorder)
        let rig = try await RemoteGateway(Self.remote("cache: 1h")) { _ in
            try await gate.wait("handler")
            return true
        }
        let client = try await rig.gateway.connect()
        try await client.send(get(""))
        await recorder.wait(for: "handler waits")
        try await client.reset()
        try await eventually("everything is forgotten") {
            let metrics = await rig.gateway.gateway.metrics()
            return metrics.upstreamInFlight == 0 && metrics.requestsInFlight == 0
        }
        #expect(rig.packets == [])
        gate.open()
        #expect(try await rig.ask(get(""))?.status == 200)
        #expect(rig.recorder.count(of: "asked") == 2)
        await rig.stop()
    }

    // MARK: Cache

    @Test func `the same request is asked about once, another one again`() async throws {
        let rig = try await RemoteGateway(Self.remote("cache: 1h, as: caller"), payload: "{ id: $caller.id }")
        let claims = "x-answer: {\"claims\":{\"id\":1}}\r\n"
        for _ in 1...3 { #expect(try await rig.ask(get(claims))?.status == 200) }
        #expect(rig.recorder.count(of: "asked") == 1)
        #expect(rig.packets == Array(repeating: #"packet {"id":1}"#, count: 3))
        #expect(try await rig.ask(get(claims + "authorization: else\r\n"))?.status == 200)
        #expect(rig.recorder.count(of: "asked") == 2)
        #expect(try await rig.ask(EnhancerRequest.get("/get/8", claims))?.status == 200)
        #expect(rig.recorder.count(of: "asked") == 3)
        // A no is remembered as well.
        for _ in 1...2 { #expect(try await rig.ask(get("x-answer: false\r\n"))?.status == 403) }
        #expect(rig.recorder.count(of: "asked") == 4)
        await rig.stop()
    }

    @Test func `what is remembered is bounded`() async throws {
        let rig = try await RemoteGateway(Self.remote("cache: 1h, maxCached: 2"))
        func ask(_ id: Int) async throws -> Int {
            #expect(try await rig.ask(EnhancerRequest.get("/get/\(id)", "x-answer: true\r\n"))?.status == 200)
            return rig.recorder.count(of: "asked")
        }
        var asked: [Int] = []
        for id in [1, 2, 2, 1, 3, 3, 2, 1] { asked.append(try await ask(id)) }
        #expect(asked == [1, 2, 2, 2, 3, 3, 3, 4])
        await rig.stop()
    }

    @Test func `an error is not remembered`() async throws {
        let rig = try await RemoteGateway(Self.remote("cache: 1h")) { _ in throw RPCError("later") }
        for _ in 1...2 { #expect(try await rig.ask(get(""))?.status == 502) }
        #expect(rig.recorder.count(of: "asked") == 2)
        await rig.stop()
    }
}
