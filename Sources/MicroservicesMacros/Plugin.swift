import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// What the compiler asks for the macros of `Microservices`.
@main struct Plugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [ControllerMacro.self, MessagePatternMacro.self, EventPatternMacro.self]
}
