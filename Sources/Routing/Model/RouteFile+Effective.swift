import MessageWire

/// The configuration as it is in force: every default filled in, every secret hidden. For operators; load-time types are
/// turned into what a route file would say.
extension RouteFile {
    /// `gateway`, `services`, `enhancers` and `routes`, with the keys of the route file.
    ///
    /// Of enhancers only names and places are told: their settings hold secrets, and the file has them.
    package var effective: JSONValue {
        .object([
            .init(name: "version", value: .number(String(Self.version))),
            .init(name: "files", value: .array(files.map { .string($0) })),
            .init(name: "gateway", value: gateway.effective),
            .init(
                name: "services",
                value: .object(services.map { .init(name: $0.name, value: $0.effective) })),
            .init(name: "routes", value: .array(routes.map(effective))),
        ])
    }

    private func effective(_ route: Route) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(route.id)),
            .init(name: "match", value: .string(route.methods.names.joined(separator: "|") + " " + route.path.text)),
        ]
        if let host = route.host { members.append(.init(name: "host", value: .string(host.text))) }
        // The gateway's, where the route says nothing else.
        members.append(.init(name: "trailingSlash", value: route.ignoresTrailingSlash ? "ignore" : "strict"))
        if route.priority != 0 { members.append(.init(name: "priority", value: .number(String(route.priority)))) }
        let patterns = route.pattern.variants
        members += [
            .init(
                name: route.kind == .send ? "send" : "emit",
                value: [
                    "service": .string(services[route.service].name),
                    "pattern": patterns.count == 1 ? patterns[0] : .array(patterns),
                ]),
            .init(name: "timeout", value: route.timeout.effective),
            .init(name: "limits", value: ["body": .size(route.maxBodyBytes)]),
            .init(name: "use", value: enhancers(of: route)),
        ]
        if let summary = route.summary { members.append(.init(name: "description", value: .string(summary))) }
        if !route.tags.isEmpty {
            members.append(.init(name: "tags", value: .array(route.tags.map { .string($0) })))
        }
        members.append(.init(name: "place", value: .string("\(route.place)")))
        return .object(members)
    }

    /// By kind, in the order in which they apply: those of the file, the service and the route together.
    private func enhancers(of route: Route) -> JSONValue {
        .object(
            EnhancerKind.allCases.compactMap { kind in
                let numbers = route.plan[kind]
                guard !numbers.isEmpty else { return nil }
                let names = numbers.map { number in
                    JSONValue.object([
                        .init(name: "name", value: .string(enhancers[number].name)),
                        .init(name: "place", value: .string("\(enhancers[number].place)")),
                    ])
                }
                return .init(name: kind.rawValue, value: .array(names))
            })
    }
}

extension GatewaySettings {
    var effective: JSONValue {
        .object([
            .init(name: "listen", value: .array(listen.map(\.effective))),
            .init(name: "limits", value: limits.effective),
            .init(
                name: "http2",
                value: [
                    "window": .size(limits.http2.window), "connectionWindow": .size(limits.http2.connectionWindow),
                    "resets": .count(limits.http2.resets), "idleFrames": .count(limits.http2.idleFrames),
                ]),
            .init(
                name: "shutdown",
                value: ["notReadyFor": .time(shutdown.notReadyFor), "drain": .time(shutdown.drain)]),
            .init(name: "trustedProxies", value: .array(trustedProxies.map { .string("\($0)") })),
            .init(name: "admin", value: admin?.effective ?? nil),
            .init(name: "logging", value: logging.effective), .init(name: "tracing", value: tracing?.effective ?? nil),
        ])
    }
}

extension LoggingSettings {
    /// What the command line says goes before it, and is not known here.
    fileprivate var effective: JSONValue {
        [
            "level": .string((level ?? .notice).rawValue), "format": .string((format ?? .text).rawValue),
            "to": .string(destination?.shown ?? "stderr"), "access": (access ?? AccessLineSettings()).effective,
        ]
    }
}

extension AccessLineSettings {
    fileprivate var effective: JSONValue {
        let form = format ?? .text
        let standard = form == .text ? AccessField.standardText : AccessField.standardJSON
        return [
            "format": .string(isOff ? "none" : form.rawValue),
            "fields": .array((fields ?? standard).map { .string($0.rawValue) }), "sample": .share(sample),
            "minStatus": .count(minStatus), "to": .string(destination?.shown ?? "stdout"),
        ]
    }
}

extension LogDestination {
    fileprivate var shown: String {
        switch self {
        case .standardOutput: "stdout"
        case .standardError: "stderr"
        case .file(let path, _): path
        }
    }
}

