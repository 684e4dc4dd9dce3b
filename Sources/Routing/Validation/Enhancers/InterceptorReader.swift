/// Understands the options of the interceptors.
struct InterceptorReader {
    /// The interceptors that there are, by the names they have in the file.
    enum Kind: String, CaseIterable {
        case requestID = "RequestId"
        case trace = "Trace"
        case accessLog = "AccessLog"
        case timeout = "Timeout"
        case cache = "Cache"
        case cors = "Cors"
        case compress = "Compress"
        case setHeaders = "SetHeaders"
        case mapResponse = "MapResponse"
        case collapse = "Collapse"

        /// How to write one that says nothing without options, for messages.
        var example: String? {
            switch self {
            case .requestID, .trace, .accessLog, .compress, .collapse: nil
            case .timeout: "{ Timeout: { after: 2s } }"
            case .cache: "{ Cache: { ttl: 10s } }"
            case .cors: "{ Cors: { origins: [https://app.example.com] } }"
            case .setHeaders: "{ SetHeaders: { set: { x-frame-options: DENY } } }"
            case .mapResponse: "{ MapResponse: { body: { data: $result } } }"
            }
        }
    }

    let sink: DiagnosticSink

    /// - Returns: `nil` when a fault leaves nothing to work with; why stands in the sink.
    func read(_ kind: Kind, _ reader: MappingReader) -> InterceptorSettings? {
        switch kind {
        case .requestID: return .requestID(requestID(reader))
        case .trace:
            _ = reader.word("propagate", oneOf: ["w3c"])
            return .trace
        case .accessLog:
            let formats = AccessLogSettings.Format.allCases.map(\.rawValue)
            return .accessLog(
                AccessLogSettings(
                    minStatus: reader.integer("minStatus", in: 100...599, default: 0),
                    format: reader.word("format", oneOf: formats).flatMap(AccessLogSettings.Format.init)))
        case .timeout:
            return reader.require("after").flatMap { sink.duration($0, named: "after") }.map { .timeout($0) }
        case .cache: return cache(reader).map { .cache($0) }
        case .cors: return cors(reader).map { .cors($0) }
        case .compress: return compress(reader).map { .compress($0) }
        case .setHeaders: return setHeaders(reader).map { .setHeaders($0) }
        case .mapResponse:
            guard let node = reader.require("body") else { return nil }
            return ResultTemplateReader(sink: sink).read(node).map { .mapResponse($0) }
        case .collapse: return .collapse
        }
    }

    private func requestID(_ reader: MappingReader) -> RequestIDSettings {
        var settings = RequestIDSettings.defaults
        if let node = reader.take("header"), let name = sink.text(node, named: "header") {
            settings.header = name.lowercased()
            if !sink.isFieldName(name) || ReservedFields.connection.contains(settings.header) {
                sink.error(node.place, "\(node.shown) cannot carry a request id")
            }
        }
        settings.trustsIncoming = reader.bool("trustIncoming", default: settings.trustsIncoming)
        return settings
    }

    private func cache(_ reader: MappingReader) -> CacheSettings? {
        let ttl = reader.require("ttl").flatMap { sink.duration($0, named: "ttl") }
        let maxEntries = reader.integer("maxEntries", in: 1...10_000_000, default: CacheSettings.defaultMaxEntries)
        let maxBytes = reader.size("maxBytes", in: 1...(16 << 20), default: CacheSettings.defaultMaxBytes)
        let isShared = reader.bool("shared", default: false)
        return ttl.map { CacheSettings(ttl: $0, maxEntries: maxEntries, maxBytes: maxBytes, isShared: isShared) }
    }

    // MARK: Cors

