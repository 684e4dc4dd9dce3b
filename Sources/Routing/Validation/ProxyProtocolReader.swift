/// Understands `proxyProtocol:` of a listener.
struct ProxyProtocolReader {
    let sink: DiagnosticSink

    /// `{ from: [10.0.0.0/8] }`.
    func read(_ node: SourceNode) -> ProxyProtocolSettings? {
        guard let reader = MappingReader(node, what: "\"proxyProtocol\"", sink: sink) else { return nil }
        defer { reader.finish() }
        guard let from = reader.require("from") else { return nil }
        let ranges = sink.addressRanges(from, named: "from")
        if from.elements?.isEmpty == true {
            sink.error(from.place, "\"from\" names no address; name those of the balancers, 10.0.0.0/8 for example")
        }
        return ProxyProtocolSettings(from: ranges)
    }
}
