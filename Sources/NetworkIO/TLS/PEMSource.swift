/// Where a certificate or a key comes from, as PEM.
package enum PEMSource: Sendable, Hashable {
    /// A file; it is read again when it has changed.
    case file(String)
    /// The PEM blocks themselves: from an environment variable or a secret store.
    case text(String)

    /// What every PEM block begins with. A file's name never has it, so that a text that was taken for a name is not shown.
    private static let begin = "-----BEGIN "

    /// Takes a text with a PEM block for what it is, anything else for the name of a file.
    package init(fileOrText value: String) {
        self = value.contains(Self.begin) ? .text(value) : .file(value)
    }

    /// The file's name; `nil` for a text.
    package var path: String? {
        guard case .file(let path) = self else { return nil }
        return path
    }

    /// What messages call it; never what is in it.
    ///
    /// - Parameter role: The option that it was given as, such as `certificate`.
    /// - Returns: A file's name, or that it is a text.
    package func name(as role: String) -> String {
        switch self {
        case .file(let path) where path.contains(Self.begin): "the file named as \(role)"
        case .file(let path): path
        case .text: "the text given as \(role)"
        }
    }
}

extension PEMSource: CustomStringConvertible, CustomReflectable {
    package var description: String { name(as: "PEM") }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}

/// A text that is shown nowhere.
package struct Secret: Sendable, Hashable {
    /// The text itself.
    package let text: String

    package init(_ text: String) { self.text = text }
}

extension Secret: CustomStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var customMirror: Mirror { Mirror(reflecting: description) }
}
