import MessageWire

/// Understands `errors:`, of the file or of a route.
struct ErrorsReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode, over base: ErrorSpec) -> ErrorSpec {
        var spec = base
        guard let reader = MappingReader(node, what: "\"errors\"", sink: sink) else { return spec }
        let formats = ErrorSpec.Format.allCases.map(\.rawValue)
        if let word = reader.word("format", oneOf: formats), let format = ErrorSpec.Format(rawValue: word) {
            spec.format = format
        }
        if let names = reader.texts("statusFrom") { spec.statusFrom = names.map(\.text) }
        if let node = reader.take("map") {
            spec.map.merge(map(node), uniquingKeysWith: { _, new in new })
        }
        if let node = reader.take("otherwise") {
            spec.otherwise = sink.integer(node, named: "otherwise", in: 400...599) ?? spec.otherwise
        }
        spec.debug = reader.bool("debug", default: base.debug)
        spec.cases = cases(reader) + base.cases
        reader.finish()
        return spec
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
