/// The name of a client proxy in a ``ClientRegistry``: NestJS's injection token.
///
/// ```swift
/// extension ClientToken { static let math = ClientToken("MATH_SERVICE") }
/// ```
public struct ClientToken: Sendable, Hashable, CustomStringConvertible {
    /// The name, for logs and messages.
    public let name: String

    /// A token; two of the same name are the same.
    ///
    /// - Parameter name: By custom in capitals, as in NestJS.
    public init(_ name: String) { self.name = name }

    /// The name.
    public var description: String { name }
}
