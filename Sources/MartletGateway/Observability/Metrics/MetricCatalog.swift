/// Every metric of the gateway by name: the one place where names, labels and their meaning are fixed.
///
/// Names and labels are promised to stay (docs/metrics.md). Labels have few values: ids, names and addresses of the route file,
/// statuses, and the gateway's own error codes.
package struct MetricCatalog {
    private let metrics: GatewayMetrics

    /// Makes the families of a snapshot.
    ///
    /// - Parameters:
    ///   - metrics: What the loops have counted.
    ///   - process: What the system says of the process; `nil` leaves it out.
    /// - Returns: The families in the order in which they are shown; some may be without series.
    package static func families(_ metrics: GatewayMetrics, process: ProcessFacts?) -> [MetricFamily] {
        let catalog = MetricCatalog(metrics: metrics)
        return catalog.requests + catalog.sharing + catalog.upstream + catalog.pools + catalog.connections
            + catalog.loops + catalog.configuration + catalog.observation + (process?.families ?? [])
    }

    // MARK: Requests

    private var requests: [MetricFamily] {
        var total = MetricFamily("martlet_requests_total", .counter, "Finished requests.")
        var duration = MetricFamily(
            "martlet_request_duration_seconds", .histogram, "Time from a whole request to its whole answer.")
        var inFlight = MetricFamily("martlet_requests_in_flight", .gauge, "Requests that are under way.")
        var bytesIn = MetricFamily("martlet_request_body_bytes_total", .counter, "Bytes of request bodies.")
        var bytesOut = MetricFamily("martlet_response_body_bytes_total", .counter, "Bytes of answers' bodies.")
        for route in metrics.routes {
            let (id, service) = (name(route.id), name(route.service))
            for outcome in route.outcomes {
                total.add(
                    .count(outcome.count),
                    [
                        "route": id, "service": service, "status": "\(outcome.status)", "reason": outcome.reason,
                    ])
            }
            duration.add(.seconds(route.duration), ["route": id, "service": service])
            inFlight.add(.number(route.inFlight), ["route": id, "service": service])
            bytesIn.add(.count(route.bytesIn), ["route": id, "service": service])
            bytesOut.add(.count(route.bytesOut), ["route": id, "service": service])
        }
        var abandoned = MetricFamily(
            "martlet_requests_abandoned_total", .counter, "Requests whose client was gone before the answer.")
        abandoned.add(.count(metrics.requestsAbandoned))
        return [total, duration, inFlight, bytesIn, bytesOut, abandoned]
    }

    /// Only routes that have a cache, or collapse, have anything to show here.
    private var sharing: [MetricFamily] {
        var hits = MetricFamily("martlet_cache_hits_total", .counter, "Requests that were answered from the cache.")
        var misses = MetricFamily("martlet_cache_misses_total", .counter, "Requests that the cache had no answer to.")
        var collapsed = MetricFamily(
            "martlet_requests_collapsed_total", .counter,
            "Requests that shared a message which was on its way already.")
        for route in metrics.routes {
            let id = name(route.id)
            if route.cacheHits + route.cacheMisses > 0 {
                hits.add(.count(route.cacheHits), ["route": id])
                misses.add(.count(route.cacheMisses), ["route": id])
            }
            if route.collapsed > 0 { collapsed.add(.count(route.collapsed), ["route": id]) }
        }
        return [hits, misses, collapsed]
    }

    /// `-` is what matches no route, and the service of that.
    private func name(_ id: String) -> String { id.isEmpty ? "-" : id }

    // MARK: Services

    private var upstream: [MetricFamily] {
        var requests = MetricFamily("martlet_upstream_requests_total", .counter, "Requests sent to an endpoint.")
        var events = MetricFamily("martlet_upstream_events_total", .counter, "Events sent to an endpoint.")
        var latency = MetricFamily(
            "martlet_upstream_request_duration_seconds", .histogram,
            "Time from sending a request to the end of its answer.")
        var errors = MetricFamily(
            "martlet_upstream_error_answers_total", .counter, "Answers of an endpoint that were errors.")
        var failures = MetricFamily(
            "martlet_upstream_failures_total", .counter, "Requests sent to an endpoint that got no answer.")
        var inFlight = MetricFamily(
            "martlet_upstream_requests_in_flight", .gauge, "Requests that wait for an endpoint's answer.")
        forEachEndpoint { service, endpoint in
            let labels: KeyValuePairs = ["service": service, "endpoint": endpoint.address]
            inFlight.add(.number(endpoint.inFlight), labels)
            if endpoint.isRetired { return }
            requests.add(.count(endpoint.requests), labels)
            events.add(.count(endpoint.events), labels)
            latency.add(.seconds(endpoint.latency), labels)
            errors.add(.count(endpoint.errorAnswers), labels)
            for (reason, count) in endpoint.failures.sorted(by: { $0.key < $1.key }) {
                failures.add(
                    .count(count), ["service": service, "endpoint": endpoint.address, "reason": reason])
            }
        }
        return [requests, events, latency, errors, failures, inFlight]
    }

    private var pools: [MetricFamily] {
        var state = MetricFamily(
            "martlet_upstream_endpoint_state", .gauge, "1 for the state that an endpoint is in, 0 for the others.")
        var connections = MetricFamily(
            "martlet_upstream_connections", .gauge, "Connections to an endpoint that are open or being opened.")
        var opened = MetricFamily(
            "martlet_upstream_connections_opened_total", .counter, "Connections to an endpoint that were opened.")
        var failures = MetricFamily(
            "martlet_upstream_connect_failures_total", .counter, "Attempts to connect to an endpoint that failed.")
        forEachEndpoint { service, endpoint in
            let (labels, address): (KeyValuePairs, _) = (
                ["service": service, "endpoint": endpoint.address], endpoint.address
            )
            for each in GatewayMetrics.Endpoint.State.allCases {
                state.add(
                    .number(each == endpoint.state ? 1 : 0),
                    ["service": service, "endpoint": address, "state": each.rawValue])
            }
            connections.add(
                .number(endpoint.connections), ["service": service, "endpoint": address, "state": "open"])
            connections.add(
                .number(endpoint.connecting), ["service": service, "endpoint": address, "state": "connecting"])
            if endpoint.isRetired { return }
            opened.add(.count(endpoint.connected), labels)
            failures.add(.count(endpoint.connectFailures), labels)
        }
        var queued = MetricFamily(
            "martlet_upstream_queue_length", .gauge, "Messages that wait for a connection to a service.")
        var refused = MetricFamily(
            "martlet_upstream_refused_total", .counter, "Messages that were never sent for want of a connection.")
        for service in metrics.services {
            queued.add(.number(service.queued), ["service": service.name])
            if service.isRetired { continue }
            refused.add(.count(service.overloaded), ["service": service.name, "reason": "upstream_overloaded"])
            refused.add(.count(service.unavailable), ["service": service.name, "reason": "upstream_unavailable"])
        }
        return [state, connections, opened, failures, queued, refused]
    }

    private func forEachEndpoint(_ body: (String, GatewayMetrics.Endpoint) -> Void) {
        for service in metrics.services {
            for endpoint in service.endpoints { body(service.name, endpoint) }
        }
    }

    // MARK: Clients

    private var connections: [MetricFamily] {
        var accepted = MetricFamily(
            "martlet_connections_accepted_total", .counter, "Connections of clients that were accepted.")
        var refused = MetricFamily(
            "martlet_connections_refused_total", .counter,
            "Connections of clients that were refused because the limit was reached.")
        var open = MetricFamily("martlet_connections_open", .gauge, "Connections of clients that are open.")
        for listener in metrics.listeners {
            accepted.add(.count(listener.accepted), ["listener": listener.address])
            refused.add(.count(listener.refused), ["listener": listener.address])
            for (spoken, count) in listener.open.sorted(by: { $0.key < $1.key }) {
                open.add(.number(count), ["listener": listener.address, "protocol": spoken])
            }
        }
        var handshakes = MetricFamily(
            "martlet_tls_handshakes_total", .counter, "TLS handshakes of clients, by how they ended.")
        handshakes.add(.count(metrics.handshakesSucceeded - metrics.handshakesResumed), ["result": "full"])
        handshakes.add(.count(metrics.handshakesResumed), ["result": "resumed"])
        handshakes.add(.count(metrics.handshakesFailed), ["result": "failed"])
        return [accepted, refused, open, handshakes]
    }

    // MARK: The gateway itself

    private var loops: [MetricFamily] {
        var cpu = MetricFamily(
            "martlet_event_loop_cpu_seconds_total", .counter, "Processor time that an event loop's thread has used.")
        var lag = MetricFamily(
            "martlet_event_loop_lag_seconds", .histogram,
            "How much later than asked for a task ran that is due on each event loop every second.")
        for loop in metrics.loops {
            cpu.add(.number(Double(loop.cpuNanoseconds) / 1e9), ["loop": "\(loop.index)"])
            lag.add(.seconds(loop.lag), ["loop": "\(loop.index)"])
        }
        return [cpu, lag]
    }

    private var configuration: [MetricFamily] {
        var build = MetricFamily("martlet_build_info", .gauge, "Always 1; the label says which version runs.")
        build.add(.number(1), ["version": BuildInfo.version])
        guard let reload = metrics.reload else { return [build] }
        var generation = MetricFamily(
            "martlet_config_generation", .gauge, "Counts the route tables that were in force since the start.")
        generation.add(.number(reload.generation))
        var info = MetricFamily(
            "martlet_config_info", .gauge, "Always 1; the label names the content of the route table in force.")
        info.add(.number(1), ["hash": reload.hash])
        var successful = MetricFamily(
            "martlet_config_last_reload_successful", .gauge,
            "1 when the latest reload was taken, 0 when it was refused.")
        successful.add(.number(reload.lastSucceeded ? 1 : 0))
        var loaded = MetricFamily(
            "martlet_config_last_reload_timestamp_seconds", .gauge, "When the latest reload was tried, taken or not.")
        loaded.add(.number(Self.seconds(reload.lastAttemptAt)))
        var since = MetricFamily(
            "martlet_config_loaded_timestamp_seconds", .gauge, "When the route table in force was loaded.")
        since.add(.number(Self.seconds(reload.loadedAt)))
        var reloads = MetricFamily("martlet_config_reloads_total", .counter, "Reloads, by whether they were taken.")
        reloads.add(.count(UInt64(max(reload.succeeded, 0))), ["result": "success"])
        reloads.add(.count(UInt64(max(reload.failed, 0))), ["result": "failure"])
        return [build, generation, info, successful, loaded, since, reloads]
    }

    private var observation: [MetricFamily] {
        guard let facts = metrics.observation else { return [] }
        var lines = MetricFamily(
            "martlet_log_lines_dropped_total", .counter, "Log lines that could not be written, of all logs.")
        lines.add(.count(facts.logLinesDropped))
        guard let counted = facts.spans else { return [lines] }
        var spans = MetricFamily("martlet_spans_total", .counter, "Spans of traces, by what became of them.")
        spans.add(.count(counted.sent), ["result": "sent"])
        spans.add(.count(counted.dropped), ["result": "dropped"])
        var waiting = MetricFamily("martlet_spans_waiting", .gauge, "Spans that are to be sent.")
        waiting.add(.number(counted.waiting))
        return [lines, spans, waiting]
    }

    private static func seconds(_ time: Timestamp) -> Double {
        Double(time.seconds) + Double(time.milliseconds) / 1000
    }
}
