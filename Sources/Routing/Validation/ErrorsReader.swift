import MessageWire

/// What one place says of errors: `errors:` of the file or a route, or a filter. What is `nil` or missing is left as it was.
struct ErrorRules {
    var format: ErrorSpec.Format?
    var statusFrom: [String]?
    var map: [String: Int] = [:]
    var otherwise: Int?
    var debug: Bool?
    var cases: [ErrorSpec.Case] = []
}

extension ErrorSpec {
    /// With rules that go before these.
    func under(_ rules: ErrorRules) -> ErrorSpec {
        var spec = self
        spec.format = rules.format ?? format
        spec.statusFrom = rules.statusFrom ?? statusFrom
        spec.map.merge(rules.map) { _, new in new }
        spec.otherwise = rules.otherwise ?? otherwise
        spec.debug = rules.debug ?? debug
        spec.cases = rules.cases + cases
        return spec
    }
}

/// Understands `errors:`, of the file or of a route.
struct ErrorsReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode) -> ErrorRules {
        var rules = ErrorRules()
        guard let reader = MappingReader(node, what: "\"errors\"", sink: sink) else { return rules }
        let formats = ErrorSpec.Format.allCases.map(\.rawValue)
        rules.format = reader.word("format", oneOf: formats).flatMap(ErrorSpec.Format.init)
        rules.statusFrom = reader.texts("statusFrom").map { $0.map(\.text) }
        rules.map = reader.take("map").map { map($0) } ?? [:]
        rules.otherwise = reader.take("otherwise").flatMap { sink.integer($0, named: "otherwise", in: 400...599) }
        rules.debug = reader.take("debug").flatMap { sink.bool($0, named: "debug") }
        rules.cases = cases(reader)
        reader.finish()
        return rules
    }

    /// Names of errors and their statuses.
    func map(_ node: SourceNode) -> [String: Int] {
        guard let members = node.members else {
            sink.error(node.place, "\"map\" must be a mapping of names and statuses, not \(node.shown)")
            return [:]
        }
        var map: [String: Int] = [:]
        for member in members {
            map[member.key] = sink.integer(member.value, named: member.key, in: 400...599)
        }
        return map
    }

    /// All statuses with the errors that get them.
    func cases(_ reader: MappingReader) -> [ErrorSpec.Case] {
        var cases: [ErrorSpec.Case] = []
        for member in reader.remaining {
            guard let status = Int(member.key), member.key.utf8.count == 3 else { continue }
            _ = reader.take(member.key)
            guard (400...599).contains(status) else {
                sink.error(member.keyPlace, "an error's status is between 400 and 599, not \(status)")
                continue
            }
            cases += self.cases(member.value, status: status)
        }
        return cases
    }

    /// One case, or a list of them.
    private func cases(_ node: SourceNode, status: Int) -> [ErrorSpec.Case] {
        (node.elements ?? [node]).compactMap { element in
            guard let reader = MappingReader(element, what: "error \(status)", sink: sink) else { return nil }
            let title = reader.text("title")
            var conditions: [JSONValue.Member] = []
            if let when = reader.require("when") {
                if let members = when.members, !members.isEmpty {
                    conditions = members.compactMap { member in
                        sink.json(member.value).map { JSONValue.Member(name: member.key, value: $0) }
                    }
                } else {
                    sink.error(when.place, "\"when\" must name fields of the error and their values, not \(when.shown)")
                }
            }
            reader.finish()
            return conditions.isEmpty ? nil : ErrorSpec.Case(status: status, conditions: conditions, title: title)
        }
    }
}
