import NetworkIO

/// A certificate, a key or an authority as PEM: the name of a file, or the text itself.
///
/// ```swift
/// let certificate: PEM = "service.pem"                  // a file
/// let key = PEM.text(environment["SERVICE_KEY"] ?? "")  // what NestJS's tlsOptions take
/// ```
///
/// A source may have several blocks: a certificate and those of its issuers, or several authorities. What a text holds is
/// shown nowhere, neither in errors nor when the value is printed.
public struct PEM: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    let source: PEMSource

    /// A file, relative to the working directory. A running service reads it again when it changes.
    ///
    /// - Parameter path: The file's name.
    /// - Returns: The source; the file is read when a service starts, or by ``ClientConfiguration/secured(by:)``.
    public static func file(_ path: String) -> PEM { PEM(source: .file(path)) }

    /// The PEM blocks themselves, from an environment variable or a secret store.
    ///
    /// - Parameter text: One or more blocks, each from its `-----BEGIN` line to its `-----END` line.
    /// - Returns: The source.
    public static func text(_ text: String) -> PEM { PEM(source: .text(text)) }

    /// A file's name; a literal with a `-----BEGIN` line is the text itself.
    ///
    /// - Parameter value: Name or text.
    public init(stringLiteral value: String) { self.init(fileOrText: value) }

    init(fileOrText value: String) { self.init(source: PEMSource(fileOrText: value)) }

    init(source: PEMSource) { self.source = source }

    /// The file's name; of a text only that it is one.
    public var description: String { source.description }
}
