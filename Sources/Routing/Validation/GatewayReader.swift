/// Understands `gateway:`.
struct GatewayReader {
    let sink: DiagnosticSink
    /// The names under `services:`.
    var services: [String] = []

    func read(_ node: SourceNode) -> (settings: GatewaySettings, ignoresTrailingSlash: Bool) {
        var settings = GatewaySettings.defaults
        guard let reader = MappingReader(node, what: "\"gateway\"", sink: sink) else { return (settings, false) }
        if let listen = reader.take("listen") {
            settings.listen = listeners(listen)
        }
        if let limits = reader.take("limits") { settings.limits = self.limits(limits) }
        if let http2 = reader.take("http2") { settings.limits.http2 = self.http2(http2) }
        if let shutdown = reader.take("shutdown") { settings.shutdown = self.shutdown(shutdown) }
        if let node = reader.take("trustedProxies") {
            settings.trustedProxies = sink.addressRanges(node, named: "trustedProxies")
        }
        if let node = reader.take("logging") { settings.logging = LoggingReader(sink: sink).read(node) }
        if let node = reader.take("tracing") { settings.tracing = TracingReader(sink: sink).read(node) }
        if let node = reader.take("admin") { settings.admin = AdminReader(sink: sink, services: services).read(node) }
        if let admin = settings.admin, admin.address.port != 0,
            settings.listen.contains(where: { $0.address == admin.address })
        {
            sink.error(admin.place, "the admin address \"\(admin.address)\" stands under \"listen\" too")
        }
        let ignores = sink.ignoresTrailingSlash(reader) ?? false
        reader.finish(notYet: ["metrics", "use"])
        return (settings, ignores)
    }

    private func listeners(_ node: SourceNode) -> [ListenerSettings] {
        guard let elements = node.elements else {
            sink.error(node.place, "\"listen\" must be a list, not \(node.shown)")
            return []
        }
        if elements.isEmpty { sink.error(node.place, "\"listen\" names no address") }
        var listeners: [ListenerSettings] = []
        for element in elements {
            guard let listener = listener(element) else { continue }
            if listener.address.port != 0, let other = listeners.first(where: { $0.address == listener.address }) {
                let place = other.place.map { " at \($0)" } ?? ""
                sink.error(element.place, "address \"\(listener.address)\" stands already\(place)")
            }
            listeners.append(listener)
        }
        return listeners
    }

    private func listener(_ node: SourceNode) -> ListenerSettings? {
        if node.scalar != nil { return address(node) }
        guard let reader = MappingReader(node, what: "a listener", sink: sink) else { return nil }
        var listener = reader.require("address").flatMap(address)
        let tls = reader.take("tls")
        if let tls {
            listener?.tls = TLSReader(sink: sink).listener(tls)
            listener?.protocols = [.http1, .h2]
        }
        if let node = reader.take("protocols") {
            let protocols = self.protocols(node, hasTLS: tls != nil)
            if !protocols.isEmpty { listener?.protocols = protocols }
        }
        if let node = reader.take("proxyProtocol") {
            listener?.proxyProtocol = ProxyProtocolReader(sink: sink).read(node)
        }
        reader.finish()
        return listener
    }

    /// `[http1, h2c]`, or a single one; what does not fit the listener is an error.
    private func protocols(_ node: SourceNode, hasTLS: Bool) -> Set<HTTPProtocol> {
        if node.elements?.isEmpty == true { sink.error(node.place, "\"protocols\" is empty") }
        var protocols: Set<HTTPProtocol> = []
        for element in node.elements ?? [node] {
            guard let name = sink.text(element, named: "protocols") else { continue }
            switch HTTPProtocol(rawValue: name) {
            case .h2 where !hasTLS:
                sink.error(element.place, "\"h2\" is HTTP/2 over TLS, and this listener has no \"tls\"; write \"h2c\"")
            case .h2c where hasTLS:
                sink.error(element.place, "\"h2c\" is HTTP/2 without TLS, and this listener has \"tls\"; write \"h2\"")
            case let found?:
                protocols.insert(found)
            case nil:
                let hint = Suggestion.clause(for: name, among: HTTPProtocol.allCases.map(\.rawValue))
                sink.error(element.place, "unknown protocol \"\(SourceNode.shortened(name))\"\(hint)")
            }
        }
        return protocols
    }

