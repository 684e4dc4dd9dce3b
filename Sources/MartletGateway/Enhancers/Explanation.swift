import MessageWire
import MicroservicesCore
import NIOCore
import Pipeline
import Routing

/// What the gateway would do with a request, found out without a connection to anybody: `martlet explain`.
package struct Explanation: Sendable {
    package let outcome: RequestOutcome
    /// The route's enhancers, in the order in which they run.
    package let steps: [ExplainedStep]
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
    /// - Throws: `RouteFileError` when a file that an enhancer names cannot be used.
    package init(
        method: String, target: String, host: String, headers: [(String, String)], body: String?, peer: String,
        file: RouteFile
    ) async throws {
        func request(from address: String) -> OfflineRequest {
            OfflineRequest(
                method: method, target: target, host: host, headers: headers, body: body, clientAddress: address)
        }
        let client =
            TrustedProxies(file.gateway.trustedProxies)?.client(peer: peer, fields: request(from: peer)) ?? peer
        let resources = try await EnhancerResources(file, loops: 1)
        let made = try resources.make(file, registry: EnhancerRegistry())
        let policies = ExplainingPolicies(file, made)
        outcome = request(from: client).outcome(in: file, policies: policies)
        steps = policies.steps(of: outcome)
        clientAddress = client
        frame = Self.frame(outcome, policies.admission, file)
    }

    private static func frame(_ outcome: RequestOutcome, _ admission: Admission, _ file: RouteFile) -> String? {
        guard let route = outcome.route, let pattern = outcome.compiledPattern, let payload = outcome.payload else {
            return nil
        }
        var buffer = ByteBuffer()
        let metadata = MessageMetadata(
            requestID: route.sendsRequestID(file) ? admission.requestID ?? String(repeating: "0", count: 16) : nil,
            trace: admission.trace, state: admission.traceState)
        let encoded = metadata.encoded
        payload.withUnsafeBytes { data in
            func write(_ metadata: (UnsafeRawBufferPointer, Int)?) {
                FrameEncoder.request(
                    pattern, data: data, dataUnits: FrameEncoder.Text(counting: data).units,
                    id: route.kind == .send ? PacketID(slot: 0, sequence: 0) : nil, metadata: metadata, into: &buffer)
            }
            guard let encoded else { return write(nil) }
            encoded.bytes.withUnsafeReadableBytes { write(($0, encoded.utf16Count)) }
        }
        return String(buffer: buffer)
    }
}

/// One enhancer of an explained route.
package struct ExplainedStep: Sendable {
    package enum Verdict: Sendable {
        /// It would let this request pass.
        case passes
        case refuses(status: Int, code: String, detail: String)
        /// Something before it has refused.
        case notReached
        /// It would run.
        case runs
        /// It decides at run time only: a service or code of your own is asked.
        case undecided
    }

    package let kind: EnhancerKind
    package let name: String
    package let place: SourcePlace
    package let verdict: Verdict
}

/// Asks what can be asked here, and remembers what was said.
///
/// World: one task.
private final class ExplainingPolicies: OfflinePolicies {
    private let file: RouteFile
    private let made: [MadeEnhancer]
    /// By the entry's number.
    private var verdicts: [Int: ExplainedStep.Verdict] = [:]
    private var isRefused = false
    /// Whether a guard was passed over that decides at run time.
    private var isUncertain = false
    let admission = Admission()

    init(_ file: RouteFile, _ made: [MadeEnhancer]) {
        self.file = file
        self.made = made
    }

    func admit(_ request: inout RequestView, _ route: Route) -> (status: Int, reason: String)? {
        for number in route.plan.interceptors {
            if case .prelude(let prelude) = made[number] { prelude.prepare(request, admission) }
        }
        for number in route.plan.guards {
            guard case .inlineGuard(let each) = made[number], !lacksClaims(number) else {
                verdicts[number] = .undecided
                isUncertain = true
                continue
            }
            switch each.decide(GuardContext(request: request, now: 0, loop: 0)) {
            case .pass, .passWith: verdicts[number] = .passes
            case .identified(let claims):
                verdicts[number] = .passes
                admission.claims = admission.claims?.adding(claims) ?? claims
                request.claims = admission.claims
            case .refuse(let error) where error.code == GatewayError.guardUnavailable.code:
                // Keys that have to be fetched: nobody is connected to here.
                verdicts[number] = .undecided
                isUncertain = true
            case .refuse(let error): return refuse(number, error)
            }
        }
        return nil
    }

    func check(
        _ request: RequestView, _ route: Route, parameters: [(name: String, value: String)], body: JSONBody?
    ) -> (status: Int, reason: String)? {
        for number in route.plan.pipes {
            guard case .schema(let schema) = made[number] else {
                verdicts[number] = .undecided
                continue
            }
            if let error = schema.refusal(request, parameters: { parameters }, body: body?.value) {
                return refuse(number, error)
            }
            verdicts[number] = .passes
        }
        return nil
    }

    /// Whether a guard looks at what only an undecided one before it can tell.
    private func lacksClaims(_ number: Int) -> Bool {
        guard isUncertain, let needed = file.enhancers[number].settings.guardSettings?.neededClaims else {
            return false
        }
        return admission.claims?.entries.contains { $0.name == needed } != true
    }

    private func refuse(_ number: Int, _ error: GatewayError) -> (status: Int, reason: String) {
        isRefused = true
        verdicts[number] = .refuses(status: error.status, code: error.code, detail: error.detail)
        return (error.status, error.detail)
    }

    /// Every enhancer of the route with what it said.
    func steps(of outcome: RequestOutcome) -> [ExplainedStep] {
        guard let plan = outcome.route?.plan else { return [] }
        return EnhancerKind.allCases.flatMap { kind in
            plan[kind].map { number in
                let entry = file.enhancers[number]
                let otherwise: ExplainedStep.Verdict =
                    kind == .interceptors || kind == .filters ? .runs : isRefused ? .notReached : .undecided
                return ExplainedStep(
                    kind: kind, name: entry.name, place: entry.place, verdict: verdicts[number] ?? otherwise)
            }
        }
    }
}

extension Route {
    /// Whether packets carry the request id.
    fileprivate func sendsRequestID(_ file: RouteFile) -> Bool {
        plan.interceptors.contains { number in
            if case .interceptor(.requestID) = file.enhancers[number].settings { true } else { false }
        }
    }
}
