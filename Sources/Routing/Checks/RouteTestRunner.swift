import MessageWire
import Pipeline

/// What one entry of `tests:` came to.
package struct RouteTestResult: Sendable, Hashable {
    package let place: SourcePlace
    /// `GET /users/1`
    package let request: String
    /// One sentence for each expectation that was not met; empty when the test passed.
    package let failures: [String]
}

extension RouteFile {
    /// Runs the file's own tests (rule 16): request in, route and packet out, no service needed.
    package func runTests() -> [RouteTestResult] {
        tests.map { test in
            let outcome = OfflineRequest(test).outcome(in: self)
            return RouteTestResult(
                place: test.place, request: "\(test.method) \(test.target)", failures: test.failures(outcome))
        }
    }
}

extension RouteTest {
    fileprivate func failures(_ outcome: RequestOutcome) -> [String] {
        var failures: [String] = []
        let instead = outcome.reason.map { " (\($0))" } ?? ""
        if let expectedRoute, outcome.route?.id != expectedRoute {
            let found = outcome.route.map { "route \"\($0.id)\"" } ?? "status \(outcome.status)\(instead)"
            failures.append("expected route \"\(expectedRoute)\", found \(found)")
        }
        if let expectedStatus, outcome.status != expectedStatus {
            failures.append("expected status \(expectedStatus), found \(outcome.status)\(instead)")
        }
        if let expectedPattern, outcome.pattern?.canonical != expectedPattern.canonical {
            let found = outcome.pattern.map { $0.serialized() } ?? "none\(instead)"
            failures.append("expected pattern \(expectedPattern.serialized()), found \(found)")
        }
        if let expectedPayload, outcome.payloadValue?.canonical != expectedPayload.canonical {
            let found = outcome.payloadValue.map { $0.serialized() } ?? "none\(instead)"
            failures.append("expected payload \(expectedPayload.serialized()), found \(found)")
        }
        return failures
    }
}

extension JSONValue {
    /// The same value with sorted members, so that their order does not count.
    fileprivate var canonical: JSONValue {
        switch self {
        case .null, .bool, .number, .string: self
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let members):
            .object(members.map { Member(name: $0.name, value: $0.value.canonical) }.sorted { $0.name < $1.name })
        }
    }
}

extension RequestOutcome {
    fileprivate var payloadValue: JSONValue? { payload.map { text in text.withUnsafeBytes { JSONValue(checked: $0) } } }
}

extension OfflineRequest {
    fileprivate convenience init(_ test: RouteTest) {
        var headers = test.headers.map { ($0.name, $0.value.scalarText ?? "") }
        var body: String?
        switch test.body {
        case .json(let value):
            body = value.serialized()
            if !headers.contains(where: { $0.0 == "content-type" }) {
                headers.append(("content-type", "application/json"))
            }
        case .text(let text): body = text
        case nil: break
        }
        self.init(method: test.method, target: test.target, host: test.host ?? "", headers: headers, body: body)
        guard !test.claims.isEmpty else { return }
        claims = ClaimSet(
            test.claims.map { ClaimSet.Entry(name: $0.name, value: $0.value, identity: Array($0.name.utf8)) })
    }
}
