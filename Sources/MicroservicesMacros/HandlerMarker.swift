import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxMacros

/// `@MessagePattern`: a mark for `@Controller`, which reads it. By itself it only says when it stands in the wrong place.
enum MessagePatternMacro: HandlerMarker {
    static let kind = HandlerKind.message
}

/// `@EventPattern`, likewise.
enum EventPatternMacro: HandlerMarker {
    static let kind = HandlerKind.event
}

/// What a handler is for.
enum HandlerKind: String {
    case message, event

    /// The name of its attribute.
    var attribute: String {
        switch self {
        case .message: "MessagePattern"
        case .event: "EventPattern"
        }
    }

    /// The kind that an attribute stands for, if it is one of ours.
    init?(_ attribute: AttributeSyntax) {
        switch attribute.attributeName.lastName {
        case "MessagePattern": self = .message
        case "EventPattern": self = .event
        default: return nil
        }
    }
}

/// What both marks have in common.
protocol HandlerMarker: PeerMacro {
    static var kind: HandlerKind { get }
}

extension HandlerMarker {
    static func expansion(
        of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        let name = "'@\(kind.attribute)'"
        guard declaration.is(FunctionDeclSyntax.self) else {
            context.diagnose(Finding("notAMethod", "\(name) belongs on a method of a '@Controller'").at(node))
            return []
        }
        let type = context.lexicalContext.first
        if type?.is(ExtensionDeclSyntax.self) == true {
            let text = "\(name) is not seen in an extension; move the method into the body of the '@Controller' type"
            context.diagnose(Finding("inExtension", text).at(node))
        } else if type?.asProtocol((any WithAttributesSyntax).self)?.attributes.has("Controller") != true {
            let text = "\(name) does nothing here; put '@Controller' on the type that the method belongs to"
            context.diagnose(Finding("noController", text).at(node))
        }
        return []
    }
}

extension TypeSyntax {
    /// `MessageContext` of `Microservices.MessageContext`; empty for what has no name.
    var lastName: String {
        if let type = self.as(IdentifierTypeSyntax.self) { return type.name.text }
        return self.as(MemberTypeSyntax.self)?.name.text ?? ""
    }
}

extension AttributeListSyntax {
    /// The attributes themselves, without those behind `#if`.
    var written: [AttributeSyntax] { compactMap { $0.as(AttributeSyntax.self) } }

    /// Whether there is one of this name, with or without its module's.
    func has(_ name: String) -> Bool { written.contains { $0.attributeName.lastName == name } }

    /// Whether one of them looks like a global actor; a macro sees no more than the name.
    var hasGlobalActor: Bool { written.contains { $0.attributeName.lastName.hasSuffix("Actor") } }
}
