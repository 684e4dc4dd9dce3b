import SwiftDiagnostics
import SwiftSyntax

/// What is wrong with a controller or a handler, in a sentence that says what to do.
struct Finding: DiagnosticMessage {
    /// A name for it that stays the same.
    let id: String
    let message: String
    let severity: DiagnosticSeverity

    init(_ id: String, _ message: String, severity: DiagnosticSeverity = .error) {
        self.id = id
        self.message = message
        self.severity = severity
    }

    var diagnosticID: MessageID { MessageID(domain: "Microservices", id: id) }

    /// The finding at a place of the source.
    ///
    /// - Parameters:
    ///   - node: The smallest part that is wrong.
    ///   - fixIts: What can be done about it at the press of a key.
    /// - Returns: What the compiler is given.
    func at(_ node: some SyntaxProtocol, fixIts: [FixIt] = []) -> Diagnostic {
        Diagnostic(node: Syntax(node), message: self, fixIts: fixIts)
    }
}

/// What a fix-it does, in words.
struct Remedy: FixItMessage {
    let id: String
    let message: String

    init(_ id: String, _ message: String) {
        self.id = id
        self.message = message
    }

    var fixItID: MessageID { MessageID(domain: "Microservices", id: id) }

    /// The remedy as the replacement of one part of the source by another.
    func replacing(_ old: some SyntaxProtocol, by new: some SyntaxProtocol) -> FixIt {
        FixIt(message: self, changes: [.replace(oldNode: Syntax(old), newNode: Syntax(new))])
    }
}
