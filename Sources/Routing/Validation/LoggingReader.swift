/// Understands `gateway.logging`.
struct LoggingReader {
    let sink: DiagnosticSink

    /// What somebody may look for among the fields, and why it is not there.
    private static let secrets: Set<String> = [
        "query", "url", "uri", "headers", "header", "body", "cookie", "cookies", "authorization", "token", "claims",
        "password",
    ]

    func read(_ node: SourceNode) -> LoggingSettings {
        var settings = LoggingSettings()
        guard let reader = MappingReader(node, what: "\"logging\"", sink: sink) else { return settings }
        settings.access = reader.take("access").flatMap(access)
        settings.level = reader.word("level", oneOf: LogLevelName.allCases.map(\.rawValue))
            .flatMap(LogLevelName.init)
        settings.format = reader.word("format", oneOf: Self.formats).flatMap(AccessLogSettings.Format.init)
        settings.destination = reader.take("to").flatMap(destination)
        reader.finish()
        return settings
    }

    private static let formats = AccessLogSettings.Format.allCases.map(\.rawValue)

    private func access(_ node: SourceNode) -> AccessLineSettings? {
        var settings = AccessLineSettings()
        guard let reader = MappingReader(node, what: "\"access\"", sink: sink) else { return nil }
        if let word = reader.word("format", oneOf: Self.formats + ["none"]) {
            settings.isOff = word == "none"
            settings.format = AccessLogSettings.Format(rawValue: word)
        }
        settings.fields = reader.take("fields").flatMap { fields($0, settings.format ?? .text) }
        if let node = reader.take("sample") {
            settings.sample = sink.percentage(node, named: "sample") ?? settings.sample
        }
        settings.minStatus = reader.integer("minStatus", in: 100...599, default: settings.minStatus)
        settings.destination = reader.take("to").flatMap(destination)
        reader.finish()
        return settings
    }

    /// Names of fields; `default` stands for those that a line has unless they are given.
    private func fields(_ node: SourceNode, _ format: AccessLogSettings.Format) -> [AccessField]? {
        if node.elements?.isEmpty == true {
            sink.error(node.place, "\"fields\" is empty; \"format: none\" writes no lines")
        }
        var fields: [AccessField] = []
        for element in node.elements ?? [node] {
            guard let name = sink.text(element, named: "fields") else { continue }
            if name == "default" {
                let standard = format == .text ? AccessField.standardText : AccessField.standardJSON
                fields += standard.filter { !fields.contains($0) }
            } else if let field = AccessField(rawValue: name) {
                if fields.contains(field) { sink.error(element.place, "field \"\(name)\" stands twice") }
                fields.append(field)
            } else if Self.secrets.contains(name.lowercased()) {
                sink.error(element.place, "\"\(name)\" is never logged: it may hold secrets")
            } else {
                let hint = Suggestion.clause(for: name, among: AccessField.allCases.map(\.rawValue) + ["default"])
                sink.error(element.place, "unknown field \"\(SourceNode.shortened(name))\" in \"fields\"\(hint)")
            }
        }
        return fields.isEmpty ? nil : fields
    }

    /// `stdout`, `stderr`, or a file, seen from the route file that names it.
    private func destination(_ node: SourceNode) -> LogDestination? {
        guard let text = sink.text(node, named: "to") else { return nil }
        switch text {
        case "stdout": return .standardOutput
        case "stderr": return .standardError
        case _ where text.contains("/") && !text.hasSuffix("/"):
            return .file(FilePath.join(FilePath.folder(of: node.place.file), text), node.place)
        default:
            let hint = Suggestion.clause(for: text, among: ["stdout", "stderr"])
            sink.error(
                node.place,
                "\"to\" must be \"stdout\", \"stderr\" or a file such as ./access.log, not \(node.shown)\(hint)")
            return nil
        }
    }
}

extension DiagnosticSink {
    /// `10%`, `0.5%`; from 0 to 1.
    func percentage(_ node: SourceNode, named name: String) -> Double? {
        guard let text = node.scalar?.text, text.hasSuffix("%"),
            case .number(let digits) = CoreScalar(String(text.dropLast())), let value = Double(digits), value >= 0,
            value <= 100
        else {
            error(node.place, "\"\(name)\" must be a share between 0% and 100%, such as 10%, not \(node.shown)")
            return nil
        }
        return value / 100
    }
}
