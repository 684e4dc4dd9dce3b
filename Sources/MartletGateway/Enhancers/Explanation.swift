import MessageWire
import NIOCore
import Pipeline
import Routing

/// What the gateway would do with a request, found out without a connection to anybody: `martlet explain`.
package struct Explanation: Sendable {
    /// One guard of the route.
    package struct Verdict: Sendable {
        package let name: String
        package let place: SourcePlace
        /// Why it refuses; `nil` when it lets the request pass, or was not asked any more.
        package let refusal: (status: Int, code: String, detail: String)?
        /// Whether an earlier one has refused.
        package let isAsked: Bool
    }

    package let outcome: RequestOutcome
    /// In the order in which they are asked.
    package let guards: [Verdict]
    /// The address that guards and `$request.ip` see.
    package let clientAddress: String
    /// The frame as it would be sent, with an id of zeros; `nil` when the request is refused.
    package let frame: String?

    /// - Parameters:
    ///   - method: As on the wire.
    ///   - target: Path and query.
    ///   - host: The authority.
    ///   - headers: Names in lower case.
    ///   - body: Text; `nil` for none.
    ///   - peer: The address of the connection's other end.
    ///   - file: The configuration. Guards that count begin with nothing counted.
    package init(
        method: String, target: String, host: String, headers: [(String, String)], body: String?, peer: String,
        file: RouteFile
    ) {
        func request(from address: String) -> OfflineRequest {
            OfflineRequest(
                method: method, target: target, host: host, headers: headers, body: body, clientAddress: address)
        }
        let client =
            TrustedProxies(file.gateway.trustedProxies)?.client(peer: peer, fields: request(from: peer)) ?? peer
        var verdicts: [Verdict] = []
        outcome = request(from: client).outcome(in: file) { view, route in
            var refusal: GatewayError?
            for number in route.guards {
                let entry = file.guards[number]
                let isAsked = refusal == nil
                var refused: GatewayError?
                if isAsked,
                    case .refuse(let error) = entry.settings.makeGuard().decide(GuardContext(request: view, now: 0))
                {
                    refused = error
                    refusal = error
                }
                verdicts.append(
                    Verdict(
                        name: entry.name, place: entry.place, refusal: refused.map { ($0.status, $0.code, $0.detail) },
                        isAsked: isAsked))
            }
            return refusal.map { ($0.status, $0.detail) }
        }
        guards = verdicts
        clientAddress = client
        frame = Self.frame(outcome)
    }

    private static func frame(_ outcome: RequestOutcome) -> String? {
        guard let route = outcome.route, let pattern = outcome.compiledPattern, let payload = outcome.payload else {
            return nil
        }
        var buffer = ByteBuffer()
        payload.withUnsafeBytes { data in
            FrameEncoder.request(
                pattern, data: data, dataUnits: FrameEncoder.Text(counting: data).units,
                id: route.kind == .send ? PacketID(slot: 0, sequence: 0) : nil, into: &buffer)
        }
        return String(buffer: buffer)
    }
}
