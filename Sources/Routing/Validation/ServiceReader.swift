/// Understands one entry of `services:`.
struct ServiceReader {
    let sink: DiagnosticSink
    let enhancers: EnhancerReader
    /// What the service inherits.
    let outer: EnhancerChain

    func read(_ section: FileSections.Named) -> (settings: ServiceSettings, chain: EnhancerChain) {
        var service = ServiceSettings(
            name: section.name, endpoints: [], pool: .defaults, timeout: .defaults,
            maxAnswerBytes: ServiceSettings.defaultMaxAnswerBytes, place: section.place)
        let shown = SourceNode.shortened(section.name)
        if !Identifier.isValid(section.name) {
            sink.error(section.place, "\"\(shown)\" is not a service name; use \(Identifier.rule)")
        }
        guard let reader = MappingReader(section.node, what: "service \"\(shown)\"", sink: sink) else {
            return (service, outer)
        }
        _ = reader.word("transport", oneOf: ["tcp"], notYet: ["nats", "redis", "mqtt", "kafka", "rmq", "grpc", "tls"])
        service.endpoints = endpoints(reader)
        _ = reader.word("balance", oneOf: ["roundRobin"], notYet: ["leastPending"])
        if let node = reader.take("timeout") { service.timeout = sink.timeout(node, over: .defaults) }
        if let node = reader.take("pool") { service.pool = pool(node) }
        if let node = reader.take("limits"),
            let limits = MappingReader(node, what: "\"limits\" of service \"\(shown)\"", sink: sink)
        {
            service.maxAnswerBytes = limits.size("answer", in: 1024...(1 << 30), default: service.maxAnswerBytes)
            limits.finish()
        }
        if let node = reader.take("tls") { service.tls = TLSReader(sink: sink).service(node) }
        let chain = enhancers.chain(
            use: reader.take("use"), without: reader.take("without"), in: outer, what: "service \"\(shown)\"")
        reader.finish(notYet: ["retry", "health", "breaker", "metadata", "resolve"])
        return (service, chain)
    }

    private func endpoints(_ reader: MappingReader) -> [EndpointAddress] {
        guard let node = reader.require("endpoints") else { return [] }
        guard let elements = node.elements else {
            sink.error(node.place, "\"endpoints\" must be a list such as [\"localhost:3001\"], not \(node.shown)")
            return []
        }
        if elements.isEmpty { sink.error(node.place, "\"endpoints\" is empty") }
        var endpoints: [EndpointAddress] = []
        for element in elements {
            guard let text = sink.text(element, named: "endpoints") else { continue }
            if text.hasPrefix("dns://") {
                sink.notSupported("dns://", at: element.place)
            } else if let address = EndpointAddress(text), address.port > 0 {
                endpoints.append(address)
            } else {
                sink.error(element.place, "\(element.shown) is not an endpoint; write host:port or [::1]:port")
            }
        }
        return endpoints
    }

    private func pool(_ node: SourceNode) -> PoolSettings {
        var pool = PoolSettings.defaults
        guard let reader = MappingReader(node, what: "\"pool\"", sink: sink) else { return pool }
        pool.min = reader.integer("min", in: 0...1000, default: pool.min)
        pool.max = reader.integer("max", in: 1...1000, default: max(pool.max, pool.min))
        pool.maxInFlightPerConnection = reader.integer(
            "maxInFlightPerConnection", in: 1...65_536, default: pool.maxInFlightPerConnection)
        pool.queue = reader.integer("queue", in: 0...1_000_000, default: pool.queue)
        pool.queueTimeout = reader.duration("queueTimeout", default: pool.queueTimeout)
        pool.connectTimeout = reader.duration("connectTimeout", default: pool.connectTimeout)
        pool.idle = reader.duration("idle", default: pool.idle)
        reader.finish()
        if pool.min > pool.max {
            sink.error(node.place, "the pool's \"min\" (\(pool.min)) is greater than its \"max\" (\(pool.max))")
        }
        return pool
    }
}

/// Names of services and ids of routes.
enum Identifier {
    static let rule = "up to 128 letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit"

    static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
