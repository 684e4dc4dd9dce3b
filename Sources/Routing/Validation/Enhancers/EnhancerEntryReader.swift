import MessageWire

/// Understands one entry of `guards:`, `interceptors:`, `pipes:` or `filters:`: `Name` or `Name: { options }`.
struct EnhancerEntryReader {
    /// What was found.
    struct Outcome {
        /// `nil` when the entry was refused.
        var entry: EnhancerEntry?
        /// As soon as it is known.
        var name: String?
        var replaces = false
    }

    /// Files that were read, for whoever watches them.
    final class ReadFiles {
        var names: [String] = []
    }

    let sink: DiagnosticSink
    let surroundings: EnhancerSurroundings
    let files = ReadFiles()

    init(sink: DiagnosticSink, surroundings: EnhancerSurroundings) {
        self.sink = sink
        self.surroundings = surroundings
    }

    static let remote = "Remote"

    /// The built-in names of a kind.
    static func names(_ kind: EnhancerKind) -> [String] {
        switch kind {
        case .guards: GuardReader.Kind.allCases.map(\.rawValue) + [remote]
        case .interceptors: InterceptorReader.Kind.allCases.map(\.rawValue) + [remote]
        case .pipes: ["Schema", remote]
        case .filters: FilterReader.Kind.allCases.map(\.rawValue) + [remote]
        }
    }

    /// How a list is written, for messages.
    static func example(_ kind: EnhancerKind) -> String {
        switch kind {
        case .guards: "[{ IpAllow: { ranges: [10.0.0.0/8] } }]"
        case .interceptors: "[RequestId, { Timeout: { after: 2s } }]"
        case .pipes: "[{ Schema: { body: schemas/user.json } }]"
        case .filters: "[{ RpcToProblem: { map: { NOT_FOUND: 404 } } }]"
        }
    }

    /// Reads one element of a list.
    func read(_ kind: EnhancerKind, _ node: SourceNode) -> Outcome {
        guard let (name, options) = parts(kind, node) else { return Outcome() }
        var outcome = Outcome(name: name)
        let custom = surroundings.custom[kind] ?? []
        guard custom.contains(name) || Self.names(kind).contains(name) else {
            unknown(kind, name, custom, at: node.place)
            return outcome
        }
        let faultsBefore = sink.faultCount
        let empty = SourceNode(place: node.place, content: .mapping([]))
        guard let reader = MappingReader(options ?? empty, what: "\"\(name)\"", sink: sink) else { return outcome }
        outcome.replaces = reader.bool("replace", default: false)
        let settings: EnhancerSettings?
        if custom.contains(name) {
            settings = customOptions(kind, reader)
        } else if name == Self.remote {
            settings = remote(kind, reader)
        } else {
            settings = builtIn(kind, name, reader, hasOptions: options != nil, at: node.place)
        }
        reader.finish()
        if let settings, sink.faultCount == faultsBefore {
            outcome.entry = EnhancerEntry(kind: kind, name: name, settings: settings, place: node.place)
        } else if sink.faultCount == faultsBefore {
            // One that is left out must never go unnoticed.
            sink.error(node.place, "\"\(name)\" cannot be used as it is written")
        }
        return outcome
    }

    private func parts(_ kind: EnhancerKind, _ node: SourceNode) -> (String, SourceNode?)? {
        if let members = node.members, members.count == 1 { return (members[0].key, members[0].value) }
        guard node.members == nil else {
            sink.error(node.place, "an entry of \"\(kind.rawValue)\" is one name with its options")
            return nil
        }
        return sink.text(node, named: kind.rawValue).map { ($0, nil) }
    }

    private func unknown(_ kind: EnhancerKind, _ name: String, _ custom: Set<String>, at place: SourcePlace) {
        let known = Self.names(kind) + custom.sorted()
        if let other = EnhancerKind.allCases.first(where: { $0 != kind && Self.names($0).contains(name) }) {
            sink.error(place, "\"\(name)\" is one of \"\(other.rawValue)\", not of \"\(kind.rawValue)\"")
        } else if kind == .pipes, PipesReader.names.contains(name) {
            sink.error(
                place, "\"\(name)\" belongs to one value: { from: $path.id, pipes: [\(name)] } in \"payload\"")
        } else {
            let hint = Suggestion.clause(for: name, among: known)
            sink.error(place, "unknown \(kind.singular) \"\(SourceNode.shortened(name))\"\(hint)")
        }
    }

