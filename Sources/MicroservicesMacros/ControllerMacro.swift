import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Controller`: reads the marks on a type's methods and writes the conformance to `Controller`, one registration for each.
///
/// A macro sees the text alone. It knows an actor by its keyword, a global actor by its name, and leaves it to the compiler whether
/// a payload is `Decodable`, and whether a result is a value or a sequence.
enum ControllerMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol, conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard isSuitable(declaration, node, context) else { return [] }
        var isSound = true
        let report: (Diagnostic) -> Void = { finding in
            if finding.diagMessage.severity == .error { isSound = false }
            context.diagnose(finding)
        }
        let isIsolated = declaration.is(ActorDeclSyntax.self) || declaration.attributes.hasGlobalActor
        let methods = declaration.memberBlock.members.compactMap { member -> HandlerMethod? in
            reportHidden(member.decl, report)
            return member.decl.as(FunctionDeclSyntax.self).flatMap {
                HandlerMethod($0, isIsolated: isIsolated, report: report)
            }
        }
        if methods.isEmpty, isSound { report(Finding.noHandlers.at(node)) }
        reportTwins(methods, report)
        // The conformance is written even if something is wrong: one mistake, one message.
        let registrations = isSound ? methods.map(\.registration) : []
        let access = access(of: declaration, within: context.lexicalContext)
        return [try conformance(of: type, access, node, registrations, protocols)]
    }

    private static func conformance(
        of type: some TypeSyntaxProtocol, _ access: String, _ node: AttributeSyntax, _ registrations: [String],
        _ protocols: [TypeSyntax]
    ) throws -> ExtensionDeclSyntax {
        let name = type.trimmedDescription
        let enhancers = node.arguments?.as(LabeledExprListSyntax.self)?.first?.expression.trimmedDescription
        var body = registrations
        if let enhancers, !registrations.isEmpty {
            body.insert("let handlers = handlers.within(\(enhancers))", at: 0)
        }
        let lines = body.map { ("\n" + $0).replacing("\n", with: "\n        ") }.joined()
        let clause = protocols.isEmpty ? "" : ": Microservices.Controller"
        return try ExtensionDeclSyntax(
            """
            extension \(raw: name)\(raw: clause) {
                \(raw: access)nonisolated static func register(on handlers: Microservices.ControllerHandlers<\(raw: name)>) {\(raw: lines)
                }
            }
            """)
    }

    /// The conformance is as visible as the type, with its blank; a type is no more visible than those around it.
    private static func access(of declaration: some DeclGroupSyntax, within context: [Syntax]) -> String {
        let scopes = context.compactMap { $0.asProtocol((any WithModifiersSyntax).self)?.modifiers }
        let outer = scopes.joined().map(\.name.tokenKind)
        let own = declaration.modifiers.map(\.name.tokenKind)
        if (own + outer).contains(where: { $0 == .keyword(.private) || $0 == .keyword(.fileprivate) }) {
            return "fileprivate "
        }
        if own.contains(.keyword(.public)) { return "public " }
        return own.contains(.keyword(.package)) ? "package " : ""
    }

    private static func isSuitable(
        _ declaration: some DeclGroupSyntax, _ node: AttributeSyntax, _ context: some MacroExpansionContext
    ) -> Bool {
        let isPrivate = declaration.modifiers.first { $0.name.tokenKind == .keyword(.private) }
        if let isPrivate, !context.lexicalContext.isEmpty {
            let text = "a controller within another type cannot be 'private': its extension would not see it"
            let remedy = Remedy("makeFileprivate", "make it 'fileprivate'")
                .replacing(isPrivate.name, by: isPrivate.name.with(\.tokenKind, .keyword(.fileprivate)))
            context.diagnose(Finding("hiddenType", text).at(isPrivate, fixIts: [remedy]))
            return false
        }
        if declaration.is(StructDeclSyntax.self) || declaration.is(ActorDeclSyntax.self) { return true }
        guard let type = declaration.as(ClassDeclSyntax.self) else {
            let text = "'@Controller' belongs on a struct, a final class or an actor"
            context.diagnose(Finding("unsuitableType", text).at(node))
            return false
        }
        guard !type.modifiers.contains(where: { $0.name.tokenKind == .keyword(.final) }) else { return true }
        let word = type.classKeyword
        let fixed = word.with(\.tokenKind, .identifier("final class"))
        context.diagnose(
            Finding("notFinal", "a controller that is a class must be 'final'")
                .at(word, fixIts: [Remedy("addFinal", "add 'final'").replacing(word, by: fixed)]))
        return false
    }

    /// Of two message handlers for one pattern the first is never called. What looks different may still be the same pattern;
    /// the service says so when it starts.
    private static func reportTwins(_ methods: [HandlerMethod], _ report: (Diagnostic) -> Void) {
        var seen: Set<String> = []
        for pattern in methods.filter({ $0.kind == .message }).flatMap(\.patterns) {
            guard !seen.insert(pattern.trimmedDescription).inserted else { continue }
            report(Finding.twin.at(pattern))
        }
    }

    /// A handler behind `#if` would never be registered.
    private static func reportHidden(_ declaration: DeclSyntax, _ report: (Diagnostic) -> Void) {
        guard let condition = declaration.as(IfConfigDeclSyntax.self) else { return }
        for clause in condition.clauses {
            for member in clause.elements?.as(MemberBlockItemListSyntax.self) ?? [] {
                reportHidden(member.decl, report)
                let attributes = member.decl.as(FunctionDeclSyntax.self)?.attributes.written ?? []
                guard let mark = attributes.first(where: { HandlerKind($0) != nil }) else { continue }
                let text = "'@Controller' does not see handlers in '#if'; put them outside"
                report(Finding("conditional", text).at(mark))
            }
        }
    }
}

extension Finding {
    /// Nothing stops it, but nobody means it.
    static let noHandlers = Finding(
        "noHandlers", "this controller has no handlers; mark methods with '@MessagePattern' or '@EventPattern'",
        severity: .warning)
    static let twin = Finding(
        "twin", "another method of this controller answers this pattern; only the last of them is called",
        severity: .warning)
}
