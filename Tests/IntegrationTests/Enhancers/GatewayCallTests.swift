import MartletGateway
import TestSupport
import Testing

/// What enhancers of one's own can do with a call, and what is made of their mishaps.
@Suite(.timeLimit(.minutes(1)))
struct GatewayCallTests {
    private let recorder = Recorder()

    private func gateway(
        _ use: String, more: String = "", drain: String = "5s",
        answer: @escaping @Sendable (String, String) -> String? = { value("1", $1) },
        _ register: (inout EnhancerRegistry) -> Void
    ) async throws -> EnhancedGateway {
        try await EnhancedGateway(
            routes: """
                  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { \(use) }\(more) }
                  - { id: event, match: POST /event, emit: { service: s, pattern: e }, use: { \(use) } }
                """, drain: drain, recorder: recorder, answer: answer, register)
    }

    private struct DatabaseIsDown: Error, CustomStringConvertible {
        var description: String { "the secret is 42" }
    }

    @Test(arguments: [false, true])
    func `an error that is nobody's business is a 500 that says nothing, and a line in the log`(
        _ isCancellation: Bool
    ) async throws {
        let rig = try await gateway("guards: [G]") { enhancers in
            enhancers.addGuard("G") { _ in
                AnyGuard { _ in throw isCancellation ? CancellationError() as any Error : DatabaseIsDown() }
            }
        }
        let answer = try await rig.ask(EnhancerRequest.get("/get"))
        #expect(answer?.status == 500)
        #expect(answer?.body.contains("internal_error") == true)
        #expect(answer?.body.contains("secret") == false)
        #expect(rig.packets == 0)
        let line = try #require(recorder.notes.first { $0.hasPrefix("log an enhancer failed") })
        #expect(line.contains(isCancellation ? "CancellationError" : "the secret is 42"))
        #expect(line.contains("get"))
        await rig.stop()
    }

    @Test func `a guard that says no`() async throws {
        let rig = try await gateway("guards: [G]") { $0.addGuard("G") { _ in AnyGuard { _ in false } } }
        for request in [EnhancerRequest.get("/get"), EnhancerRequest.post("/event")] {
            let answer = try await rig.ask(request)
            #expect(answer?.status == 403)
            #expect(answer?.body.contains("Forbidden resource") == true)
        }
        #expect(rig.packets == 0)
        await rig.stop()
    }

    @Test func `an interceptor may answer without a packet`() async throws {
        let rig = try await gateway("interceptors: [I]") {
            $0.addInterceptor("I") { _ in AnyInterceptor { _, _ in .value(["from": "the gateway"]) } }
        }
        #expect(try await rig.ask(EnhancerRequest.get("/get"))?.body == #"{"from":"the gateway"}"#)
        let event = try await rig.ask(EnhancerRequest.post("/event"))
        #expect(event?.status == 200)
        #expect(event?.body == #"{"from":"the gateway"}"#)
        #expect(rig.packets == 0)
        await rig.stop()
    }

