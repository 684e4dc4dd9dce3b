/// Understands `consumes:`: a list of formats, `multipart` with its rules.
struct ConsumesReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode) -> BodyFormats {
        var formats = BodyFormats(formats: [], multipart: MultipartRules(parts: []))
        let names = BodyFormats.Format.allCases.map(\.rawValue)
        let elements = node.elements ?? [node]
        if elements.isEmpty { sink.error(node.place, "\"consumes\" is empty") }
        for element in elements {
            var format: BodyFormats.Format?
            if let members = element.members, members.count == 1, members[0].key == "multipart" {
                format = .multipart
                formats.multipart = rules(members[0].value)
            } else if let word = sink.word(element, named: "consumes", oneOf: names) {
                format = BodyFormats.Format(rawValue: word)
                if format == .multipart {
                    sink.error(
                        element.place, "\"multipart\" needs a rule for each part: multipart: { parts: { title: text } }"
                    )
                }
            }
            if let format, !formats.formats.insert(format) {
                sink.error(element.place, "\"\(format.rawValue)\" is named twice")
            }
        }
        return formats
    }

    private func rules(_ node: SourceNode) -> MultipartRules {
        var rules = MultipartRules(parts: [])
        guard let reader = MappingReader(node, what: "\"multipart\"", sink: sink) else { return rules }
        if let parts = reader.require("parts") {
            guard let members = parts.members, !members.isEmpty else {
                sink.error(parts.place, "\"parts\" must be a mapping of names and rules, not \(parts.shown)")
                return rules
            }
            rules.parts = members.compactMap(part)
        }
        reader.finish()
        return rules
    }

    private func part(_ member: SourceNode.Member) -> MultipartRules.Part? {
        let shown = SourceNode.shortened(member.key)
        let forms = MultipartRules.Form.allCases.map(\.rawValue)
        guard member.key != "__proto__", member.key != "constructor" else {
            sink.error(member.keyPlace, "\"\(shown)\" cannot be the name of a part")
            return nil
        }
        if member.value.scalar != nil {
            guard let word = sink.word(member.value, named: shown, oneOf: forms),
                let form = MultipartRules.Form(rawValue: word)
            else { return nil }
            return .init(name: member.key, form: form, max: .max, isRequired: false)
        }
        guard let reader = MappingReader(member.value, what: "part \"\(shown)\"", sink: sink) else { return nil }
        let form = reader.require("as").flatMap { sink.word($0, named: "as", oneOf: forms) }
        let max = reader.size("max", in: 1...(1 << 30), default: .max)
        let isRequired = reader.bool("required", default: false)
        reader.finish()
        return form.flatMap { MultipartRules.Form(rawValue: $0) }.map {
            .init(name: member.key, form: $0, max: max, isRequired: isRequired)
        }
    }
}
