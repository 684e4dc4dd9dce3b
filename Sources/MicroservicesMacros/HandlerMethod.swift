import SwiftDiagnostics
import SwiftSyntax

/// A method with `@MessagePattern` or `@EventPattern`, read and judged.
struct HandlerMethod {
    let function: FunctionDeclSyntax
    let kind: HandlerKind
    /// The patterns as they are written.
    let patterns: [ExprSyntax]
    /// The handler's own enhancers as they are written.
    let enhancers: String?
    let parameters: [HandlerParameter]
    /// Whether the call has to cross into an actor.
    let isIsolated: Bool

    /// Reads a method; nil when it is no handler.
    ///
    /// - Parameters:
    ///   - function: Any method of a controller.
    ///   - isIsolated: Whether the type's methods belong to an actor.
    ///   - report: Gets what is wrong.
    init?(_ function: FunctionDeclSyntax, isIsolated: Bool, report: (Diagnostic) -> Void) {
        let marks = function.attributes.written.filter { HandlerKind($0) != nil }
        guard let mark = marks.first, let kind = HandlerKind(mark) else { return nil }
        let arguments = Array(mark.arguments?.as(LabeledExprListSyntax.self) ?? [])
        self.function = function
        self.kind = kind
        patterns = arguments.filter { $0.label == nil }.map(\.expression)
        enhancers = arguments.first { $0.label?.text == "use" }?.expression.trimmedDescription
        parameters = function.signature.parameterClause.parameters.map { HandlerParameter($0, report: report) }
        let isFree = function.modifiers.contains { $0.name.tokenKind == .keyword(.nonisolated) }
        self.isIsolated = (isIsolated && !isFree) || function.attributes.hasGlobalActor
        if patterns.isEmpty {
            let text = "'@\(kind.attribute)' needs a pattern: '@\(kind.attribute)(\"order_paid\")'"
            report(Finding("noPattern", text).at(mark))
        }
        for second in marks.dropFirst() {
            let text = "a method is one handler; put all of its patterns into one '@\(kind.attribute)'"
            report(Finding("secondMark", text).at(second))
        }
        check(report)
    }

    private func check(_ report: (Diagnostic) -> Void) {
        for modifier in function.modifiers {
            let text: String
            switch modifier.name.tokenKind {
            case .keyword(.static), .keyword(.class):
                text = "a handler is a method of an instance, and cannot be '\(modifier.name.text)'"
            case .keyword(.mutating):
                text = "a handler cannot be 'mutating': it runs for several messages at once; keep state in an actor"
            default: continue
            }
            let remedy = Remedy("removeModifier", "remove '\(modifier.name.text)'")
            report(
                Finding("modifier", text)
                    .at(modifier, fixIts: [remedy.replacing(function, by: function.without(modifier))]))
        }
        if let generics = function.genericParameterClause {
            report(Finding("generic", "a handler cannot be generic: its payload is of one type").at(generics))
        }
        let payloads = parameters.filter { if case .payload = $0.role { true } else { false } }
        for payload in payloads {
            guard case .payload(let type, _) = payload.role, type.hasPrefix("some ") else { continue }
            report(Finding("generic", "a handler cannot be generic: its payload is of one type").at(payload.syntax))
        }
        for second in payloads.dropFirst() {
            let text = "a handler has one payload; take a 'Decodable' type that holds both"
            report(Finding("secondPayload", text).at(second.syntax))
        }
    }

    // MARK: Expansion

    /// The call that registers it.
    var registration: String {
        let payload = parameters.lazy.compactMap { parameter -> (type: String, part: String?)? in
            guard case .payload(let type, let part) = parameter.role else { return nil }
            return (type, part)
        }.first
        var arguments = [".\(kind)", "[\(patterns.map(\.trimmedDescription).joined(separator: ", "))]"]
        if let payload {
            if let part = payload.part { arguments.append("payload: \(part)") }
        } else {
            arguments.append("payload: .ignored")
        }
        if let enhancers { arguments.append("use: \(enhancers)") }
        let usesContext = parameters.contains { if case .payload = $0.role { false } else { true } }
        let closure = [
            "controller", payload.map { "payload: \($0.type)" } ?? "_", usesContext ? "context" : "_",
        ].joined(separator: ", ")
        let call = parameters.map { $0.label + $0.argument }.joined(separator: ", ")
        return """
            handlers.\(hasResult ? "answer" : "handle")(\(arguments.joined(separator: ", "))) { (\(closure)) in
                \(effects)controller.\(function.name.text)(\(call))
            }
            """
    }

    private var hasResult: Bool {
        guard let type = function.signature.returnClause?.type.trimmedDescription else { return false }
        return !["Void", "()", "Swift.Void"].contains(type)
    }

    private var effects: String {
        let specifiers = function.signature.effectSpecifiers
        let mustAwait = specifiers?.asyncSpecifier != nil || isIsolated
        return (specifiers?.throwsClause != nil ? "try " : "") + (mustAwait ? "await " : "")
    }
}

extension FunctionDeclSyntax {
    /// The same without one of its modifiers; what stood before the modifier stays.
    func without(_ modifier: DeclModifierSyntax) -> FunctionDeclSyntax {
        var copy = self
        copy.modifiers = modifiers.filter { $0.name.tokenKind != modifier.name.tokenKind }
        if modifiers.first?.name.tokenKind == modifier.name.tokenKind {
            if copy.modifiers.isEmpty {
                copy.funcKeyword.leadingTrivia = modifier.leadingTrivia
            } else {
                copy.modifiers.leadingTrivia = modifier.leadingTrivia
            }
        }
        return copy
    }
}
