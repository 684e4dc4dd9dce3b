import Foundation
import Logging
import MartletGateway
import MessageWire
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Lines and spans follow the route file when it is read again.
@Suite(.timeLimit(.minutes(2))) struct ObservationReloadTests {
    private typealias Rig = ReloadingGateway

    private func text(_ gateway: String, endpoint: Int) -> String {
        Rig.text([Rig.get], endpoint: endpoint, gateway: "listen: [\"127.0.0.1:0\"], \(gateway)")
    }

    /// The lines of a file in the rig's folder, when there are so many.
    private func lines(_ rig: Rig, _ name: String, count: Int) async throws -> [String] {
        var lines: [String] = []
        try await eventually("\(count) lines in \(name)") {
            let text = (try? String(contentsOf: rig.folder.appending(path: name), encoding: .utf8)) ?? ""
            lines = text.split(separator: "\n").map(String.init)
            return lines.count >= count
        }
        return lines
    }

    @Test func `fields and files of access lines are those of the file as it is now`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        let rig = try await Rig(
            text("logging: { access: { fields: [status, path], to: ./a.log } }", endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        #expect(try await lines(rig, "a.log", count: 1) == ["200 /get/1"])
        let outcome = try await rig.reload(
            text("logging: { access: { fields: [path, route], to: ./b.log } }", endpoint: server.port))
        #expect(outcome.changes.contains("logging changed"))
        #expect(try await rig.status(Ask.get("/get/2")) == 200)
        #expect(try await lines(rig, "b.log", count: 1) == ["/get/2 route=get"])
        let refused = try await rig.reload(
            text("logging: { access: { to: ./nowhere/c.log } }", endpoint: server.port))
        #expect(!refused.isApplied && refused.errors.first?.contains("cannot write the log") == true)
        #expect(refused.errors.first?.contains("routes.yaml:2:") == true)
        #expect(try await rig.status(Ask.get("/get/3")) == 200)
        #expect(try await lines(rig, "b.log", count: 2).last == "/get/3 route=get")
        await rig.stop()
        #expect(try await lines(rig, "a.log", count: 1).count == 1)
    }

    @Test func `spans go to the receiver of the file as it is now, and none is lost`() async throws {
        let (first, second) = (try await OTLPReceiver(), try await OTLPReceiver())
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        defer { service.cancel() }
        func tracing(_ receiver: OTLPReceiver) -> String {
            "tracing: { otlp: { endpoint: \"http://127.0.0.1:\(receiver.port)/\" }, interval: 10ms }"
        }
        let rig = try await Rig(text(tracing(first), endpoint: server.port))
        #expect(try await rig.status(Ask.get("/get/1")) == 200)
        try await eventually("spans of the first") { first.spans.count == 2 }
        let outcome = try await rig.reload(text(tracing(second), endpoint: server.port))
        #expect(outcome.changes.contains("tracing changed"))
        #expect(try await rig.status(Ask.get("/get/2")) == 200)
        try await eventually("spans of the second") { second.spans.count == 2 }
        // Without the section nothing is recorded any more.
        #expect(try await rig.reload(text("limits: { uri: 4KiB }", endpoint: server.port)).isApplied)
        #expect(try await rig.status(Ask.get("/get/3")) == 200)
        await rig.stop()
        #expect(first.spans.count == 2 && second.spans.count == 2)
        await first.stop()
        await second.stop()
    }
}
