/// Understands `tls:` of listeners and services. Files are named, not opened: that is the gateway's matter.
struct TLSReader {
    let sink: DiagnosticSink

    /// `{ cert, key }` or `{ certificates: [ { cert, key } ] }`, and what clients must show.
    func listener(_ node: SourceNode) -> ListenerTLS? {
        guard let reader = MappingReader(node, what: "the listener's \"tls\"", sink: sink) else { return nil }
        var tls = ListenerTLS(place: node.place)
        let list = reader.take("certificates")
        let needed = list == nil ? "\"tls\" needs \"cert\" and \"key\", or \"certificates\"" : nil
        tls.certificates = [pair(reader, needed: needed)].compactMap { $0 } + (list.map(certificates) ?? [])
        let clientCA = reader.takeMember("clientCA")
        tls.clientCA = clientCA.flatMap(file)
        if let node = reader.take("clientCertificate") {
            let word = sink.word(node, named: "clientCertificate", oneOf: ["required", "optional"])
            tls.requiresClientCertificate = word != "optional"
            if clientCA == nil {
                sink.error(node.place, "\"clientCertificate\" says nothing without \"clientCA\"")
            }
        }
        tls.minVersion = minVersion(reader)
        tls.ciphers = reader.text("ciphers")
        reader.finish()
        return tls
    }

    /// `{ ca, cert, key, serverName, minVersion, insecure }`; `{}` is TLS as the system trusts it.
    func service(_ node: SourceNode) -> ServiceTLS? {
        guard let reader = MappingReader(node, what: "the service's \"tls\"", sink: sink) else { return nil }
        var tls = ServiceTLS(place: node.place)
        tls.ca = reader.takeMember("ca").flatMap(file)
        tls.certificate = pair(reader, needed: nil)
        if let node = reader.take("serverName"), let name = sink.text(node, named: "serverName") {
            if name.isEmpty { sink.error(node.place, "\"serverName\" is empty; leave it out for the endpoint's host") }
            tls.serverName = name
        }
        tls.minVersion = minVersion(reader)
        tls.isInsecure = reader.bool("insecure", default: false)
        if tls.isInsecure, tls.ca != nil {
            sink.error(node.place, "\"ca\" says nothing with \"insecure: true\", which believes any certificate")
        }
        reader.finish()
        return tls
    }

    private func certificates(_ node: SourceNode) -> [CertificateFiles] {
        guard let elements = node.elements, !elements.isEmpty else {
            sink.error(node.place, "\"certificates\" must be a list of { cert, key }, not \(node.shown)")
            return []
        }
        return elements.compactMap { element in
            guard let reader = MappingReader(element, what: "a certificate", sink: sink) else { return nil }
            let found = pair(reader, needed: "a certificate needs \"cert\" and \"key\"")
            reader.finish()
            return found
        }
    }

    /// Both or neither; `needed` is what to say when there is neither, `nil` if that is fine.
    private func pair(_ reader: MappingReader, needed: String?) -> CertificateFiles? {
        let place = reader.place
        switch (reader.takeMember("cert"), reader.takeMember("key")) {
        case (let cert?, let key?):
            guard let cert = file(cert), let key = file(key) else { return nil }
            return CertificateFiles(cert: cert, key: key)
        case (nil, nil): if let needed { sink.error(place, needed) }
        case (_?, nil): sink.error(place, "\"cert\" needs its \"key\"")
        case (nil, _?): sink.error(place, "\"key\" needs its \"cert\"")
        }
        return nil
    }

    /// A file's name as seen from the route file that names it.
    private func file(_ member: SourceNode.Member) -> String? {
        guard let name = sink.text(member.value, named: member.key) else { return nil }
        guard !name.isEmpty else {
            sink.error(member.value.place, "\"\(member.key)\" names no file")
            return nil
        }
        return FilePath.join(FilePath.folder(of: member.value.place.file), name)
    }

    private func minVersion(_ reader: MappingReader) -> MinTLSVersion {
        guard let node = reader.take("minVersion") else { return .tls12 }
        return sink.word(node, named: "minVersion", oneOf: MinTLSVersion.allCases.map(\.rawValue))
            .flatMap(MinTLSVersion.init) ?? .tls12
    }
}
