import HTTPWire
import MessageWire
import Pipeline
import Routing

/// `Roles` and `Scopes`: lets in whose claims hold the right names.
///
/// The claim is a list of texts, or one text of names between blanks as OAuth's `scope` is (RFC 8693 §4.2).
struct MembershipGuard: SynchronousGuard {
    enum Kind {
        case roles
        case scopes
    }

    private let settings: MembershipSettings
    private let refusal: GatewayError

    init(_ settings: MembershipSettings, kind: Kind) {
        self.settings = settings
        switch kind {
        case .roles:
            refusal = GatewayError(
                status: 403, code: "forbidden", detail: "The caller has not the role that this needs.")
        case .scopes:
            let scope = (settings.all + settings.any).joined(separator: " ").filter { $0 != "\"" && $0 != "\\" }
            let text = "Bearer error=\"insufficient_scope\", scope=\"\(scope)\""
            refusal = GatewayError(
                status: 403, code: "insufficient_scope", detail: "The token does not cover the scope that this needs.",
                fields: [GatewayError.field("www-authenticate", text)].compactMap { $0 })
        }
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        let names: [Substring]
        switch context.request.claims?.find(settings.from, settings.claim) {
        case .string(let text): names = text.split(separator: " ")
        case .array(let elements): names = elements.compactMap { $0.stringValue.map { $0[...] } }
        case .null, .bool, .number, .object, nil: names = []
        }
        func has(_ name: String) -> Bool { names.contains { $0.utf8.elementsEqual(name.utf8) } }
        let isIn = settings.all.isEmpty ? settings.any.contains(where: has) : settings.all.allSatisfy(has)
        return isIn ? .pass : .refuse(refusal)
    }
}
