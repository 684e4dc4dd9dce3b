import MessageWire
import Routing

/// Answers requests to the admin listener: finds the endpoint, checks who asks, asks the gateway.
///
/// World: structured concurrency.
package struct AdminHandler: Sendable {
    private let source: any AdminSource
    private let access: AdminAccess
    private let policy: @Sendable () -> ReadinessPolicy
    private let hasPage: Bool
    let sampler: AdminSampler

    /// - Parameters:
    ///   - source: The gateway.
    ///   - access: Who may.
    ///   - hasPage: Whether `/` is the live page.
    ///   - policy: Which services must be up, at present.
    package init(
        source: any AdminSource, access: AdminAccess, hasPage: Bool = true,
        policy: @escaping @Sendable () -> ReadinessPolicy = { .none }
    ) {
        self.source = source
        self.access = access
        self.hasPage = hasPage
        self.policy = policy
        sampler = AdminSampler(source: source)
    }

    /// The answer to a request.
    package func answer(_ request: AdminRequest) async -> AdminResponse {
        guard let endpoint = AdminEndpoint(request.path), endpoint != .page || hasPage else {
            return access.refusal(request, isOpen: false)
                ?? .problem(404, code: "not_found", detail: "The admin listener has no such path; see docs/admin.md.")
        }
        if let refusal = access.refusal(request, isOpen: endpoint.isOpen) { return refusal }
        guard endpoint.methods.contains(request.method) else {
            let allow = endpoint.methods.joined(separator: ", ")
            return .problem(405, code: "method_not_allowed", detail: "This path takes \(allow).").with("allow", allow)
        }
        switch endpoint {
        case .page: return AdminPage.response(needsToken: access.needsToken)
        case .live: return .text("ok\n")
        case .ready: return await ready(request)
        case .metrics: return metrics(await source.metricsText(accept: request[field: "accept"]))
        case .configuration: return configuration(await source.effectiveConfiguration(), request)
        case .routes: return .json(.array(await source.routes().map(\.json)))
        case .services: return .json(await sampler.latest(.now).servicesJSON)
        case .status: return .json(await sampler.latest(.now).json)
        case .events: return AdminResponse(status: 200, contentType: "text/event-stream", body: .events)
        case .reload:
            let outcome = await source.reload(cause: "admin listener")
            await sampler.forget()
            return reload(outcome)
        case .logLevel: return await logLevel(request)
        case .drain(let service, let address, let isDraining):
            return await drain(service: service, endpoint: address, isDraining)
        }
    }

    /// Whether a request that was answered would be answered still: tokens change.
    func mayGoOn(_ request: AdminRequest) -> Bool { access.refusal(request, isOpen: false) == nil }

    /// One event of the page's stream: the whole status.
    package func event() async -> String {
        "data: \(await sampler.latest().json.serialized())\n\n"
    }

    private func ready(_ request: AdminRequest) async -> AdminResponse {
        let readiness = Readiness(await sampler.latest(.probe).status, policy: policy())
        let status = readiness.isReady ? 200 : 503
        // Probes come without the token; the names of services and endpoints are for those who have it.
        guard access.refusal(request, isOpen: false) == nil else {
            return .text(readiness.isReady ? "ok\n" : "not ready\n", status: status)
        }
        if request.accepts("application/json") { return .json(readiness.json, status: status) }
        return .text(readiness.text(isVerbose: request.query["verbose"] != nil), status: status)
    }

    private func metrics(_ text: MetricsText) -> AdminResponse {
        AdminResponse(status: 200, contentType: text.contentType, body: .text(text.text))
    }

    private func configuration(_ value: JSONValue, _ request: AdminRequest) -> AdminResponse {
        guard request.query["format"] == "yaml" || request.accepts("application/yaml") else { return .json(value) }
        return AdminResponse(status: 200, contentType: "application/yaml", body: .text(AdminYAML.text(value)))
    }

    private func reload(_ outcome: ReloadOutcome) -> AdminResponse {
        guard outcome.isApplied else {
            return .problem(
                422, code: "reload_refused",
                detail: outcome.errors.first ?? "The new configuration cannot be used; the old one stays.",
                more: [
                    .init(name: "generation", value: .number(String(outcome.generation))),
                    .init(name: "errors", value: .array(outcome.errors.map { .string($0) })),
                ])
        }
        return .json([
            "applied": true, "generation": .number(String(outcome.generation)), "hash": .string(outcome.hash),
            "changes": .array(outcome.changes.map { .string($0) }),
        ])
    }

    private func logLevel(_ request: AdminRequest) async -> AdminResponse {
        if request.method == "PUT" {
            let body = String(decoding: request.body, as: UTF8.self)
            let level = (try? JSONValue.parse(body))?["level"]?.stringValue ?? request.query["level"] ?? body
            let word = level.filter { !$0.isWhitespace && $0 != "\"" }.lowercased()
            guard await source.setLogLevel(word) else {
                return .problem(
                    400, code: "unknown_level",
                    detail: "A log level is one of trace, debug, info, notice, warning, error and critical.")
            }
        }
        guard let level = await source.logLevel() else {
            return .problem(501, code: "not_available", detail: "This gateway's log level cannot be changed.")
        }
        return .json(["level": .string(level)])
    }

    private func drain(service: String, endpoint: String, _ isDraining: Bool) async -> AdminResponse {
        guard await source.setDraining(isDraining, service: service, endpoint: endpoint) else {
            return .problem(
                404, code: "no_such_endpoint",
                detail: "No service of this name has an endpoint of this address; see /services.")
        }
        let services = await sampler.latest(.now).status.services
        let found = services.first { $0.name == service }?.endpoints.first { $0.address == endpoint }
        return .json([
            "service": .string(service), "endpoint": .string(endpoint),
            "state": .string(found?.state ?? (isDraining ? "draining" : "idle")),
            "inFlight": .number(String(found?.inFlight ?? 0)),
        ])
    }
}

/// The paths of the admin listener.
enum AdminEndpoint: Hashable {
    case page
    case live
    case ready
    case metrics
    case configuration
    case routes
    case services
    case status
    case events
    case reload
    case logLevel
    case drain(service: String, endpoint: String, isDraining: Bool)

    init?(_ path: String) {
        switch path {
        case "/": self = .page
        case "/livez": self = .live
        case "/readyz": self = .ready
        case "/metrics": self = .metrics
        case "/config": self = .configuration
        case "/routes": self = .routes
        case "/services": self = .services
        case "/status": self = .status
        case "/events": self = .events
        case "/reload": self = .reload
        case "/log-level": self = .logLevel
        default:
            let steps = path.split(separator: "/", omittingEmptySubsequences: false)
            guard steps.count == 6, steps[0].isEmpty, steps[1] == "services", steps[3] == "endpoints",
                steps[5] == "drain" || steps[5] == "undrain"
            else { return nil }
            self = .drain(service: String(steps[2]), endpoint: String(steps[4]), isDraining: steps[5] == "drain")
        }
    }

    /// Whether it needs no token: probes come without one, and the page asks for it.
    var isOpen: Bool {
        switch self {
        case .page, .live, .ready: true
        default: false
        }
    }

    var methods: [String] {
        switch self {
        case .reload, .drain: ["POST"]
        case .logLevel: ["GET", "HEAD", "PUT"]
        default: ["GET", "HEAD"]
        }
    }
}
