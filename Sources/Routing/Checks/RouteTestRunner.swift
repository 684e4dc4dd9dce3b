import MessageWire
import NIOCore
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
            let outcome = RouteTestRequest(test).outcome(in: self)
            return RouteTestResult(
                place: test.place, request: "\(test.method) \(test.target)", failures: test.failures(outcome))
        }
    }
}

/// What a request would become.
struct RouteTestOutcome {
    var route: String?
    /// The refusal's status, or that of a success.
    var status: Int
    /// Why it was refused.
    var reason: String?
    var pattern: JSONValue?
    var payload: JSONValue?
}

extension RouteTest {
    fileprivate func failures(_ outcome: RouteTestOutcome) -> [String] {
        var failures: [String] = []
        let instead = outcome.reason.map { " (\($0))" } ?? ""
        if let expectedRoute, outcome.route != expectedRoute {
            let found = outcome.route.map { "route \"\($0)\"" } ?? "status \(outcome.status)\(instead)"
            failures.append("expected route \"\(expectedRoute)\", found \(found)")
        }
        if let expectedStatus, outcome.status != expectedStatus {
            failures.append("expected status \(expectedStatus), found \(outcome.status)\(instead)")
        }
        if let expectedPattern, outcome.pattern?.canonical != expectedPattern.canonical {
            let found = outcome.pattern.map { $0.serialized() } ?? "none\(instead)"
            failures.append("expected pattern \(expectedPattern.serialized()), found \(found)")
        }
        if let expectedPayload, outcome.payload?.canonical != expectedPayload.canonical {
            let found = outcome.payload.map { $0.serialized() } ?? "none\(instead)"
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

/// A test's request with storage of its own.
private final class RouteTestRequest: RequestFields, RequestFacts {
    let requestID = "test"
    let clientAddress = "127.0.0.1"
    let receivedAt = "2026-01-01T00:00:00.000Z"
    let tlsSubject: String? = nil

    private let parts: UnsafeMutableRawBufferPointer
    private var ranges: [Range<Int>] = []
    private let names: [String]
    private let hasBody: Bool

    init(_ test: RouteTest) {
        var headers = test.headers.map { ($0.name, $0.value.scalarText ?? "") }
        var body = ""
        switch test.body {
        case .json(let value):
            body = value.serialized()
            if !headers.contains(where: { $0.0 == "content-type" }) {
                headers.append(("content-type", "application/json"))
            }
        case .text(let text): body = text
        case nil: break
        }
        hasBody = test.body != nil
        names = headers.map(\.0)
        let target = test.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let texts =
            [test.method, target[0], target.count > 1 ? target[1] : "", test.host ?? "", body] + headers.map(\.1)
        parts = .allocate(byteCount: texts.reduce(0) { $0 + $1.utf8.count }, alignment: 1)
        var start = 0
        for text in texts {
            let end = start + text.utf8.count
            UnsafeMutableRawBufferPointer(rebasing: parts[start..<end]).copyBytes(from: text.utf8)
            ranges.append(start..<end)
            start = end
        }
    }

    deinit {
        parts.deallocate()
    }

    private func part(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(parts)[ranges[index]])
    }

    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        names.firstIndex(of: lowercaseName).map { part($0 + 5) }
    }

    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        for (index, name) in names.enumerated() where name == lowercaseName { body(part(index + 5)) }
    }

    func outcome(in file: RouteFile) -> RouteTestOutcome {
        withExtendedLifetime(self) {
            let view = RequestView(
                method: part(0), path: part(1), query: part(2), authority: part(3), body: part(4), fields: self,
                facts: self)
            let match = RouteMatch()
            switch file.table.lookup(view, into: match) {
            case .matched: return outcome(view, match, file.routes[match.route])
            case .notFound: return RouteTestOutcome(status: 404, reason: "no route")
            case .methodNotAllowed(let allow): return RouteTestOutcome(status: 405, reason: "allowed are \(allow)")
            case .options: return RouteTestOutcome(status: 204, reason: "answered by the gateway")
            case .badPath(let fault): return RouteTestOutcome(status: 400, reason: fault.sentence)
            }
        }
    }

    private func outcome(_ view: RequestView, _ match: RouteMatch, _ route: Route) -> RouteTestOutcome {
        var outcome = RouteTestOutcome(
            route: route.id, status: route.response.status ?? (route.kind == .emit ? 202 : 200))
        do throws(PayloadError) {
            try fill(&outcome, view, match, route)
        } catch {
            outcome.status = error.status
            outcome.reason = error.detail
            outcome.payload = nil
            outcome.pattern = nil
        }
        return outcome
    }

    private func fill(
        _ outcome: inout RouteTestOutcome, _ view: RequestView, _ match: RouteMatch, _ route: Route
    ) throws(PayloadError) {
        guard view.body.count <= route.maxBodyBytes else {
            throw PayloadError(status: 413, code: "body_too_large", message: "The body is larger than the route takes.")
        }
        var decoded = JSONWriter(buffer: ByteBuffer())
        var scan: JSONScan?
        var selection = BodyFormats.Selection.json
        if hasBody, !view.body.isEmpty {
            selection = try route.consumes.select(contentType: firstValue(of: "content-type"))
            if selection == .json {
                do throws(JSONScanError) {
                    scan = try JSONScanner.scan(view.body, rules: .untrusted)
                } catch {
                    throw .body(error.reason.sentence)
                }
            } else {
                scan = try BodyDecoder.decode(view.body, as: selection, formats: route.consumes, into: &decoded)
            }
        }
        let text = String(buffer: decoded.buffer)
        var failure: PayloadError?
        var written: (pattern: JSONValue, payload: JSONValue)?
        Array(text.utf8).withUnsafeBytes { bytes in
            let body = scan.map { JSONBody(bytes: selection == .json ? view.body : bytes, scan: $0) }
            var writer = JSONWriter(buffer: ByteBuffer())
            do throws(PayloadError) {
                let pattern = try route.pattern.select(view, match, path: route.path, body: body)
                try route.payload.render(view, match, body: body, into: &writer)
                let payload = writer.buffer.withUnsafeReadableBytes { JSONValue(checked: $0) }
                written = (route.pattern.variants[pattern], payload)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        outcome.pattern = written?.pattern
        outcome.payload = written?.payload
    }
}
