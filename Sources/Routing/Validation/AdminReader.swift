/// Understands `gateway.admin:`.
struct AdminReader {
    let sink: DiagnosticSink
    /// The names under `services:`.
    let services: [String]

    /// `{ address, token, ready, page, connections }`; `{}` is the loopback without a token.
    func read(_ node: SourceNode) -> AdminSettings? {
        guard let reader = MappingReader(node, what: "\"admin\"", sink: sink) else { return nil }
        var admin = AdminSettings(place: node.place)
        let address = reader.take("address")
        if let address, let read = self.address(address) { admin.address = read }
        let hasToken = reader.take("token").map { node in
            admin.token = token(node)
            return true
        }
        if let node = reader.take("ready") { admin.ready = ready(node) }
        admin.page = reader.bool("page", default: admin.page)
        admin.connections = reader.integer("connections", in: 1...10_000, default: admin.connections)
        reader.finish()
        if !admin.isLoopback, hasToken == nil {
            sink.error(
                address?.place ?? node.place,
                "the admin address \"\(admin.address)\" can be reached from other machines, and \"admin\" has no \"token\": "
                    + "anybody could reload and drain; add token: { file: NAME }, or listen on 127.0.0.1")
        }
        return admin
    }

    private func address(_ node: SourceNode) -> EndpointAddress? {
        guard let text = sink.text(node, named: "address") else { return nil }
        guard let address = EndpointAddress(text) else {
            sink.error(node.place, "\(node.shown) is not an address; write host:port, 127.0.0.1:9901 or [::1]:9901")
            return nil
        }
        return address
    }

    /// `{ file: NAME }`, or `{ sha256: HEX }` with one hash or a list of them.
    private func token(_ node: SourceNode) -> AdminToken? {
        guard node.members != nil else {
            // Not shown: it is probably the token itself.
            sink.error(
                node.place,
                "\"token\" must be { file: NAME } or { sha256: HEX }: a route file is read by too many to hold a secret"
            )
            return nil
        }
        guard let reader = MappingReader(node, what: "\"token\"", sink: sink) else { return nil }
        let file = reader.takeMember("file")
        let hashes = reader.take("sha256")
        reader.finish()
        switch (file, hashes) {
        case (let file?, nil): return tokenFile(file)
        case (nil, let hashes?): return self.hashes(hashes)
        default:
            sink.error(node.place, "\"token\" takes one of \"file\" and \"sha256\"")
            return nil
        }
    }

    private func tokenFile(_ member: SourceNode.Member) -> AdminToken? {
        guard let name = sink.text(member.value, named: "file") else { return nil }
        guard !name.isEmpty else {
            sink.error(member.value.place, "\"file\" names no file")
            return nil
        }
        return .file(FilePath.join(FilePath.folder(of: member.value.place.file), name))
    }

    private func hashes(_ node: SourceNode) -> AdminToken? {
        var hashes: [[UInt8]] = []
        for element in node.elements ?? [node] {
            guard let text = sink.text(element, named: "sha256") else { continue }
            guard let hash = GuardReader.bytes(text) else {
                // Not shown: it may be the token itself.
                sink.error(
                    element.place,
                    "\"sha256\" must be the 64 hexadecimal digits of SHA-256: printf %s 'TOKEN' | sha256sum")
                continue
            }
            hashes.append(hash)
        }
        if node.elements?.isEmpty == true { sink.error(node.place, "\"sha256\" is empty") }
        return hashes.isEmpty ? nil : .sha256(hashes)
    }

    /// `{ services: none | all | [names] }`.
    private func ready(_ node: SourceNode) -> ReadinessPolicy {
        guard let reader = MappingReader(node, what: "\"ready\"", sink: sink) else { return .none }
        let services = reader.take("services")
        reader.finish()
        guard let services else { return .none }
        guard let elements = services.elements else {
            switch sink.text(services, named: "services") {
            case "none": return .none
            case "all": return .all
            case nil: return .none
            case _?:
                sink.error(
                    services.place,
                    "\"services\" must be \"all\", \"none\" or a list of services, not \(services.shown)")
                return .none
            }
        }
        return .services(elements.compactMap(service))
    }

    private func service(_ node: SourceNode) -> String? {
        guard let name = sink.text(node, named: "services") else { return nil }
        guard services.contains(name) else {
            let hint = Suggestion.clause(for: name, among: services)
            sink.error(node.place, "there is no service \"\(SourceNode.shortened(name))\"\(hint)")
            return nil
        }
        return name
    }
}
