import MessageWire

/// Understands `pattern:` and writes out all its variants.
struct PatternReader {
    let sink: DiagnosticSink
    let payload: PayloadReader

    func read(_ node: SourceNode, kind: Route.Kind) -> PatternPlan? {
        let faultsBefore = sink.faultCount
        var choices: [PatternPlan.Choice] = []
        guard let shape = shape(node, &choices), sink.faultCount == faultsBefore else { return nil }
        if case .fixed(let value) = shape, !isPattern(value, at: node) { return nil }
        let count = choices.reduce(1) { $0 > PatternPlan.maxVariants ? $0 : $0 * $1.options.values.count }
        guard count <= PatternPlan.maxVariants else {
            sink.error(node.place, "the pattern has more than \(PatternPlan.maxVariants) variants")
            return nil
        }
        let variants = (0..<count).map { number in
            var rest = number
            var picked: [JSONValue] = []
            for choice in choices.reversed() {
                let options = choice.options.values
                picked.append(options[rest % options.count])
                rest /= options.count
            }
            return shape.filled(picked.reversed())
        }
        return PatternPlan(choices: choices, variants: variants, kind: kind)
    }

    /// Spec: docs/wire-protocol.md, Patterns
    private func isPattern(_ value: JSONValue, at node: SourceNode) -> Bool {
        switch value {
        case .string, .number, .object: return true
        case .null, .bool, .array:
            sink.error(node.place, Self.kinds + node.shown)
            return false
        }
    }

    private static let kinds = "a pattern is a text, a number or a mapping, not "

    /// A pattern with holes.
    private indirect enum Shape {
        case fixed(JSONValue)
        case hole(Int)
        case object([(name: String, shape: Shape)])

        func filled(_ values: [JSONValue]) -> JSONValue {
            switch self {
            case .fixed(let value): value
            case .hole(let index): values[index]
            case .object(let members): .object(members.map { .init(name: $0.name, value: $0.shape.filled(values)) })
            }
        }
    }

    private func shape(_ node: SourceNode, _ choices: inout [PatternPlan.Choice]) -> Shape? {
        switch node.content {
        case .scalar(let scalar):
            switch ReferenceText(scalar) {
            case .literal: return sink.json(node).map { .fixed($0) }
            case .escaped(let text): return .fixed(.string(text))
            case .reference, .substituted:
                sink.error(
                    node.place,
                    "a reference in a pattern needs an \"enum\" beside it: { from: \(scalar.written), enum: [...] }")
                return nil
            }
        case .sequence:
            // Nest's type of patterns has no lists, and its normal form makes an object of one: `[a]` is `{ "0": a }` to it.
            sink.error(node.place, Self.kinds + "a list")
            return nil
        case .mapping(let members):
            if payload.isLongForm(members) { return hole(node, &choices) }
            var shapes: [(name: String, shape: Shape)] = []
            for member in members {
                guard let shape = shape(member.value, &choices) else { continue }
                shapes.append((member.key, shape))
            }
            return shapes.count == members.count ? folded(.object(shapes)) : nil
        }
    }

    private func folded(_ shape: Shape) -> Shape {
        guard case .object(let members) = shape else { return shape }
        for member in members {
            guard case .fixed = member.shape else { return shape }
        }
        return .fixed(shape.filled([]))
    }

    private func hole(_ node: SourceNode, _ choices: inout [PatternPlan.Choice]) -> Shape? {
        guard let list = node["enum"] else {
            sink.error(node.place, "a reference in a pattern needs an \"enum\" beside it")
            return nil
        }
        guard var plan = payload.longForm(node), let options = plan.choices else { return nil }
        if plan.isAll {
            sink.error(node.place, "a reference in a pattern has one value, so not \"all: true\"")
            return nil
        }
        guard Set(options.values.map(\.scalarText)).count == options.values.count else {
            sink.error(list.place, "the \"enum\" of a pattern lists different texts or numbers")
            return nil
        }
        // The choice compares by itself, and a missing value must not pass.
        plan.choices = nil
        choices.append(PatternPlan.Choice(value: plan, options: options))
        return .hole(choices.count - 1)
    }
}
