import MessageWire

/// A schema as it is evaluated: what has to be asked of a value, grouped by the kind of value it applies to.
///
/// Nodes refer to each other by their numbers in the plan, as schemas may refer to themselves.
final class SchemaNode: Sendable {
    let rules: NodeRules

    init(_ rules: NodeRules) { self.rules = rules }
}

/// The content of a node.
struct NodeRules: Sendable {
    /// URI of the schema, its pointer included.
    let location: String
    /// The keyword that led here, for the schema `false`.
    let label: String
    /// Number of the schema's resource, for dynamic references.
    let resource: Int
    /// What the schemas `true` and `false` say.
    var verdict: Bool?
    var types: JSONTypes = .all
    var constant: JSONValue?
    var choices: Choices?
    var number: Shared<NumberRules>?
    var text: Shared<TextRules>?
    var array: Shared<ArrayRules>?
    var object: Shared<ObjectRules>?
    /// Schemas that the same value has to meet, in the order they are evaluated.
    var applicators: [Applicator] = []
    var unevaluatedItems: Int?
    var unevaluatedProperties: Int?

    init(location: String, label: String, resource: Int) {
        self.location = location
        self.label = label
        self.resource = resource
    }
}

/// Keeps rules in one place: they are read through a reference and never copied.
final class Shared<Value: Sendable>: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

/// Schemas that apply to the value itself. Integers are nodes.
enum Applicator: Sendable {
    case reference(Int)
    case dynamicReference(DynamicReference)
    case all([Int])
    case any([Int])
    case one([Int])
    case not(Int)
    case condition(Condition)

    struct Condition: Sendable {
        let test: Int
        let then: Int?
        let otherwise: Int?
    }
}

/// `$dynamicRef`, which leads to the outermost resource that has the anchor.
struct DynamicReference: Sendable {
    /// Where it leads without any.
    let target: Int
    /// The nodes of the anchor by the numbers of their resources; empty if it behaves as `$ref`.
    var anchors: [Int: Int] = [:]
}

/// The values of `enum`.
struct Choices: Sendable {
    /// Up to here values are compared one by one.
    private static let maxCompared = 8

    let values: [JSONValue]
    private let hashed: Set<CanonicalValue>

    init(_ values: [JSONValue]) {
        self.values = values
        hashed = values.count > Self.maxCompared ? Set(values.map { CanonicalValue(value: $0) }) : []
    }

    func contains(_ value: JSONValue) -> Bool {
        guard hashed.isEmpty else { return hashed.contains(CanonicalValue(value: value)) }
        return values.contains { CanonicalValue.areEqual($0, value) }
    }
}

/// What is asked of numbers. The texts are the schema's own, for messages.
struct NumberRules: Sendable {
    /// A number as the schema has it.
    struct Bound: Sendable {
        let text: String
        let value: DecimalNumber
    }

    var maximum: Bound?
    var exclusiveMaximum: Bound?
    var minimum: Bound?
    var exclusiveMinimum: Bound?
    var multipleOf: Bound?
}

/// What is asked of strings. Lengths count code points.
struct TextRules: Sendable {
    var minLength = 0
    var maxLength: Int?
    var pattern: TextPattern?
    var format: Format?
}

/// What is asked of arrays.
struct ArrayRules: Sendable {
    /// `contains` with its counts.
    struct Contains: Sendable {
        let node: Int
        let min: Int
        let max: Int?
    }

    var minItems = 0
    var maxItems: Int?
    var isUnique = false
    var prefix: [Int] = []
    var items: Int?
    var contains: Contains?
}

/// What is asked of objects.
struct ObjectRules: Sendable {
    /// `patternProperties`, one of them.
    struct PatternRule: Sendable {
        let pattern: TextPattern
        let node: Int
    }

    /// What must be there if a name is there.
    struct Dependency: Sendable {
        let trigger: Int
        var names: NumberSet = NumberSet()
        /// The names again, for messages.
        var list: [Int] = []
        var node: Int?
        /// The keyword it comes from.
        let keyword: String
    }

    /// All names that the schema speaks of.
    var names = NameTable([])
    /// For each name the node of its property.
    var properties: [Int?] = []
    var required = NumberSet()
    /// `required` again, for messages.
    var requiredList: [Int] = []
    var patterns: [PatternRule] = []
    var additional: Int?
    var propertyNames: Int?
    var minProperties = 0
    var maxProperties: Int?
    var dependencies: [Dependency] = []
}
