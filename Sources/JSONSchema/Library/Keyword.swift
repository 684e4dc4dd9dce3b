/// The keywords of draft 2020-12: where they have schemas in them, and which vocabulary they are of.
///
/// Spec: JSON Schema Core 2020-12 §8, §10, §11; Validation 2020-12 §6-§9
struct Keyword: Sendable {
    /// What a keyword's value has in it.
    enum Content: Sendable {
        case schema
        case list
        case map
        /// A map of schemas and of lists of names.
        case dependencies
        /// No schemas.
        case plain
    }

    let name: String
    let vocabulary: Vocabularies
    let content: Content

    /// All keywords by name.
    static let all: [String: Keyword] = {
        let table: [(Vocabularies, Content, String)] = [
            (.core, .plain, "$id $schema $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment"),
            (.core, .map, "$defs definitions"),
            (.applicator, .list, "allOf anyOf oneOf prefixItems"),
            (.applicator, .schema, "not if then else items contains additionalProperties propertyNames"),
            (.applicator, .map, "properties patternProperties dependentSchemas"),
            (.applicator, .dependencies, "dependencies"),
            (.applicator, .plain, "minContains maxContains"),
            (.unevaluated, .schema, "unevaluatedItems unevaluatedProperties"),
            (
                .validation, .plain,
                """
                type const enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength \
                pattern maxItems minItems uniqueItems maxProperties minProperties required dependentRequired
                """
            ),
            (.formats, .plain, "format"),
            (.annotations, .schema, "contentSchema"),
            (
                .annotations, .plain,
                """
                title description default deprecated readOnly writeOnly examples contentEncoding contentMediaType \
                discriminator xml externalDocs example
                """
            ),
        ]
        var keywords: [String: Keyword] = [:]
        for (vocabulary, content, names) in table {
            for name in names.split(separator: " ").map(String.init) {
                keywords[name] = Keyword(name: name, vocabulary: vocabulary, content: content)
            }
        }
        return keywords
    }()

    /// What to say of keywords of other drafts and dialects, which have no effect here.
    static let foreign: [String: String] = [
        "additionalItems": "draft 2020-12 has \"items\" beside \"prefixItems\" for this",
        "$recursiveRef": "draft 2020-12 has \"$dynamicRef\" for this",
        "$recursiveAnchor": "draft 2020-12 has \"$dynamicAnchor\" for this",
        "id": "draft 2020-12 has \"$id\" for this",
        "nullable": "use \"type\" with \"null\" in its list",
        "divisibleBy": "draft 2020-12 has \"multipleOf\" for this",
        "extends": "draft 2020-12 has \"allOf\" for this",
    ]

    /// The message for a keyword that is not known; nil for extensions (`x-…`), which nobody expects to have an effect.
    static func warning(for name: String) -> String? {
        if name.hasPrefix("x-") { return nil }
        if let hint = foreign[name] { return "\"\(name)\" has no effect: \(hint)" }
        return "unknown keyword \"\(name)\"\(Spelling.clause(for: name, among: all.keys.sorted()))"
    }
}

/// The parts of the vocabulary that a schema's dialect has.
struct Vocabularies: OptionSet, Sendable {
    let rawValue: UInt8

    static let core = Vocabularies(rawValue: 1)
    static let applicator = Vocabularies(rawValue: 2)
    static let unevaluated = Vocabularies(rawValue: 4)
    static let validation = Vocabularies(rawValue: 8)
    static let formatAnnotation = Vocabularies(rawValue: 16)
    static let formatAssertion = Vocabularies(rawValue: 32)
    /// Titles, descriptions, contents.
    static let annotations = Vocabularies(rawValue: 64)

    static let formats: Vocabularies = [.formatAnnotation, .formatAssertion]
    /// What the standard meta-schema has.
    static let standard: Vocabularies = [
        .core, .applicator, .unevaluated, .validation, .formatAnnotation, .annotations,
    ]

    /// The vocabularies by the last part of their URIs.
    static let named: [String: Vocabularies] = [
        "core": .core, "applicator": .applicator, "unevaluated": .unevaluated, "validation": .validation,
        "format-annotation": .formatAnnotation, "format-assertion": .formatAssertion, "meta-data": .annotations,
        "content": .annotations,
    ]
    static let prefix = "https://json-schema.org/draft/2020-12/vocab/"
}
