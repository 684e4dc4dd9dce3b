import ArgumentParser
import NetworkIO
import TestSupport
import Testing

@testable import martlet

/// `martlet health`
@Suite struct HealthTests {
    /// What the command hears from a listener that gives this answer and then closes, and what it asked.
    private func answer(_ text: String, path: String = "/readyz") async throws -> (HealthAnswer?, asked: String?) {
        let server = try await ScriptedServer()
        let address = HostPort(host: "127.0.0.1", port: server.port)
        async let asked = serve(server, text)
        let answer = await onThreadOfItsOwn { try? HealthRequest(address: address, path: path, timeout: 60).answer() }
        await server.stop()
        return (answer, try await asked)
    }

    private func serve(_ server: ScriptedServer, _ text: String) async throws -> String? {
        let connection = try await server.accept()
        let request = await connection.receive(until: "\r\n\r\n")
        // Whoever has read enough may have closed it.
        if !text.isEmpty { try? await connection.send(text) }
        try? await connection.close()
        return request
    }

    @Test func `a 200 is well and its first line is told`() async throws {
        let text = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nready\nserving 3 routes"
        let (answer, asked) = try await answer(text)
        #expect(answer?.isWell == true)
        #expect(answer?.body == "ready")
        #expect(asked?.hasPrefix("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:") == true)
    }

    @Test func `a 503 is not well, and its reason is told without control characters`() async throws {
        let text = "HTTP/1.1 503 Service Unavailable\r\n\r\ndr\u{1B}[2Jaining"
        let (answer, asked) = try await answer(text, path: "/livez")
        #expect(answer?.isWell == false)
        #expect(answer?.status == 503)
        #expect(answer?.body == "dr?[2Jaining")
        #expect(asked?.hasPrefix("GET /livez ") == true)
    }

    @Test(arguments: ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/2 200"])
    func `what is no answer of HTTP 1 is none`(_ text: String) async throws {
        #expect(try await answer(text).0 == (text == "" ? nil : HealthAnswer(Array(text.utf8))))
        #expect(HealthAnswer(Array(text.utf8)) == nil)
    }

    @Test func `an answer is read to a bound`() async throws {
        let (answer, _) = try await answer("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 300_000))
        #expect(answer?.body == String(repeating: "x", count: 200))
    }

    @Test func `nobody there, and a name that is none, are said`() async throws {
        let reserved = try ReservedPort()
        let address = HostPort(host: "127.0.0.1", port: reserved.number)
        #expect(reason(address) == "no connection to \(address): connection refused")
        #expect(
            reason(HostPort(host: "no-such-host.invalid", port: 1))
                == "the name no-such-host.invalid cannot be resolved")
    }

    private func reason(_ address: HostPort) -> String? {
        do {
            return "\(try HealthRequest(address: address, path: "/livez", timeout: 5).answer())"
        } catch {
            return error.reason
        }
    }

    @Test func `the address may look like a URL`() throws {
        #expect(AdminAddress(argument: "http://127.0.0.1:9901/")?.address.description == "127.0.0.1:9901")
        #expect(AdminAddress(argument: "[::1]:9901")?.address.description == "[::1]:9901")
        #expect(AdminAddress(argument: "https://127.0.0.1:9901") == nil)
        #expect(AdminAddress(argument: "127.0.0.1:0") == nil)
        #expect(try Health.parse([]).admin.address.description == "127.0.0.1:9901")
        #expect(throws: (any Error).self) { try Health.parse(["--timeout", "0"]) }
    }
}
