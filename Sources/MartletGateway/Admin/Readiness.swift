import MessageWire
import Routing

/// Whether the gateway should get requests, and why not: what `/readyz` says.
package struct Readiness: Sendable, Equatable {
    /// One thing that was looked at.
    package struct Check: Sendable, Equatable {
        /// `gateway`, or `service NAME`.
        package var name: String
        package var isGood: Bool
        /// A few words.
        package var reason: String
    }

    package var checks: [Check]

    /// Whether all is well.
    package var isReady: Bool { checks.allSatisfy(\.isGood) }

    /// Judges a moment by the policy: the gateway itself must be serving, and each required service must have a connection.
    package init(_ status: AdminStatus, policy: ReadinessPolicy) {
        let reason =
            switch status.phase {
            case .starting: "not every address is listened on yet"
            case .serving: "serving"
            case .leaving: "stopping soon: clients are asked to go elsewhere"
            case .draining: "stopping: requests in flight are finished"
            }
        checks = [Check(name: "gateway", isGood: status.phase == .serving, reason: reason)]
        let required =
            switch policy {
            case .none: [String]()
            case .all: status.services.map(\.name)
            case .services(let names): names
            }
        for name in required {
            let service = status.services.first { $0.name == name }
            checks.append(
                Check(
                    name: "service \(name)", isGood: service?.isUp ?? false,
                    reason: service.map(Self.endpoints) ?? "there is no such service"))
        }
    }

    private static func endpoints(_ service: AdminStatus.Service) -> String {
        service.endpoints.map { "\($0.address) \($0.state)" }.joined(separator: ", ")
    }

    /// `ok`, or the checks that failed; with everything in Kubernetes' way: `[+]gateway ok: serving`.
    package func text(isVerbose: Bool) -> String {
        if isReady, !isVerbose { return "ok\n" }
        let shown = isVerbose ? checks : checks.filter { !$0.isGood }
        let lines = shown.map { "[\($0.isGood ? "+" : "-")]\($0.name) \($0.isGood ? "ok" : "failed"): \($0.reason)\n" }
        return lines.joined() + (isReady ? "ready\n" : "not ready\n")
    }

    package var json: JSONValue {
        [
            "ready": .bool(isReady),
            "checks": .array(
                checks.map { ["name": .string($0.name), "ok": .bool($0.isGood), "reason": .string($0.reason)] }),
        ]
    }
}