    private func cors(_ reader: MappingReader) -> CORSSettings? {
        var settings = CORSSettings(
            origins: [], allowsAnyOrigin: false, exposedHeaders: [], allowsCredentials: false,
            maxAge: CORSSettings.defaultMaxAge)
        if let node = reader.require("origins") {
            if node.elements?.isEmpty == true { sink.error(node.place, "\"origins\" is empty") }
            for element in node.elements ?? [node] {
                guard let text = sink.text(element, named: "origins") else { continue }
                if text == "*" {
                    settings.allowsAnyOrigin = true
                } else if let fault = OriginPattern.fault(text) {
                    sink.error(element.place, "\"\(SourceNode.shortened(text))\" \(fault)")
                } else {
                    settings.origins.append(text.lowercased())
                }
            }
        }
        settings.methods = reader.texts("methods")?.map { name, place in
            if !MethodSet.named.contains(where: { $0.name == name }) {
                let hint = Suggestion.clause(for: name, among: MethodSet.named.map(\.name))
                sink.error(place, "unknown method \"\(SourceNode.shortened(name))\" in \"methods\"\(hint)")
            }
            return name
        }
        settings.headers = names(reader, "headers")
        settings.exposedHeaders = names(reader, "exposedHeaders") ?? []
        settings.allowsCredentials = reader.bool("credentials", default: false)
        settings.maxAge = reader.duration("maxAge", default: settings.maxAge)
        if settings.allowsAnyOrigin, settings.allowsCredentials {
            sink.error(
                reader.place, "\"credentials\" with origin \"*\" would let every page act for its visitor; name origins"
            )
        }
        if settings.allowsCredentials, settings.exposedHeaders.contains("*") || settings.headers?.contains("*") == true
        {
            sink.error(reader.place, "with \"credentials\" the header \"*\" is only a name to browsers; name headers")
        }
        return settings.allowsAnyOrigin || !settings.origins.isEmpty ? settings : nil
    }

    private func names(_ reader: MappingReader, _ key: String) -> [String]? {
        reader.texts(key)?.map { name, place in
            if !sink.isFieldName(name) {
                sink.error(place, "\"\(SourceNode.shortened(name))\" is not a header name")
            }
            return name.lowercased()
        }
    }

    // MARK: Compress

    private func compress(_ reader: MappingReader) -> CompressSettings? {
        var encodings: [CompressSettings.Encoding] = []
        let node = reader.take("encodings")
        if let node, node.elements?.isEmpty == true { sink.error(node.place, "\"encodings\" is empty") }
        for element in node.map({ $0.elements ?? [$0] }) ?? [] {
            guard let text = sink.text(element, named: "encodings") else { continue }
            guard let encoding = CompressSettings.Encoding(rawValue: text), !encodings.contains(encoding) else {
                sink.error(element.place, "\"encodings\" are \"br\" and \"gzip\", each once")
                continue
            }
            encodings.append(encoding)
        }
        return CompressSettings(
            encodings: encodings.isEmpty ? CompressSettings.Encoding.allCases : encodings,
            minBytes: reader.size("minSize", in: 0...(1 << 30), default: CompressSettings.defaultMinBytes),
            level: reader.integer("level", in: 1...9, default: CompressSettings.defaultLevel))
    }

    // MARK: SetHeaders

    private func setHeaders(_ reader: MappingReader) -> SetHeadersSettings? {
        var settings = SetHeadersSettings(set: [], remove: [])
        let faultsBefore = sink.faultCount
        if let node = reader.take("set") {
            guard let members = node.members else {
                sink.error(node.place, "\"set\" must be a mapping of names and values, not \(node.shown)")
                return nil
            }
            for member in members {
                let name = member.key.lowercased()
                guard isSettable(member.key, member.keyPlace),
                    let value = sink.text(member.value, named: member.key)
                else { continue }
                guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), value.first != " ", value.last != " "
                else {
                    sink.error(
                        member.value.place, "the value of a header is one line of ASCII, without blanks at its ends")
                    continue
                }
                if settings.set.contains(where: { $0.name == name }) {
                    sink.error(member.keyPlace, "header \"\(SourceNode.shortened(member.key))\" is set twice")
                }
                settings.set.append(SetHeadersSettings.Field(name: name, value: value))
            }
        }
        for (name, place) in reader.texts("remove") ?? [] where isSettable(name, place) {
            if settings.set.contains(where: { $0.name == name.lowercased() }) {
                sink.error(place, "header \"\(SourceNode.shortened(name))\" is both set and removed")
            }
            settings.remove.append(name.lowercased())
        }
        if settings.set.isEmpty, settings.remove.isEmpty, sink.faultCount == faultsBefore {
            sink.error(reader.place, "\"SetHeaders\" needs \"set\" or \"remove\"")
        }
        return settings
    }

    private func isSettable(_ name: String, _ place: SourcePlace) -> Bool {
        let shown = SourceNode.shortened(name)
        if !sink.isFieldName(name) {
            sink.error(place, "\"\(shown)\" is not a header name")
        } else if ReservedFields.own.contains(name.lowercased()) {
            sink.error(place, "header \"\(shown)\" is the gateway's own and cannot be set")
        } else {
            return true
        }
        return false
    }
}

/// Fields of an answer that the gateway writes itself.
enum ReservedFields {
    /// Those that belong to one connection or one body.
    static let connection: Set<String> = [
        "connection", "content-length", "content-type", "date", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host",
    ]
    static let own = connection.union(["x-request-id"])
}
