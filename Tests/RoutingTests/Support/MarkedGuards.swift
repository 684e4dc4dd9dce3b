import Testing

@testable import Routing

/// A route file around some guards, with one mark `^` in them: the place that a message must name.
struct MarkedGuards {
    private let text: String
    private let column: Int?

    /// - Parameter guards: The inside of `guards: [...]`, one line.
    init(_ guards: String) {
        let line = "use: { guards: [\(guards)] }"
        column = line.firstIndex(of: "^").map { line.distance(from: line.startIndex, to: $0) + 1 }
        text = line.filter { $0 != "^" }
    }

    /// Loads it with one route, whose payload may name claims.
    func load(payload: String = "{}") -> LoadResult {
        RoutingTests.load(
            """
            version: 1
            \(text)
            services: { s: { endpoints: ["h:1"] } }
            routes: [{ id: r, match: GET /r, send: { service: s, pattern: p }, payload: \(payload) }]
            """)
    }

    var settings: GuardSettings? { load().file?.enhancers.last?.settings.guardSettings }

    /// The message at the mark, as the file's errors must have it.
    func located(_ message: String) -> String { "r.yaml:2:\(column ?? 0): \(message)" }
}

/// Expects one error and no other, at the mark.
func expectOnly(_ message: String, _ guards: String, location: SourceLocation = #_sourceLocation) {
    let guards = MarkedGuards(guards)
    #expect(guards.load().errors == [guards.located(message)], sourceLocation: location)
}
