import TestSupport
import Testing

/// The order of everything around a route, over real connections, with two of each kind in every scope and a set.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct GatewayOrderTests {
    private typealias Order = GatewayOrder
    private static let before = Order.guards + Order.interceptorsIn + Order.pipes

    @Test(arguments: [
        EnhancerRequest.post("/one"), EnhancerRequest.get("/one/7"), EnhancerRequest.get("/one/7", method: "HEAD"),
    ])
    func `a message with one value`(_ request: String) async throws {
        let (answer, ran) = try await RecordingGateway().run(request)
        #expect(answer?.status == 200)
        if !request.hasPrefix("HEAD") { #expect(answer?.body == "1") }
        #expect(ran == lines(Self.before + Order.packet + Order.interceptorsOut))
    }

    @Test(arguments: [
        ("accept: text/event-stream\r\n", "data: 1\n\ndata: 2\n\n"), ("accept: application/x-ndjson\r\n", "1\n2\n"),
        ("", "2"),
    ])
    func `a message with several values`(_ accept: String, _ body: String) async throws {
        let (answer, ran) = try await RecordingGateway().run(EnhancerRequest.post("/stream", accept))
        #expect(answer?.body == body)
        #expect(answer?.isComplete == true)
        #expect(
            ran
                == lines(
                    Self.before + Order.packet + Order.interceptorsOut + Order.firstValue + Order.secondValue))
    }

    @Test func `an event`() async throws {
        let rig = try await RecordingGateway()
        let answer = try await rig.gateway.exchange(EnhancerRequest.post("/event")).first
        #expect(answer?.status == 202)
        await rig.recorder.wait(for: "packet")
        let (_, ran) = try await rig.run(EnhancerRequest.get("/nowhere"))
        // Nobody waits for the service to have it.
        #expect(ran.filter { $0 != "packet" } == lines(Self.before + Order.interceptorsOut))
        #expect(ran.count { $0 == "packet" } == 1)
    }

    @Test(arguments: Order.untilRefusal.indices, ["/one", "/stream", "/event"])
    func `an error before the packet goes to the filters, and nothing is sent`(
        _ index: Int, _ path: String
    ) async throws {
        let (stage, expected) = Order.untilRefusal[index]
        let (answer, ran) = try await RecordingGateway(failing: stage).run(EnhancerRequest.post(path))
        #expect(answer?.status == 418)
        #expect(answer?.body.contains(stage) == true)
        #expect(ran == lines(expected + Order.filters))
    }

    @Test(arguments: Order.untilFailure.indices, ["/one", "/stream"])
    func `an error behind the packet goes to the filters`(_ index: Int, _ path: String) async throws {
        let (stage, expected) = Order.untilFailure[index]
        let (answer, ran) = try await RecordingGateway(failing: stage).run(EnhancerRequest.post(path))
        #expect(answer?.status == 418)
        #expect(ran == lines(expected + Order.filters))
    }

    @Test func `what the service has against it goes to the filters`() async throws {
        let (answer, ran) = try await RecordingGateway().run(EnhancerRequest.post("/err"))
        #expect(answer?.status == 409)
        #expect(answer?.body.contains("taken") == true)
        #expect(ran == lines(Self.before + Order.packet + Order.filters))
    }

    @Test(arguments: ["/one", "/event"])
    func `a service that is down goes to the filters`(_ path: String) async throws {
        let (answer, ran) = try await RecordingGateway(isReachable: false).run(EnhancerRequest.post(path))
        #expect(answer?.status == 503)
        #expect(answer?.body.contains("upstream_unavailable") == true)
        #expect(ran == lines(Self.before + Order.filters))
    }

    @Test func `an error in the middle of a stream goes to the filters`() async throws {
        let (answer, ran) = try await RecordingGateway().run(
            EnhancerRequest.post("/broken", "accept: text/event-stream\r\n"))
        #expect(answer?.isComplete == false)
        #expect(answer?.body.hasPrefix("data: 1\n\nevent: error\ndata: {") == true)
        #expect(answer?.body.contains("taken") == true)
        #expect(
            ran
                == lines(Self.before + Order.packet + Order.interceptorsOut + Order.firstValue + Order.filters))
    }

    @Test func `a filter that handles an error in the middle of a stream has the last word`() async throws {
        let (answer, ran) = try await RecordingGateway(filtering: .handle(at: "set filter 1")).run(
            EnhancerRequest.post("/broken", "accept: application/x-ndjson\r\n"))
        #expect(answer?.isComplete == true)
        #expect(answer?.body == "1\n\"handled by set filter 1\"\n")
        #expect(
            ran
                == lines(
                    Self.before + Order.packet + Order.interceptorsOut + Order.firstValue + "set filter 1\n"))
    }

    @Test(arguments: ["service guard 1", "global interceptor 1 before", "route pipe 2", "set interceptor 1 after"])
    func `no filter is asked behind the one that handles`(_ stage: String) async throws {
        let rig = try await RecordingGateway(failing: stage, filtering: .handle(at: "service filter 1"))
        let (answer, ran) = try await rig.run(EnhancerRequest.post("/one"))
        #expect(answer?.status == 200)
        #expect(answer?.body == "\"handled by service filter 1\"")
        let expected = (Order.untilRefusal + Order.untilFailure).first { $0.stage == stage }?.ran ?? ""
        #expect(
            ran
                == lines(
                    expected + """
                        set filter 1
                        set filter 2
                        route filter 1
                        route filter 2
                        service filter 1
                        """))
    }

    @Test(arguments: ["service guard 1", "global interceptor 1 before", "route pipe 2", "set interceptor 1 after"])
    func `no filter is asked behind the one that throws`(_ stage: String) async throws {
        let rig = try await RecordingGateway(failing: stage, filtering: .rethrow(at: "set filter 2"))
        let (answer, ran) = try await rig.run(EnhancerRequest.post("/one"))
        #expect(answer?.status == 422)
        #expect(answer?.body.contains("thrown by set filter 2") == true)
        let expected = (Order.untilRefusal + Order.untilFailure).first { $0.stage == stage }?.ran ?? ""
        #expect(ran == lines(expected + "set filter 1\nset filter 2"))
    }
}
