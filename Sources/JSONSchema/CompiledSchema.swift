import MessageWire

/// A JSON Schema of draft 2020-12, ready to check values: the schema pipe's rule for a body, a query or a path.
///
/// Compiled when a route file is loaded, then used by all event loops. A check neither blocks nor traps, and its time, its
/// stack and its faults are bounded for every value; what cannot be checked within these bounds is refused.
///
/// Spec: JSON Schema Core and Validation 2020-12
package final class CompiledSchema: Sendable {
    /// What has no effect in the schema: unknown keywords, keywords without the one they belong to, unknown formats.
    package let warnings: [String]
    let plan: SchemaPlan
    private let quick: QuickPlan

    /// Compiles a schema and all it refers to.
    ///
    /// - Parameters:
    ///   - document: the schema; of equal names in an object the last one counts.
    ///   - base: the URI that references in it are relative to; a relative path will do.
    ///   - others: documents that it may refer to, by their absolute URIs. What is not referred to is not looked at.
    ///   - assertsFormats: whether `format` is checked. Otherwise it only describes, unless the schema's own meta-schema
    ///     demands the check.
    /// - Throws: the first thing that is wrong, with its place.
    package init(
        _ document: JSONValue, base: String = "", others: [String: JSONValue] = [:], assertsFormats: Bool = true
    ) throws(SchemaError) {
        let library = SchemaLibrary(document, base: base, others: others)
        let builder = PlanBuilder(library, assertsFormats: assertsFormats)
        plan = try builder.build()
        quick = QuickPlan(plan)
        warnings = builder.warnings.map(\.description)
    }

    /// Whether JSON text is valid, told from the text as it came: a valid one of a common schema is read once, and nothing is
    /// built.
    ///
    /// - Parameter text: checked before; the names of an object are all different.
    /// - Returns: what ``isValid(_:)-(JSONValue)`` says of the value.
    package func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        isSurelyValid(text) || isValid(JSONValue(checked: text))
    }

    /// The quick way alone: `false` says that the text is not valid, or that this way cannot tell.
    func isSurelyValid(_ text: UnsafeRawBufferPointer) -> Bool { QuickCheck.passes(quick, text) }

    /// The same for the parameters of a query.
    func isSurelyValid(query: UnsafeRawBufferPointer) -> Bool { QuickCheck.passes(quick, query: query) }

    /// Whether the value is valid. Ends at the first fault and writes no texts.
    package func isValid(_ value: JSONValue) -> Bool {
        let survey = ValueSurvey(value)
        guard !survey.isTooDeep else { return false }
        return isValid(survey.hasEqualNames ? value.withoutShadowedMembers : value, survey)
    }

    private func isValid(_ value: JSONValue, _ survey: ValueSurvey) -> Bool {
        var evaluation = Evaluation(plan, work: EvaluationLimits.work(for: survey), faultLimit: nil)
        return evaluation.run(value)
    }

    /// Finds what is wrong with the value.
    ///
    /// - Parameters:
    ///   - value: of equal names in an object the last one counts.
    ///   - limit: how many faults to report, at least one.
    /// - Returns: the faults, roughly in the order of the value; none if it is valid.
    package func validate(_ value: JSONValue, limit: Int = 50) -> [SchemaFault] {
        let survey = ValueSurvey(value)
        var evaluation = Evaluation(
            plan, work: EvaluationLimits.work(for: survey), faultLimit: max(limit, 1))
        guard !survey.isTooDeep else {
            evaluation.giveUp(.tooDeep)
            return evaluation.allFaults
        }
        let value = survey.hasEqualNames ? value.withoutShadowedMembers : value
        if isValid(value, survey) { return [] }
        _ = evaluation.run(value)
        let faults = evaluation.allFaults
        guard faults.isEmpty else { return faults }
        // An invalid value must never be taken for a valid one, even if the two ways of a check should ever disagree.
        let location = plan.nodes[plan.root].rules.location
        return [SchemaFault(instance: "", keyword: "", schema: location, message: "value is not valid")]
    }

    /// The documents that a schema refers to and does not contain.
    ///
    /// - Parameters:
    ///   - document: the schema.
    ///   - base: the URI that references in it are relative to.
    /// - Returns: their absolute URIs without fragments, each once, sorted; the meta-schemas of draft 2020-12 are left out.
    package static func externalReferences(of document: JSONValue, base: String) -> [String] {
        SchemaLibrary(document, base: base, others: [:]).missingDocuments().sorted()
    }
}
