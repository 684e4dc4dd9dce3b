import MessageWire
import Routing
import Synchronization

@testable import MartletGateway

/// A gateway that says what a test wants it to say.
final class FakeAdminSource: AdminSource {
    struct State {
        var status = AdminStatus(
            phase: .serving, at: Timestamp(seconds: 1_800_000_000, milliseconds: 0), monotonic: 1,
            startedAt: Timestamp(seconds: 1_799_999_000, milliseconds: 0))
        var reload = ReloadOutcome(isApplied: true, generation: 2, hash: "abc", changes: ["route x added"], errors: [])
        var reloads = 0
        var level: String? = "notice"
        var drained: [String] = []
        var looks = 0
    }

    let state = Mutex(State())

    init(_ change: (inout State) -> Void = { _ in }) {
        state.withLock { change(&$0) }
    }

    var currentPhase: GatewayPhase { state.withLock { $0.status.phase } }

    func status() async -> AdminStatus {
        state.withLock { state in
            state.looks += 1
            return state.status
        }
    }

    func effectiveConfiguration() async -> JSONValue { ["gateway": ["listen": ["127.0.0.1:1"]], "on": true] }
    func routes() async -> [RouteRow] { [] }
    func metricsText(accept: String?) async -> MetricsText {
        MetricsText(contentType: accept ?? "text/plain; version=0.0.4; charset=utf-8", text: "martlet_up 1\n")
    }

    func reload(cause: String) async -> ReloadOutcome {
        state.withLock { state in
            state.reloads += 1
            return state.reload
        }
    }

    func logLevel() async -> String? { state.withLock { $0.level } }

    func setLogLevel(_ level: String) async -> Bool {
        guard ["debug", "notice"].contains(level) else { return false }
        state.withLock { $0.level = level }
        return true
    }

    func setDraining(_ isDraining: Bool, service: String, endpoint: String) async -> Bool {
        guard service == "s", endpoint == "127.0.0.1:3000" else { return false }
        state.withLock { $0.drained.append("\(service) \(endpoint) \(isDraining)") }
        return true
    }

    func tick() async {}
}

extension AdminRequest {
    /// A request as curl would send it.
    init(_ method: String, _ path: String, fields: [String: String] = [:], body: String = "") {
        self.init(method: method, path: path)
        host = "127.0.0.1:9901"
        self.fields = fields
        self.body = Array(body.utf8)
    }
}

extension AdminResponse {
    /// The body as text.
    var text: String {
        guard case .text(let text) = body else { return "" }
        return text
    }

    var json: JSONValue? { try? JSONValue.parse(text) }
    var code: String? { json?["code"]?.stringValue }
    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
