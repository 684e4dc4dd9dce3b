import Synchronization
import TestSupport

/// Publishes keys as an identity provider does: a small HTTP server that counts who asks.
final class KeyServer: Sendable {
    /// What it answers to everything.
    struct Answer: Sendable {
        var status = 200
        var fields = ""
        var body: String

        /// `nil` leaves clients waiting.
        var text: String {
            "HTTP/1.1 \(status) X\r\ncontent-length: \(body.utf8.count)\r\n\(fields)connection: close\r\n\r\n\(body)"
        }
    }

    private struct State {
        var answer: Answer?
        var arrivals: [ContinuousClock.Instant] = []
    }

    private let server: ScriptedServer
    private let state: Mutex<State>
    private let task: Mutex<Task<Void, any Error>?> = Mutex(nil)

    /// Begins to serve; `nil` leaves clients waiting.
    init(_ answer: Answer?) async throws {
        state = Mutex(State(answer: answer))
        let server = try await ScriptedServer()
        self.server = server
        let serving = Task { [weak self] in
            while !Task.isCancelled {
                let connection = try await server.accept()
                guard let self else { return }
                Task { await self.serve(connection) }
            }
        }
        task.withLock { $0 = serving }
    }

    convenience init(keys: String) async throws { try await self.init(Answer(body: keys)) }

    private func serve(_ connection: RawConnection) async {
        guard await connection.receive(until: "\r\n\r\n") != nil else { return }
        let answer = state.withLock { state in
            state.arrivals.append(.now)
            return state.answer
        }
        guard let answer else { return }
        try? await connection.send(answer.text)
        try? await connection.close()
    }

    var port: Int { server.port }
    var address: String { "http://127.0.0.1:\(server.port)/keys" }
    /// When it was asked.
    var arrivals: [ContinuousClock.Instant] { state.withLock { $0.arrivals } }
    var requestCount: Int { arrivals.count }

    func publish(_ keys: String) { state.withLock { $0.answer = Answer(body: keys) } }

    func stop() async {
        task.withLock { $0 }?.cancel()
        await server.stop()
    }
}
