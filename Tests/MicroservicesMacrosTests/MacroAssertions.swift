import SwiftSyntax
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@testable import MicroservicesMacros

private let specs: [String: MacroSpec] = [
    "Controller": MacroSpec(
        type: ControllerMacro.self,
        conformances: [TypeSyntax(IdentifierTypeSyntax(name: .identifier("Controller")))]),
    "MessagePattern": MacroSpec(type: MessagePatternMacro.self),
    "EventPattern": MacroSpec(type: EventPatternMacro.self),
]

/// Expects what the macros make of a source.
func expectExpansion(
    _ source: String, _ expanded: String, _ diagnostics: [DiagnosticSpec] = [],
    at location: Testing.SourceLocation = #_sourceLocation
) {
    assertMacroExpansion(
        source, expandedSource: expanded, diagnostics: diagnostics, macroSpecs: specs,
        failureHandler: { Issue.record("\($0.message)", sourceLocation: location) })
}

/// Expects one finding in a controller, and what the fix-it makes of the source.
///
/// - Parameters:
///   - message: The finding's words.
///   - member: A member of the controller, on the third line.
///   - column: Where the finding points to in that line.
///   - fixIt: The words of the remedy.
///   - fixed: The member after it.
///   - location: The test.
func expectFinding(
    _ message: String, in member: String, column: Int, fixIt: String? = nil, fixed: String? = nil,
    at location: Testing.SourceLocation = #_sourceLocation
) {
    func type(_ member: String) -> String { "struct C {\n    \(member)\n}" }
    let plain = member.replacing(#/@(Message|Event)Pattern(\([^)]*\))? /#, with: "")
    let expanded = """
        \(type(plain))

        extension C: Microservices.Controller {
            nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
            }
        }
        """
    let fixIts = fixIt.map { [FixItSpec(message: $0)] } ?? []
    assertMacroExpansion(
        "@Controller\n" + type(member), expandedSource: expanded,
        diagnostics: [DiagnosticSpec(message: message, line: 3, column: column, fixIts: fixIts)], macroSpecs: specs,
        applyFixIts: fixIt.map { [$0] }, fixedSource: fixed.map { "@Controller\n" + type($0) },
        failureHandler: { Issue.record("\($0.message)", sourceLocation: location) })
}