    private func builtIn(
        _ kind: EnhancerKind, _ name: String, _ reader: MappingReader, hasOptions: Bool, at place: SourcePlace
    ) -> EnhancerSettings? {
        switch kind {
        case .guards:
            guard let kind = GuardReader.Kind(rawValue: name) else { return nil }
            guard hasOptions else {
                sink.error(place, "\"\(name)\" needs options: \(kind.example)")
                return nil
            }
            return GuardReader(sink: sink).read(kind, reader).map { .guardian($0) }
        case .interceptors:
            guard let kind = InterceptorReader.Kind(rawValue: name) else { return nil }
            if !hasOptions, let example = kind.example {
                sink.error(place, "\"\(name)\" needs options: \(example)")
                return nil
            }
            return InterceptorReader(sink: sink).read(kind, reader).map { .interceptor($0) }
        case .pipes:
            guard hasOptions else {
                sink.error(place, "\"\(name)\" needs options: { Schema: { body: schemas/user.json } }")
                return nil
            }
            return SchemaReader(sink: sink, surroundings: surroundings, files: files).read(reader).map { .schema($0) }
        case .filters:
            guard let kind = FilterReader.Kind(rawValue: name) else { return nil }
            if kind == .mapError, !hasOptions {
                sink.error(
                    place, "\"\(name)\" needs options: { MapError: { 409: { when: { code: EMAIL_TAKEN } } } }")
                return nil
            }
            return FilterReader(sink: sink).read(kind, reader).map { .filter($0) }
        }
    }

    /// Options as they stand. A guard's `as` names its claims for references, and is an option like the others.
    private func customOptions(_ kind: EnhancerKind, _ reader: MappingReader) -> EnhancerSettings? {
        var members: [JSONValue.Member] = []
        if kind == .guards, let claims = ClaimsName.read(reader, sink: sink) {
            members.append(JSONValue.Member(name: "as", value: .string(claims)))
        }
        for member in reader.takeRest() {
            guard let value = sink.json(member.value) else { return nil }
            members.append(JSONValue.Member(name: member.key, value: value))
        }
        return .custom(.object(members))
    }

    // MARK: Remote

    private func remote(_ kind: EnhancerKind, _ reader: MappingReader) -> EnhancerSettings? {
        var service: Int?
        if let node = reader.require("service"), let name = sink.text(node, named: "service") {
            service = surroundings.services.firstIndex(of: name)
            if service == nil {
                let hint = Suggestion.clause(for: name, among: surroundings.services)
                sink.error(node.place, "unknown service \"\(SourceNode.shortened(name))\"\(hint)")
            }
        }
        var pattern: CompiledPattern?
        if let node = reader.require("pattern"), let value = sink.json(node) {
            switch value {
            case .string, .number, .object: pattern = CompiledPattern(send: value)
            case .null, .bool, .array:
                sink.error(node.place, "a pattern is a text, a number or a mapping, not \(node.shown)")
            }
        }
        let timeout = reader.take("timeout").flatMap { sink.duration($0, named: "timeout") }
        var cache: Duration?
        var maxCached = RemoteSettings.defaultMaxCached
        if kind == .guards {
            cache = reader.take("cache").flatMap { sink.duration($0, named: "cache") }
            maxCached = reader.integer("maxCached", in: 1...1_000_000, default: maxCached)
        }
        let words = RemoteSettings.OnError.allCases.map(\.rawValue)
        let onError = reader.word("onError", oneOf: words).flatMap(RemoteSettings.OnError.init) ?? .deny
        let claims = kind == .guards ? ClaimsName.read(reader, sink: sink) ?? "" : ""
        guard let service, let pattern else { return nil }
        return .remote(
            RemoteSettings(
                service: service, pattern: pattern, timeout: timeout, cache: cache, maxCached: maxCached,
                onError: onError, claims: claims))
    }
}

/// `as:`: what a guard's claims are called.
enum ClaimsName {
    /// Names that references have already.
    static let taken: Set<String> = ["path", "query", "header", "cookie", "body", "request", "tls", "result"]

    /// - Returns: `nil` when nothing stands there.
    static func read(_ reader: MappingReader, sink: DiagnosticSink) -> String? {
        guard let node = reader.take("as"), let name = sink.text(node, named: "as") else { return nil }
        let isPlain = name.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) }
        if taken.contains(name) || !isPlain || !Identifier.isValid(name) {
            let list = Self.taken.sorted().joined(separator: ", $")
            sink.error(node.place, "\(node.shown) cannot name claims; use letters and digits, and none of $\(list)")
        }
        return name
    }
}
