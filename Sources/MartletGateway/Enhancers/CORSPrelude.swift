import HTTPWire
import Pipeline
import Routing

/// `Cors`: tells browsers which pages of other origins may read an answer, and answers their preflights without the service.
///
/// Fields for the origin that asks only; `Vary: Origin` always, so that no cache gives one origin's answer to another.
///
/// Spec: Fetch Standard §3.2 (CORS protocol)
struct CORSPrelude: Prelude {
    let settings: CORSSettings
    private let vary = GatewayError.field("vary", "origin")
    private let credentials = GatewayError.field("access-control-allow-credentials", "true")
    private let exposed: HTTPField?

    init(_ settings: CORSSettings) {
        self.settings = settings
        exposed =
            settings.exposedHeaders.isEmpty
            ? nil
            : GatewayError.field("access-control-expose-headers", settings.exposedHeaders.joined(separator: ", "))
    }

    func prepare(_ request: RequestView, _ admission: Admission) {
        if !settings.allowsAnyOrigin, let vary { admission.set(vary) }
        guard let origin = allowed(request), let field = GatewayError.field("access-control-allow-origin", origin)
        else { return }
        admission.set(field)
        if settings.allowsCredentials, let credentials { admission.set(credentials) }
        if let exposed { admission.set(exposed) }
    }

    /// The fields of a preflight's answer.
    ///
    /// - Parameters:
    ///   - request: OPTIONS with `Origin` and `Access-Control-Request-Method`.
    ///   - methods: Those of the path.
    /// - Returns: Without permission when the origin has none; browsers take that for a refusal.
    func preflight(_ request: RequestView, methods: String) -> [HTTPField] {
        let admission = Admission()
        prepare(request, admission)
        var fields = admission.fields.filter { $0.name != "access-control-expose-headers" && $0.name != "vary" }
        let vary = GatewayError.field(
            "vary", "origin, access-control-request-method, access-control-request-headers")
        if let vary { fields.append(vary) }
        guard fields.contains(where: { $0.name == "access-control-allow-origin" }) else { return fields }
        var more: [(String, String)] = [
            ("access-control-allow-methods", settings.methods?.joined(separator: ", ") ?? methods),
            ("access-control-max-age", "\(settings.maxAge.components.seconds)"),
        ]
        if let headers = settings.headers {
            if !headers.isEmpty { more.append(("access-control-allow-headers", headers.joined(separator: ", "))) }
        } else if let asked = request.fields.firstValue(of: "access-control-request-headers"), asked.count <= 1024 {
            more.append(("access-control-allow-headers", String(decoding: asked, as: UTF8.self)))
        }
        return fields + more.compactMap { GatewayError.field($0.0, $0.1) }
    }

    /// What stands for the origin in the answer; `nil` when it is not let in.
    private func allowed(_ request: RequestView) -> String? {
        var origins: [String] = []
        request.fields.forEachValue(of: "origin") { origins.append(String(decoding: $0, as: UTF8.self)) }
        guard origins.count == 1, let origin = origins.first else { return nil }
        if settings.allowsAnyOrigin { return "*" }
        let lowercase = origin.lowercased()
        return settings.origins.contains { OriginPattern.matches($0, lowercase) } ? origin : nil
    }
}
