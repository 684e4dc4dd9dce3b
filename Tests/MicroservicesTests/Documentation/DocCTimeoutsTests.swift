import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// The code of the article "Timeouts and deadlines".
@Suite(.timeLimit(.minutes(1)))
struct DocCTimeoutsTests {
    private func timeouts() {
        let client = ClientProxy(.tcp(host: "127.0.0.1", port: 3000, timeout: .seconds(2)))
        let quick = client.send("report", "today", timeout: .milliseconds(250))
        let patient = client.send("report", "year", timeout: .some(nil))  // waits for ever
        _ = (quick, patient)
    }

    private static func ask(_ client: ClientProxy) async throws {
        do {
            _ = try await client.send("report", "today", timeout: .milliseconds(250)).value
        } catch UpstreamFailure.timedOut {
            print("no answer in time")
        }
    }

    private func configure() -> ClientConfiguration {
        let configuration = ClientConfiguration.tcp(port: 3000, timeout: .seconds(2), sendsDeadline: true)
        return configuration
    }

    private static func register(_ service: Microservice) {
        service.onMessage("until") { (_: JSONValue?, context) in context.deadline != nil }
    }

    @Test func `a call without an answer in time is over`() async throws {
        let (clock, notes) = (ManualClock(), Recorder())
        try await TransportHarness.run(clock: clock) {
            $0.onMessage("report") { (_: JSONValue?, _) in
                notes.note("report")
                try await Task.sleep(for: .seconds(3600))
            }
        } _: { harness in
            let call = Task {
                try await Self.ask(harness.client)
                notes.note("asked")
            }
            await notes.wait(for: "report")
            await clock.advance(by: .milliseconds(250))
            try await call.value
            #expect(notes.notes == ["report", "asked"])
        }
    }

    @Test func `the handler knows until when its caller waits`() async throws {
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            let client = ClientProxy(.local(harness.port, sendsDeadline: true), logger: .quiet)
            try await #expect(client.send("until", 1).value == true)
            await client.close()
        }
    }
}