    private func address(_ node: SourceNode) -> ListenerSettings? {
        guard let text = sink.text(node, named: "address") else { return nil }
        guard let address = EndpointAddress(text) else {
            sink.error(node.place, "\(node.shown) is not an address; write host:port, 127.0.0.1:8080 or [::1]:8080")
            return nil
        }
        return ListenerSettings(address: address, place: node.place)
    }

    private func limits(_ node: SourceNode) -> GatewayLimits {
        var limits = GatewayLimits.defaults
        guard let reader = MappingReader(node, what: "the gateway's \"limits\"", sink: sink) else { return limits }
        limits.uri = reader.size("uri", in: 64...(1 << 20), default: limits.uri)
        limits.headers = reader.size("headers", in: 256...(1 << 20), default: limits.headers)
        limits.headerCount = reader.integer("headerCount", in: 1...10_000, default: limits.headerCount)
        limits.body = reader.size("body", in: 0...(1 << 30), default: limits.body)
        limits.handshakeTimeout = reader.duration("handshakeTimeout", default: limits.handshakeTimeout)
        limits.headerTimeout = reader.duration("headerTimeout", default: limits.headerTimeout)
        limits.bodyTimeout = reader.duration("bodyTimeout", default: limits.bodyTimeout)
        limits.idleTimeout = reader.duration("idleTimeout", default: limits.idleTimeout)
        limits.connections = reader.integer("connections", in: 1...10_000_000, default: limits.connections)
        limits.pipelined = reader.integer("pipelined", in: 1...1024, default: limits.pipelined)
        limits.streams = reader.integer("streams", in: 1...65_536, default: limits.streams)
        if let node = reader.take("requestsPerConnection"), node.scalar?.text != "none" {
            limits.requestsPerConnection = sink.integer(node, named: "requestsPerConnection", in: 1...1_000_000_000)
        }
        reader.finish()
        return limits
    }

    private func http2(_ node: SourceNode) -> HTTP2Settings {
        var http2 = HTTP2Settings()
        guard let reader = MappingReader(node, what: "\"http2\"", sink: sink) else { return http2 }
        http2.window = reader.size("window", in: 1024...(1 << 30), default: http2.window)
        http2.connectionWindow = reader.size(
            "connectionWindow", in: 65_535...(1 << 30), default: max(http2.connectionWindow, http2.window))
        http2.resets = reader.integer("resets", in: 1...1_000_000, default: http2.resets)
        http2.idleFrames = reader.integer("idleFrames", in: 100...1_000_000, default: http2.idleFrames)
        reader.finish()
        return http2
    }

    private func shutdown(_ node: SourceNode) -> ShutdownSettings {
        var shutdown = ShutdownSettings.defaults
        guard let reader = MappingReader(node, what: "\"shutdown\"", sink: sink) else { return shutdown }
        shutdown.notReadyFor = pause(reader, "notReadyFor", default: shutdown.notReadyFor)
        shutdown.drain = pause(reader, "drain", default: shutdown.drain)
        reader.finish()
        return shutdown
    }

    /// A time that may also be `0s`.
    private func pause(_ reader: MappingReader, _ key: String, default standard: Duration) -> Duration {
        guard let node = reader.take(key) else { return standard }
        if let text = node.scalar?.text, Units.duration(text) == .zero { return .zero }
        return sink.duration(node, named: key) ?? standard
    }
}

extension DiagnosticSink {
    /// `trailingSlash: strict | ignore`.
    func ignoresTrailingSlash(_ reader: MappingReader) -> Bool? {
        reader.word("trailingSlash", oneOf: ["strict", "ignore"]).map { $0 == "ignore" }
    }

    /// `timeout:`: one time, `none`, or `first`, `idle`, `total`.
    func timeout(_ node: SourceNode, over base: TimeoutSettings) -> TimeoutSettings {
        if node.members == nil {
            let value = limit(node, named: "timeout", default: base.first)
            return TimeoutSettings(first: value, idle: value, total: nil)
        }
        guard let reader = MappingReader(node, what: "\"timeout\"", sink: self) else { return base }
        var timeout = base
        if let node = reader.take("first") { timeout.first = limit(node, named: "first", default: base.first) }
        if let node = reader.take("idle") { timeout.idle = limit(node, named: "idle", default: base.idle) }
        if let node = reader.take("total") { timeout.total = limit(node, named: "total", default: base.total) }
        reader.finish()
        return timeout
    }

    private func limit(_ node: SourceNode, named name: String, default standard: Duration?) -> Duration? {
        if node.scalar?.text == "none" { return nil }
        return duration(node, named: name) ?? standard
    }
}
