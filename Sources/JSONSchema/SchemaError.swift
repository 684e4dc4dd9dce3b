/// Why a schema cannot be used.
package struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The URI of the document that is wrong: the base of the one that is compiled, or a name of one of the others.
    package let document: String
    /// JSON pointer to what is wrong in the document; empty for all of it.
    package let pointer: String
    /// What is wrong, as a sentence without a full stop.
    package let reason: String

    package init(document: String = "", pointer: String, reason: String) {
        self.document = document
        self.pointer = pointer
        self.reason = reason
    }

    /// `#/properties/age: "minimum" must be a number, not a string`.
    package var description: String { "\(document)#\(pointer): \(reason)" }
}

/// Something in a schema that has no effect, which its author probably did not mean.
package struct SchemaWarning: Sendable, Hashable, CustomStringConvertible {
    /// The URI of the document.
    package let document: String
    /// JSON pointer into the document.
    package let pointer: String
    /// The message, such as `unknown keyword "requird"; did you mean "required"?`.
    package let message: String

    package init(document: String = "", pointer: String, message: String) {
        self.document = document
        self.pointer = pointer
        self.message = message
    }

    package var description: String { "\(document)#\(pointer): \(message)" }
}