extension TracingSettings {
    fileprivate var effective: JSONValue {
        let receiver: JSONValue =
            otlp.map { otlp -> JSONValue in
                // Behind a question mark may stand what is secret.
                [
                    "endpoint": .string(String(otlp.endpoint.prefix { $0 != "?" })),
                    "headers": .object(otlp.headers.map { .init(name: $0.name, value: $0.value.effective) }),
                    "timeout": .time(otlp.timeout),
                ]
            } ?? nil
        return [
            "otlp": receiver, "sample": .share(sample), "parent": followsParent ? "follow" : "ignore",
            "service": .string(service),
            "resource": .object(resource.map { .init(name: $0.name, value: .string($0.value)) }),
            "queue": .count(queue), "batch": .count(batch), "interval": .time(interval),
        ]
    }
}

extension OTLPSettings.Value {
    fileprivate var effective: JSONValue {
        switch self {
        case .text: "***"
        case .file(let path, _): ["file": .string(path)]
        }
    }
}

extension AdminSettings {
    var effective: JSONValue {
        let services: JSONValue =
            switch ready {
            case .none: "none"
            case .all: "all"
            case .services(let names): .array(names.map { .string($0) })
            }
        let shown: JSONValue =
            switch token {
            case nil: nil
            case .file(let name): ["file": .string(name)]
            case .sha256(let hashes): ["sha256": .array(hashes.map { _ in "***" })]
            }
        return [
            "address": .string("\(address)"), "token": shown, "ready": ["services": services], "page": .bool(page),
            "connections": .count(connections),
        ]
    }
}

extension ListenerSettings {
    fileprivate var effective: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "address", value: .string("\(address)")),
            .init(name: "protocols", value: .array(protocols.map(\.rawValue).sorted().map { .string($0) })),
        ]
        if let tls {
            members.append(
                .init(
                    name: "tls",
                    value: [
                        "certificates": .array(
                            tls.certificates.map { ["cert": .string($0.cert), "key": .string($0.key)] }),
                        "clientCA": .text(tls.clientCA),
                        "clientCertificate": tls.requiresClientCertificate ? "required" : "optional",
                        "minVersion": .string(tls.minVersion.rawValue), "ciphers": .text(tls.ciphers),
                    ]))
        }
        if let proxyProtocol {
            members.append(
                .init(
                    name: "proxyProtocol",
                    value: ["from": .array(proxyProtocol.from.map { .string("\($0)") })]))
        }
        return .object(members)
    }
}

extension GatewayLimits {
    fileprivate var effective: JSONValue {
        [
            "uri": .size(uri), "headers": .size(headers), "headerCount": .count(headerCount), "body": .size(body),
            "handshakeTimeout": .time(handshakeTimeout), "headerTimeout": .time(headerTimeout),
            "bodyTimeout": .time(bodyTimeout), "idleTimeout": .time(idleTimeout), "connections": .count(connections),
            "pipelined": .count(pipelined), "streams": .count(streams),
            "requestsPerConnection": requestsPerConnection.map { .count($0) } ?? "none",
        ]
    }
}

extension ServiceSettings {
    fileprivate var effective: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "transport", value: "tcp"),
            .init(name: "endpoints", value: .array(endpoints.map { .string("\($0)") })),
            .init(name: "balance", value: "roundRobin"),
            .init(name: "timeout", value: timeout.effective),
            .init(
                name: "pool",
                value: [
                    "min": .count(pool.min), "max": .count(pool.max),
                    "maxInFlightPerConnection": .count(pool.maxInFlightPerConnection), "queue": .count(pool.queue),
                    "queueTimeout": .time(pool.queueTimeout), "connectTimeout": .time(pool.connectTimeout),
                    "idle": .time(pool.idle),
                ]),
            .init(name: "limits", value: ["answer": .size(maxAnswerBytes)]),
        ]
        if let tls {
            members.append(
                .init(
                    name: "tls",
                    value: [
                        "ca": .text(tls.ca), "cert": .text(tls.certificate?.cert), "key": .text(tls.certificate?.key),
                        "serverName": .text(tls.serverName), "minVersion": .string(tls.minVersion.rawValue),
                        "insecure": .bool(tls.isInsecure),
                    ]))
        }
        members.append(.init(name: "place", value: .string("\(place)")))
        return .object(members)
    }
}

extension TimeoutSettings {
    fileprivate var effective: JSONValue {
        [
            "first": first.map { .time($0) } ?? "none", "idle": idle.map { .time($0) } ?? "none",
            "total": total.map { .time($0) } ?? "none",
        ]
    }
}

extension JSONValue {
    fileprivate static func size(_ bytes: Int) -> JSONValue { .string(Units.shown(bytes: bytes)) }
    fileprivate static func time(_ duration: Duration) -> JSONValue { .string(Units.shown(duration)) }
    fileprivate static func share(_ share: Double) -> JSONValue {
        let percent = share * 100
        return .string(percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%")
    }
    fileprivate static func count(_ count: Int) -> JSONValue { .number(String(count)) }
    fileprivate static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? nil }
}
