import MessageWire

/// The part of a schema that can be checked while a JSON text is read once: the commonest keywords, in memory that is
/// read without counting references.
///
/// `@unchecked Sendable`: written by `init` alone.
final class QuickPlan: @unchecked Sendable {
    /// A schema. Numbers of nodes are those of the whole plan.
    struct Node {
        /// Whether all that the schema asks stands here; otherwise nothing is known of its values.
        var isKnown = false
        var types = JSONTypes.all
        var number = NumberBounds()
        var minLength = 0
        var maxLength = Int.max
        /// Places in ``patterns`` and ``formats``, or -1.
        var pattern = -1
        var format = -1
        var minItems = 0
        var maxItems = Int.max
        /// The schema of all elements, or ``anything``.
        var items = QuickPlan.anything
        /// Places in ``properties``.
        var properties = 0..<0
        /// A bit for each property that must be there.
        var required: UInt64 = 0
        /// The schema of all other members, ``anything`` or ``nothing``.
        var additional = QuickPlan.anything
        var minProperties = 0
        var maxProperties = Int.max
        /// Places in ``choices``; `nil` takes every string.
        var choices: Range<Int>?
        /// Whether anything is asked of strings.
        var hasTextRules = false
        /// Whether more is asked than a length.
        var asksContent = false
    }

    /// Integers that a number lies between, those included.
    struct NumberBounds {
        var min = Int64.min
        var max = Int64.max
        var isOpen: Bool { min == .min && max == .max }
    }

    /// A text of the schema.
    struct Text {
        /// Where it stands in ``bytes``.
        let range: Range<Int>
        /// Its first eight bytes, the first lowest, zeros behind its end.
        let start: UInt64
    }

    /// A name and what its value must meet.
    struct Property {
        let name: Text
        let node: Int
    }

    static let anything = -1
    static let nothing = -2
    /// One bit each.
    static let maxProperties = 64

    let root: Int
    let nodes: UnsafeMutableBufferPointer<Node>
    let properties: UnsafeMutableBufferPointer<Property>
    let choices: UnsafeMutableBufferPointer<Text>
    /// The texts of names and choices.
    let bytes: UnsafeMutableRawBufferPointer
    let patterns: [TextPattern]
    let formats: [Format]

    /// - Parameter plan: the whole plan.
    init(_ plan: SchemaPlan) {
        var builder = QuickPlanBuilder(plan)
        builder.build()
        root = builder.resolved(plan.root)
        nodes = .allocate(capacity: builder.nodes.count)
        _ = nodes.initialize(from: builder.nodes)
        properties = .allocate(capacity: max(builder.properties.count, 1))
        _ = properties.initialize(from: builder.properties)
        choices = .allocate(capacity: max(builder.choices.count, 1))
        _ = choices.initialize(from: builder.choices)
        bytes = .allocate(byteCount: max(builder.bytes.count, 1), alignment: 1)
        bytes.copyBytes(from: builder.bytes)
        patterns = builder.patterns
        formats = builder.formats
    }

    deinit {
        nodes.deallocate()
        properties.deallocate()
        choices.deallocate()
        bytes.deallocate()
    }
}

/// Takes out of a plan what ``QuickPlan`` can hold.
struct QuickPlanBuilder {
    private let plan: SchemaPlan
    private(set) var nodes: [QuickPlan.Node] = []
    private(set) var properties: [QuickPlan.Property] = []
    private(set) var choices: [QuickPlan.Text] = []
    private(set) var bytes: [UInt8] = []
    private(set) var patterns: [TextPattern] = []
    private(set) var formats: [Format] = []

    init(_ plan: SchemaPlan) { self.plan = plan }

    mutating func build() {
        for node in plan.nodes { nodes.append(quick(node.rules) ?? QuickPlan.Node()) }
    }

    /// Where a schema leads that is a reference and nothing else; there are no loops.
    func resolved(_ number: Int) -> Int {
        var number = number
        while isReference(plan.nodes[number].rules),
            case .reference(let target)? = plan.nodes[number].rules.applicators.first
        {
            number = target
        }
        return number
    }

    private func isReference(_ rules: NodeRules) -> Bool {
        rules.verdict == nil && rules.types == .all && rules.constant == nil && rules.choices == nil
            && rules.number == nil
            && rules.text == nil && rules.array == nil && rules.object == nil && rules.applicators.count == 1
            && rules.unevaluatedItems == nil && rules.unevaluatedProperties == nil
    }

