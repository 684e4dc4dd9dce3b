import MessageWire

/// Understands one entry of `routes:`.
final class RouteReader {
    let context: RouteContext
    let sink: DiagnosticSink
    /// The route's id and where it stands, as soon as it is known.
    private(set) var identity: (id: String, place: SourcePlace)?
    /// Whether everything that decides between routes could be read.
    private(set) var isRankKnown = false
    /// What the claims are called that the route's guards provide.
    private var claims: [String] = []

    init(context: RouteContext, sink: DiagnosticSink) {
        self.context = context
        self.sink = sink
    }

    /// Keys of the format that are not carried out yet.
    static let notYet = [
        "retry", "idempotent", "delivery", "idempotency", "metadata", "schemas", "split", "stickyBy",
        "shadow",
        "cache", "breaker",
    ]

    /// - Returns: `nil` when the route cannot be built; why stands in the sink.
    func read(_ node: SourceNode) -> Route? {
        let id = node["id"].flatMap { sink.isUnknown($0) ? nil : $0.scalar?.text }
        let what = id.map { "route \"\(SourceNode.shortened($0))\"" } ?? "a route"
        guard let reader = MappingReader(node, what: what, sink: sink) else { return nil }
        readIdentity(reader)
        let match = self.match(reader)
        let chain = self.chain(reader, node, what: what)
        claims = chain.claimNames
        let target = self.target(reader, path: match?.path)
        let payload = match.flatMap { self.payload(reader, match: $0) }
        if match == nil { _ = reader.take("payload") }
        let consumes = reader.take("consumes").map { ConsumesReader(sink: sink).read($0) } ?? .defaults
        let response =
            reader.take("response").map {
                ResponseReader(sink: sink, path: match?.path, kind: target?.kind ?? .send).read($0)
            } ?? .defaults
        let own = reader.take("errors").map { ErrorsReader(sink: sink).read($0) } ?? ErrorRules()
        let errors = context.errors.under(context.enhancers.errorRules(chain)).under(own)
        let base = target?.service.map { context.services[$0].timeout } ?? .defaults
        let timeout = reader.take("timeout").map { sink.timeout($0, over: base) } ?? base
        var maxBody = context.limits.body
        if let node = reader.take("limits"), let limits = MappingReader(node, what: "\"limits\" of \(what)", sink: sink)
        {
            maxBody = limits.size("body", in: 0...(1 << 30), default: maxBody)
            limits.finish()
        }
        let summary = reader.text("description")
        let tags = reader.texts("tags")?.map(\.text) ?? []
        reader.finish(notYet: Self.notYet)
        guard let identity, let match, let target, let service = target.service, let pattern = target.pattern,
            let payload
        else { return nil }
        return Route(
            id: identity.id, match: match, kind: target.kind, service: service, pattern: pattern, payload: payload,
            plan: EnhancerPlan(chain), consumes: consumes, response: response, errors: errors, timeout: timeout,
            maxBodyBytes: maxBody, summary: summary, tags: tags, place: reader.place)
    }

    /// What the route inherits and has of its own; read first, since its guards decide which references exist.
    private func chain(_ reader: MappingReader, _ node: SourceNode, what: String) -> EnhancerChain {
        let verb = node["send"] ?? node["emit"]
        let name = verb?["service"]?.scalar?.text
        let service = context.services.firstIndex { $0.name == name }
        let chain = context.enhancers.chain(
            use: reader.take("use"), without: reader.take("without"),
            in: service.map { context.chains[$0] } ?? context.global, what: what)
        context.enhancers.checkClaims(of: chain, what: what)
        return chain
    }

    private func readIdentity(_ reader: MappingReader) {
        guard let node = reader.require("id"), let id = sink.text(node, named: "id") else { return }
        guard Identifier.isValid(id) else {
            sink.error(node.place, "\(node.shown) is not a route id; use \(Identifier.rule)")
            return
        }
        identity = (id, node.place)
    }

    // MARK: Match

    private func match(_ reader: MappingReader) -> RouteMatchSettings? {
        let faultsBefore = sink.faultCount
        defer { isRankKnown = sink.faultCount == faultsBefore }
        let node = reader.require("match")
        var settings = node.flatMap(methodsAndPath)
        if let host = reader.take("host"), let text = sink.text(host, named: "host") {
            settings?.host = HostPattern(text)
            if HostPattern(text) == nil {
                sink.error(
                    host.place, "\(host.shown) is not a host; write api.example.com or *.example.com, without port")
            }
        }
        if let when = reader.take("when") { settings?.conditions = conditions(when) }
        let priority = reader.integer("priority", in: -1000...1000, default: 0)
        settings?.priority = priority
        let ignores = sink.ignoresTrailingSlash(reader) ?? context.ignoresTrailingSlash
        settings?.ignoresTrailingSlash = ignores
        return settings
    }

