import MessageWire
import Pipeline

/// Which pattern a route's message carries: one, or one of a list that a reference chooses from.
///
/// Every pattern is compiled when the file is loaded, so a client can never reach a handler that the file does not
/// name.
package struct PatternPlan: Sendable {
    /// More combinations than this are refused at load.
    package static let maxVariants = 256

    /// One place of the pattern that a request decides.
    struct Choice: Sendable {
        let value: ValuePlan
        let options: EnumOptions
    }

    let choices: [Choice]
    /// All combinations; the last choice counts fastest. One, if there is no choice.
    package let variants: [JSONValue]
    package let compiled: [CompiledPattern]
    /// Whether no request decides anything: there is one pattern then. The reverse is not so: of one option there is one
    /// pattern, and a request that asks for another is to be refused.
    package let isFixed: Bool

    init(choices: [Choice], variants: [JSONValue], kind: Route.Kind) {
        self.choices = choices
        self.variants = variants
        isFixed = choices.isEmpty
        compiled = variants.map { kind == .send ? CompiledPattern(send: $0) : CompiledPattern(emit: $0) }
    }

    /// The pattern, when it does not depend on the request.
    package var fixed: CompiledPattern? { isFixed ? compiled.first : nil }

    /// The pattern for one request, as an index into ``compiled`` and ``variants``.
    ///
    /// - Throws: ``PayloadError`` with status 400 for a value outside the `enum`, or for none.
    package func select(
        _ request: RequestView, _ match: RouteMatch, path: PathTemplate, body: JSONBody?
    ) throws(PayloadError) -> Int {
        if isFixed { return 0 }
        let input = RequestInput(request: request, match: match, parameters: path.parameters, body: body)
        var index = 0
        for choice in choices {
            let found = try input.evaluate(choice.value).json
            guard
                let option = found.flatMap({
                    choice.options.index(of: $0, comparesTexts: choice.value.comparesTexts)
                })
            else { throw .invalid(choice.value.name, "Validation failed (enum string is expected)") }
            index = index * choice.options.values.count + option
        }
        return index
    }
}
