/// Understands `gateway:`.
struct GatewayReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode) -> (settings: GatewaySettings, ignoresTrailingSlash: Bool) {
        var settings = GatewaySettings.defaults
        guard let reader = MappingReader(node, what: "\"gateway\"", sink: sink) else { return (settings, false) }
        if let listen = reader.take("listen") {
            settings.listen = listeners(listen)
        }
        if let limits = reader.take("limits") { settings.limits = self.limits(limits) }
        if let shutdown = reader.take("shutdown") { settings.shutdown = self.shutdown(shutdown) }
        let ignores = sink.ignoresTrailingSlash(reader) ?? false
        reader.finish(notYet: ["admin", "trustedProxies", "logging", "metrics", "use"])
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
        let listener = reader.require("address").flatMap(address)
        if let protocols = reader.take("protocols") {
            for element in protocols.elements ?? [protocols] {
                guard let name = sink.text(element, named: "protocols"), name != "http1" else { continue }
                if ["h2", "h2c"].contains(name) {
                    sink.notSupported(name, at: element.place)
                } else {
                    let hint = Suggestion.clause(for: name, among: ["http1", "h2", "h2c"])
                    sink.error(element.place, "unknown protocol \"\(SourceNode.shortened(name))\"\(hint)")
                }
            }
            if protocols.elements?.isEmpty == true { sink.error(protocols.place, "\"protocols\" is empty") }
        }
        reader.finish(notYet: ["tls"])
        return listener
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
        limits.headerTimeout = reader.duration("headerTimeout", default: limits.headerTimeout)
        limits.bodyTimeout = reader.duration("bodyTimeout", default: limits.bodyTimeout)
        limits.idleTimeout = reader.duration("idleTimeout", default: limits.idleTimeout)
        limits.connections = reader.integer("connections", in: 1...10_000_000, default: limits.connections)
        limits.pipelined = reader.integer("pipelined", in: 1...1024, default: limits.pipelined)
        reader.finish(notYet: ["streams"])
        return limits
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
