import Pipeline
import Routing

/// `IpAllow` and `IpDeny`: lets in by the client's address. A client whose address cannot be told is let in by neither.
struct AddressGuard: SynchronousGuard {
    private let ranges: [AddressRange]
    private let isAllowed: Bool

    /// - Parameters:
    ///   - settings: The ranges.
    ///   - isAllowed: Whether addresses in them pass, or all others.
    init(_ settings: AddressSettings, isAllowed: Bool) {
        ranges = settings.ranges
        self.isAllowed = isAllowed
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        let address = IPAddress(context.request.facts.clientAddress)
        guard let address, ranges.contains(where: { $0.contains(address) }) == isAllowed else {
            return .refuse(
                GatewayError(status: 403, code: "forbidden", detail: "This address is not let in."))
        }
        return .pass
    }
}