    private func methodsAndPath(_ node: SourceNode) -> RouteMatchSettings? {
        guard let text = sink.text(node, named: "match") else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2 else {
            sink.error(node.place, "\"match\" must be methods and a path, such as GET /users/:id, not \(node.shown)")
            return nil
        }
        var methods: MethodSet = []
        for name in parts[0].split(separator: "|", omittingEmptySubsequences: false) {
            if let known = MethodSet.named.first(where: { $0.name == name }) {
                if !methods.insert(known.method).inserted {
                    sink.error(node.place, "method \"\(name)\" is named twice")
                }
            } else {
                let hint = Suggestion.clause(for: String(name), among: MethodSet.named.map(\.name))
                sink.error(node.place, "unknown method \"\(SourceNode.shortened(String(name)))\" in \"match\"\(hint)")
            }
        }
        do throws(PathTemplateError) {
            let path = try PathTemplate(String(parts[1]))
            return methods.isEmpty ? nil : RouteMatchSettings(methods: methods, path: path)
        } catch {
            sink.error(node.place, "\"match\": \(error.message)")
            return nil
        }
    }

    private func conditions(_ node: SourceNode) -> [RouteCondition] {
        guard let reader = MappingReader(node, what: "\"when\"", sink: sink) else { return [] }
        let headers = conditions(reader, "header", .header)
        let queries = conditions(reader, "query", .query)
        reader.finish()
        return headers + queries
    }

    private func conditions(_ reader: MappingReader, _ key: String, _ source: RouteCondition.Source) -> [RouteCondition]
    {
        guard let node = reader.take(key) else { return [] }
        guard let members = node.members else {
            sink.error(node.place, "\"\(key)\" must be a mapping of names and values, not \(node.shown)")
            return []
        }
        var names: Set<String> = []
        return members.compactMap { member in
            let name = source == .header ? member.key.lowercased() : member.key
            if source == .header, !sink.isFieldName(name) {
                sink.error(member.keyPlace, "\"\(SourceNode.shortened(member.key))\" is not a header name")
            }
            if !names.insert(name).inserted {
                sink.error(member.keyPlace, "\"\(SourceNode.shortened(member.key))\" stands twice under \"\(key)\"")
            }
            let values = (member.value.elements ?? [member.value]).compactMap { sink.text($0, named: member.key) }
            if member.value.elements?.isEmpty == true { sink.error(member.value.place, "the list of values is empty") }
            return values.isEmpty ? nil : RouteCondition(source, name: name, values: values)
        }
    }

    // MARK: Target

    private struct Target {
        var kind: Route.Kind
        var service: Int?
        var pattern: PatternPlan?
    }

    private func target(_ reader: MappingReader, path: PathTemplate?) -> Target? {
        let (send, emit) = (reader.takeMember("send"), reader.takeMember("emit"))
        if let send, let emit {
            let later = send.keyPlace.line > emit.keyPlace.line ? send : emit
            sink.error(later.keyPlace, "\(reader.what) has both \"send\" and \"emit\"; it takes exactly one")
        }
        guard let member = send ?? emit else {
            sink.error(reader.place, "\(reader.what) has neither \"send\" nor \"emit\"; it takes exactly one")
            return nil
        }
        let kind: Route.Kind = send != nil ? .send : .emit
        var target = Target(kind: kind)
        guard let verb = MappingReader(member.value, what: "\"\(member.key)\" of \(reader.what)", sink: sink) else {
            return target
        }
        // With `split`, service and pattern stand in its entries.
        let isSplit = member.value["split"] != nil
        if let node = isSplit ? verb.take("service") : verb.require("service"),
            let name = sink.text(node, named: "service")
        {
            target.service = context.services.firstIndex { $0.name == name }
            if target.service == nil {
                let hint = Suggestion.clause(for: name, among: context.services.map(\.name))
                sink.error(node.place, "unknown service \"\(SourceNode.shortened(name))\"\(hint)")
            }
        }
        if let node = isSplit ? verb.take("pattern") : verb.require("pattern") {
            let empty = path ?? PathTemplate.root
            let payload = PayloadReader(sink: sink, path: empty, isPathKnown: path != nil, claims: claims)
            target.pattern = PatternReader(sink: sink, payload: payload).read(node, kind: kind)
        }
        verb.finish(notYet: Self.notYet)
        return target
    }

    private func payload(_ reader: MappingReader, match: RouteMatchSettings) -> PayloadPlan? {
        if let node = reader.take("payload") {
            let payload = PayloadReader(sink: sink, path: match.path, isPathKnown: true, claims: claims).read(node)
            return payload.map { PayloadPlan($0, path: match.path) }
        }
        let withBody = match.methods.intersection(.withBody)
        guard withBody.isEmpty || withBody == match.methods else {
            sink.error(
                reader.place,
                "\(reader.what) matches methods with and without a body, so it has no default payload; "
                    + "write \"payload\""
            )
            return nil
        }
        return .standard(hasBody: !withBody.isEmpty, path: match.path)
    }
}

extension DiagnosticSink {
    /// Spec: RFC 9110 §5.1
    func isFieldName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { FieldReader.isTokenCharacter($0) }
    }
}
