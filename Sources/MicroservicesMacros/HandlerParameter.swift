import SwiftDiagnostics
import SwiftSyntax

/// One parameter of a handler, and what the call gives to it.
struct HandlerParameter {
    enum Role {
        case payload(type: String, part: String?)
        case context
        case requestContext
    }

    let syntax: FunctionParameterSyntax
    let role: Role

    /// How the call names it, with the colon.
    var label: String { syntax.firstName.text == "_" ? "" : "\(syntax.firstName.text): " }

    /// What the call passes.
    var argument: String {
        switch role {
        case .payload: "payload"
        case .context: "context"
        case .requestContext: "Microservices.RequestContext(context)"
        }
    }

    /// Reads a parameter.
    ///
    /// - Parameters:
    ///   - syntax: As it is written.
    ///   - report: Gets what is wrong with it.
    init(_ syntax: FunctionParameterSyntax, report: (Diagnostic) -> Void) {
        self.syntax = syntax
        let attributed = syntax.type.as(AttributedTypeSyntax.self)
        let type = attributed?.baseType ?? syntax.type
        let named = (type.as(OptionalTypeSyntax.self)?.wrappedType ?? type).lastName
        Self.check(syntax, attributed, report)
        if named == "RequestContext" {
            role = .requestContext
        } else if named == "MessageContext" || syntax.attributes.has("Ctx") {
            role = .context
        } else {
            role = .payload(type: type.trimmedDescription, part: Self.part(syntax, report))
        }
    }

    private static func check(
        _ syntax: FunctionParameterSyntax, _ attributed: AttributedTypeSyntax?, _ report: (Diagnostic) -> Void
    ) {
        if let specifier = attributed?.specifiers.first(where: { $0.trimmedDescription == "inout" }), let attributed {
            var plain = attributed
            plain.specifiers = []
            plain.leadingTrivia = attributed.leadingTrivia
            report(
                Finding("inout", "a handler's parameter cannot be 'inout': nobody would see the change")
                    .at(specifier, fixIts: [Remedy("removeInout", "remove 'inout'").replacing(attributed, by: plain)]))
        }
        if let value = syntax.defaultValue {
            var plain = syntax
            plain.defaultValue = nil
            plain.type.trailingTrivia = []
            let text = "a handler's parameter has no default value; take an optional for a payload that may be missing"
            report(
                Finding("defaultValue", text)
                    .at(value, fixIts: [Remedy("removeDefault", "remove the default").replacing(syntax, by: plain)]))
        }
        if let ellipsis = syntax.ellipsis {
            report(Finding("variadic", "a handler's parameter cannot be variadic; take an array").at(ellipsis))
        }
    }

    /// The argument of `@Payload`, as what `payload:` is given.
    private static func part(_ syntax: FunctionParameterSyntax, _ report: (Diagnostic) -> Void) -> String? {
        let mark = syntax.attributes.written.first { $0.attributeName.lastName == "Payload" }
        guard let expression = mark?.arguments?.as(LabeledExprListSyntax.self)?.first?.expression else { return nil }
        if let path = expression.as(KeyPathExprSyntax.self) {
            if path.root == nil {
                report(
                    Finding("rootlessKeyPath", #"name the payload's type in the key path: '\Order.id'"#).at(expression))
            }
            return ".at(\(expression.trimmedDescription))"
        }
        guard !expression.is(StringLiteralExprSyntax.self) else { return expression.trimmedDescription }
        return ".member(\(expression.trimmedDescription))"
    }
}
