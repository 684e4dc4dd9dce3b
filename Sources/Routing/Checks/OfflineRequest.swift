import MessageWire
import NIOCore
import Pipeline

/// What a request would become, without any service.
package struct RequestOutcome: Sendable {
    package var route: Route?
    /// Of the path, by name.
    package var parameters: [(name: String, value: String)] = []
    /// The refusal's status, or that of a success.
    package var status: Int
    /// Why it was refused, or is answered without a message.
    package var reason: String?
    package var pattern: JSONValue?
    /// The same, made ready for sending.
    package var compiledPattern: CompiledPattern?
    /// JSON text.
    package var payload: [UInt8]?
}

/// What stands around a call, as far as it can decide without a connection.
package protocol OfflinePolicies {
    /// Asks the guards; they may find out whose request it is.
    func admit(_ request: inout RequestView, _ route: Route) -> (status: Int, reason: String)?
    /// Asks the pipes that look at whole requests.
    func check(
        _ request: RequestView, _ route: Route, parameters: [(name: String, value: String)], body: JSONBody?
    ) -> (status: Int, reason: String)?
}

/// A request with storage of its own, for what is found out without a connection: tests in route files, explanations.
package final class OfflineRequest: RequestFields, RequestFacts {
    package let requestID = "test"
    package let clientAddress: String
    package let receivedAt = "2026-01-01T00:00:00.000Z"
    package let tlsSubject: String? = nil
    /// What guards would have found out.
    package var claims: ClaimSet?

    private let parts: UnsafeMutableRawBufferPointer
    private var ranges: [Range<Int>] = []
    private let names: [String]
    private let hasBody: Bool

    /// - Parameters:
    ///   - method: As on the wire.
    ///   - target: Path and query as on the wire.
    ///   - host: The authority.
    ///   - headers: Names in lower case.
    ///   - body: Text; `nil` for none.
    ///   - clientAddress: Where the request comes from.
    package init(
        method: String, target: String, host: String, headers: [(String, String)], body: String?,
        clientAddress: String = "127.0.0.1"
    ) {
        self.clientAddress = clientAddress
        hasBody = body != nil
        names = headers.map(\.0)
        let target = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let texts =
            [method, target[0], target.count > 1 ? target[1] : "", host, body ?? ""] + headers.map(\.1)
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

    package func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        names.firstIndex(of: lowercaseName).map { part($0 + 5) }
    }

    package func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        for (index, name) in names.enumerated() where name == lowercaseName { body(part(index + 5)) }
    }

    package func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        for (index, name) in names.enumerated() {
            Array(name.utf8).withUnsafeBytes { body($0, part(index + 5)) }
        }
    }

    /// What becomes of the request.
    ///
    /// - Parameters:
    ///   - file: The configuration.
    ///   - policies: What stands around the route's call; without it nobody is asked.
    /// - Returns: The message, or the answer instead of it.
    package func outcome(in file: RouteFile, policies: (any OfflinePolicies)? = nil) -> RequestOutcome {
        withExtendedLifetime(self) {
            var view = RequestView(
                method: part(0), path: part(1), query: part(2), authority: part(3), body: part(4), fields: self,
                facts: self)
            view.claims = claims
            let match = RouteMatch()
            switch file.table.lookup(view, into: match) {
            case .matched:
                let route = file.routes[match.route]
                var outcome = RequestOutcome(
                    route: route, status: route.response.status ?? (route.kind == .emit ? 202 : 200))
                outcome.parameters = route.path.parameters.indices.map {
                    (route.path.parameters[$0].name, match.parameter($0, of: route, in: view))
                }
                if let refusal = policies?.admit(&view, route) {
                    outcome.status = refusal.status
                    outcome.reason = refusal.reason
                    return outcome
                }
                do throws(PayloadError) {
                    try fill(&outcome, view, match, route, policies)
                } catch {
                    outcome.status = error.status
                    outcome.reason = error.detail
                }
                return outcome
            case .notFound: return RequestOutcome(status: 404, reason: "no route")
            case .methodNotAllowed(let allow): return RequestOutcome(status: 405, reason: "allowed are \(allow)")
            case .options: return RequestOutcome(status: 204, reason: "answered by the gateway")
            case .badPath(let fault): return RequestOutcome(status: 400, reason: fault.sentence)
            }
        }
    }

    private func fill(
        _ outcome: inout RequestOutcome, _ view: RequestView, _ match: RouteMatch, _ route: Route,
        _ policies: (any OfflinePolicies)?
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
        var refusal: (status: Int, reason: String)?
        var written: (variant: Int, payload: [UInt8])?
        Array(text.utf8).withUnsafeBytes { bytes in
            let body = scan.map { JSONBody(bytes: selection == .json ? view.body : bytes, scan: $0) }
            refusal = policies?.check(view, route, parameters: outcome.parameters, body: body)
            guard refusal == nil else { return }
            var writer = JSONWriter(buffer: ByteBuffer())
            do throws(PayloadError) {
                let variant = try route.pattern.select(view, match, path: route.path, body: body)
                try route.payload.render(view, match, body: body, into: &writer)
                written = (variant, Array(writer.buffer.readableBytesView))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if let refusal {
            outcome.status = refusal.status
            outcome.reason = refusal.reason
            return
        }
        outcome.pattern = written.map { route.pattern.variants[$0.variant] }
        outcome.compiledPattern = written.map { route.pattern.compiled[$0.variant] }
        outcome.payload = written?.payload
    }
}