    @Test func `an interceptor may ask again`() async throws {
        let rig = try await gateway("interceptors: [Again], pipes: [P]") {
            frame(#"{"err":{"statusCode":503,"message":"later"},"isDisposed":true,"id":"\#($1)"}"#)
        } _: { enhancers in
            enhancers.addInterceptor("Again") { _ in
                AnyInterceptor { _, next in
                    do { return try await next.handle() } catch { return try await next.handle() }
                }
            }
            enhancers.addPipe("P") { _ in AnyPipe { value in ["piped": value ?? .null] } }
        }
        let answer = try await rig.ask(EnhancerRequest.get("/get?n=1"))
        #expect(answer?.status == 503)
        // The payload goes through the pipes afresh.
        #expect(recorder.notes == Array(repeating: #"packet {"piped":{"n":"1"}}"#, count: 2))
        await rig.stop()
    }

    @Test(arguments: [
        ("accept: text/event-stream\r\n", "data: 1\n\ndata: 2\n\n"), ("accept: application/x-ndjson\r\n", "1\n2\n"),
        ("", "2"),
    ])
    func `an interceptor may answer with values over time`(_ accept: String, _ body: String) async throws {
        let rig = try await gateway("interceptors: [I]") {
            $0.addInterceptor("I") { _ in
                AnyInterceptor { _, _ in
                    .values(
                        AsyncThrowingStream { continuation in
                            continuation.yield(1)
                            continuation.yield(2)
                            continuation.finish()
                        })
                }
            }
        }
        #expect(try await rig.ask(EnhancerRequest.get("/get", accept))?.body == body)
        #expect(rig.packets == 0)
        await rig.stop()
    }

    @Test func `what a guard finds out goes into the payload`() async throws {
        let rig = try await gateway(
            "guards: [{ Tenant: { as: tenant } }]",
            more: ", payload: { tenant: $tenant.id, all: $tenant }"
        ) {
            $0.addGuard("Tenant") { options in
                let name = options["as"]?.stringValue ?? ""
                return AnyGuard { context in
                    context.claims[name] = ["id": "acme", "plan": 3]
                    return true
                }
            }
        }
        #expect(try await rig.ask(EnhancerRequest.get("/get"))?.status == 200)
        #expect(recorder.notes == [#"packet {"tenant":"acme","all":{"id":"acme","plan":3}}"#])
        await rig.stop()
    }

    @Test func `enhancers see the request, leave each other values, and have a say in the answer's head`() async throws
    {
        let rig = try await gateway("guards: [G], interceptors: [I]") { enhancers in
            enhancers.addGuard("G") { _ in
                AnyGuard { context in
                    guard let http = context.switchToHTTP() else { return false }
                    let request = http.request
                    context[attribute: "seen"] = "\(request.method) \(request.path)?\(request.query) \(request.host)"
                    http.setHeader("x-guard", request.headers["X-Ask"] ?? "")
                    http.setHeader("x-both", "guard")
                    http.setHeader("bad name", "x")
                    http.setHeader("x-split", "a\r\nx-injected: b")
                    return context.handler == "get" && context.kind == .http && context.payload == nil
                }
            }
            enhancers.addInterceptor("I") { _ in
                AnyInterceptor { context, next in
                    context.switchToHTTP()?.setHeader("X-Both", "interceptor")
                    context.switchToHTTP()?.setStatus(201)
                    context.switchToHTTP()?.setStatus(404)
                    let seen: String? = context[attribute: "seen"]
                    return try await next.handle().map { ["seen": .string(seen ?? ""), "result": $0] }
                }
            }
        }
        let answer = try #require(try await rig.ask(EnhancerRequest.get("/get?a=b", "x-ask: me\r\n")))
        #expect(answer.status == 201)
        #expect(answer.body == #"{"seen":"GET /get?a=b t","result":1}"#)
        #expect(answer.fields["x-guard"] == "me")
        #expect(answer.fields["x-both"] == "interceptor")
        #expect(answer.fields.keys.allSatisfy { !$0.contains("injected") && !$0.contains("bad") })
        await rig.stop()
    }

    @Test func `a pipe that takes the payload away`() async throws {
        let rig = try await gateway("pipes: [P]") { $0.addPipe("P") { _ in AnyPipe { _ in nil } } }
        #expect(try await rig.ask(EnhancerRequest.get("/get?secret=1"))?.status == 200)
        #expect(recorder.notes == ["packet null"])
        await rig.stop()
    }

    @Test func `a call from a task of the interceptor's own comes back to the loop`() async throws {
        let rig = try await gateway("interceptors: [Away, { Cache: { ttl: 1h } }], pipes: [P]") { enhancers in
            enhancers.addInterceptor("Away") { _ in
                AnyInterceptor { _, next in
                    let result = try await Task.detached { try await next.handle() }.value
                    return .values(
                        AsyncThrowingStream { continuation in
                            Task.detached {
                                if case .value(let value) = result { continuation.yield(value) }
                                continuation.finish()
                            }
                        })
                }
            }
            enhancers.addPipe("P") { _ in AnyPipe { $0 } }
        }
        for _ in 1...20 { #expect(try await rig.ask(EnhancerRequest.get("/get"))?.body == "1") }
        #expect(rig.packets == 1)
        await rig.stop()
    }
}