    /// - Returns: `nil` when the schema asks for something that is not known here.
    private mutating func quick(_ rules: NodeRules) -> QuickPlan.Node? {
        guard rules.verdict != false, rules.applicators.isEmpty, rules.unevaluatedItems == nil,
            rules.unevaluatedProperties == nil
        else { return nil }
        var node = QuickPlan.Node(isKnown: true, types: rules.types)
        guard put(rules.choices?.values ?? rules.constant.map { [$0] }, into: &node),
            rules.choices == nil || rules.constant == nil
        else { return nil }
        if let number = rules.number?.value, !put(number, into: &node) { return nil }
        if let text = rules.text?.value { put(text, into: &node) }
        if let array = rules.array?.value, !put(array, into: &node) { return nil }
        if let object = rules.object?.value, !put(object, into: &node) { return nil }
        node.asksContent = node.pattern >= 0 || node.format >= 0 || node.choices != nil
        node.hasTextRules = node.minLength > 0 || node.maxLength != .max || node.asksContent
        return node
    }

    /// Choices among strings.
    private mutating func put(_ values: [JSONValue]?, into node: inout QuickPlan.Node) -> Bool {
        guard let values else { return true }
        let texts = values.compactMap(\.stringValue)
        guard texts.count == values.count else { return false }
        let start = choices.count
        for text in texts { choices.append(keep(text)) }
        node.choices = start..<choices.count
        node.types.formIntersection(.string)
        return true
    }

    private func put(_ number: NumberRules, into node: inout QuickPlan.Node) -> Bool {
        guard number.multipleOf == nil else { return false }
        for (bound, isMin, isExclusive) in [
            (number.minimum, true, false), (number.exclusiveMinimum, true, true), (number.maximum, false, false),
            (number.exclusiveMaximum, false, true),
        ] {
            guard let bound else { continue }
            // With fractions about, "greater than 1" is no bound of integers.
            guard let value = Int64(bound.text), !isExclusive || node.types.isDisjoint(with: .fraction),
                value.magnitude < 1 << 60
            else { return false }
            if isMin {
                node.number.min = max(node.number.min, isExclusive ? value + 1 : value)
            } else {
                node.number.max = min(node.number.max, isExclusive ? value - 1 : value)
            }
        }
        return true
    }

    private mutating func put(_ text: TextRules, into node: inout QuickPlan.Node) {
        node.minLength = text.minLength
        node.maxLength = text.maxLength ?? .max
        if let pattern = text.pattern {
            node.pattern = patterns.count
            patterns.append(pattern)
        }
        if let format = text.format {
            node.format = formats.count
            formats.append(format)
        }
    }

    private func put(_ array: ArrayRules, into node: inout QuickPlan.Node) -> Bool {
        guard !array.isUnique, array.prefix.isEmpty, array.contains == nil else { return false }
        node.minItems = array.minItems
        node.maxItems = array.maxItems ?? .max
        if let items = array.items { node.items = resolved(items) }
        return true
    }

    private mutating func put(_ object: ObjectRules, into node: inout QuickPlan.Node) -> Bool {
        guard object.patterns.isEmpty, object.propertyNames == nil, object.dependencies.isEmpty,
            object.names.names.count <= QuickPlan.maxProperties
        else { return false }
        node.minProperties = object.minProperties
        node.maxProperties = object.maxProperties ?? .max
        if let additional = object.additional {
            node.additional = plan.nodes[additional].rules.verdict == false ? QuickPlan.nothing : resolved(additional)
        }
        let start = properties.count
        for (name, property) in zip(object.names.names, object.properties) {
            // A name that is only required is one of the others to `additionalProperties`.
            let target = property.map { resolved($0) } ?? node.additional
            properties.append(QuickPlan.Property(name: keep(name), node: target))
        }
        node.properties = start..<properties.count
        for name in object.requiredList { node.required |= 1 << UInt64(name) }
        return true
    }

    private mutating func keep(_ text: String) -> QuickPlan.Text {
        let first = bytes.count
        bytes += text.utf8
        let start = text.utf8.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return QuickPlan.Text(range: first..<bytes.count, start: start)
    }
}
