import MessageWire

/// What `/status`, `/services` and the events of the page say. The keys are documented in `docs/admin.md`; they are added to, never
/// changed.
extension AdminView {
    /// Everything.
    package var json: JSONValue {
        [
            "version": .string(BuildInfo.version),
            "phase": .string(status.phase.rawValue),
            "at": .string("\(status.at)"),
            "startedAt": .string("\(status.startedAt)"),
            "window": seconds.map { .rounded($0) } ?? nil,
            "addresses": .array(status.addresses.map { .string($0) }),
            "loops": .count(status.loops),
            "reload": status.reloads.json,
            "connections": [
                "open": .count(status.connections.open), "accepted": .count(status.connections.accepted),
                "refused": .count(status.connections.refused), "upstream": .count(status.connections.upstream),
            ],
            "totals": totals,
            "routes": routesJSON,
            "services": servicesJSON,
        ]
    }

    private var totals: JSONValue {
        func sum(_ value: (AdminStatus.Route) -> UInt64) -> UInt64 { status.routes.reduce(0) { $0 &+ value($1) } }
        let old = earlierRoutes
        // By route: the sum falls when a reload takes routes away.
        func rate(_ value: (AdminStatus.Route) -> UInt64) -> JSONValue {
            guard earlier != nil else { return nil }
            return self.rate(
                status.routes.reduce(0) { $0 &+ Self.increase(value($1), since: old[$1.id].map(value) ?? 0) }, 0)
        }
        return [
            "requests": .count(sum(\.requests)),
            "rate": rate(\.requests),
            "clientErrors": .count(sum(\.clientErrors)),
            "clientErrorRate": rate(\.clientErrors),
            "serverErrors": .count(sum(\.serverErrors)),
            "serverErrorRate": rate(\.serverErrors),
            "inFlight": .count(status.requestsInFlight),
        ]
    }

    private var earlierRoutes: [String: AdminStatus.Route] {
        Dictionary((earlier?.routes ?? []).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private var routesJSON: JSONValue {
        let old = earlierRoutes
        return .array(
            status.routes.map { route in
                let before = old[route.id]
                return [
                    "id": .string(route.id), "match": .string(route.match), "service": .string(route.service),
                    "verb": .string(route.verb), "requests": .count(route.requests),
                    "rate": rate(route.requests, earlierCount(before?.requests)),
                    "clientErrors": .count(route.clientErrors),
                    "clientErrorRate": rate(route.clientErrors, earlierCount(before?.clientErrors)),
                    "serverErrors": .count(route.serverErrors),
                    "serverErrorRate": rate(route.serverErrors, earlierCount(before?.serverErrors)),
                    "reasons": .counts(route.reasons), "inFlight": .count(route.inFlight),
                    "latency": latency(route.latency, before?.latency),
                ]
            })
    }

    /// What `/services` says.
    package var servicesJSON: JSONValue {
        let old = Dictionary((earlier?.services ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return .array(
            status.services.map { service in
                let before = Dictionary(
                    (old[service.name]?.endpoints ?? []).map { ($0.address, $0) },
                    uniquingKeysWith: { first, _ in first })
                return [
                    "name": .string(service.name), "up": .bool(service.isUp), "queued": .count(service.queued),
                    "overloaded": .count(service.overloaded), "unavailable": .count(service.unavailable),
                    "endpoints": .array(service.endpoints.map { endpoint($0, before[$0.address]) }),
                ]
            })
    }

    private func endpoint(_ endpoint: AdminStatus.Endpoint, _ before: AdminStatus.Endpoint?) -> JSONValue {
        [
            "address": .string(endpoint.address), "state": .string(endpoint.state),
            "connections": .count(endpoint.connections), "inFlight": .count(endpoint.inFlight),
            "requests": .count(endpoint.requests), "rate": rate(endpoint.requests, earlierCount(before?.requests)),
            "failures": .counts(endpoint.failures), "connectFailures": .count(endpoint.connectFailures),
            "latency": latency(endpoint.latency, before?.latency),
        ]
    }

    /// What is new since the earlier moment began at nothing.
    private func earlierCount(_ count: UInt64?) -> UInt64? { earlier == nil ? nil : count ?? 0 }

    /// For each second; `null` when there is nothing to compare with.
    private func rate(_ now: UInt64, _ before: UInt64?) -> JSONValue {
        guard let before, let seconds, seconds > 0 else { return nil }
        return .rounded(Double(Self.increase(now, since: before)) / seconds)
    }

    /// What has fallen began at nothing meanwhile.
    private static func increase(_ now: UInt64, since before: UInt64) -> UInt64 { now >= before ? now - before : now }

    /// Percentiles in seconds, of the window when something happened in it, else of all that happened.
    private func latency(_ now: GatewayMetrics.Histogram, _ before: GatewayMetrics.Histogram?) -> JSONValue {
        let recent = before.map(now.since) ?? now
        let shown = recent.count > 0 ? recent : now
        func seconds(_ part: Double) -> JSONValue {
            // Microseconds are exact enough.
            shown.quantile(part).map { JSONValue(number: ($0 / .microseconds(1)).rounded() / 1e6) } ?? nil
        }
        return [
            "p50": seconds(0.5), "p95": seconds(0.95), "p99": seconds(0.99),
            "recent": .bool(before != nil && recent.count > 0),
        ]
    }
}

extension AdminStatus.Reloads {
    fileprivate var json: JSONValue {
        [
            "generation": .count(generation), "hash": .string(hash),
            "loadedAt": loadedAt.map { .string("\($0)") } ?? nil, "lastSucceeded": .bool(lastSucceeded),
            "lastAttemptAt": lastAttemptAt.map { .string("\($0)") } ?? nil, "succeeded": .count(succeeded),
            "failed": .count(failed),
        ]
    }
}

extension JSONValue {
    fileprivate static func count(_ count: some BinaryInteger) -> JSONValue { .number(String(count)) }
    fileprivate static func rounded(_ value: Double) -> JSONValue {
        JSONValue(number: (value * 100).rounded() / 100)
    }
    /// By name, so that the same numbers are the same text.
    fileprivate static func counts(_ counts: [String: UInt64]) -> JSONValue {
        .object(counts.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .count($0.value)) })
    }
}
