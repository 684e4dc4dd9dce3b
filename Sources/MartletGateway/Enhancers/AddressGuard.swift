import Pipeline
import Routing

/// `IpAllow` and `IpDeny`: lets in by the client's address. One that cannot be told is neither allowed nor denied by a range: `IpAllow`
/// refuses it.
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
        let isInside = address.map { address in ranges.contains { $0.contains(address) } } ?? false
        guard isInside == isAllowed else {
            return .refuse(
                GatewayError(status: 403, code: "forbidden", detail: "This address is not let in."))
        }
        return .pass
    }
}
