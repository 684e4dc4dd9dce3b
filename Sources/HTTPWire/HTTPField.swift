/// A field of an answer that has been checked: no name, value or line end in it can change the meaning of the message.
///
/// The name is in lower case. Names that only the serializer may set are refused: `connection`, `content-length`,
/// `date`, `keep-alive`, `proxy-connection`, `te`, `trailer`, `transfer-encoding`, `upgrade`.
///
/// Spec: RFC 9110 §5
package struct HTTPField: Sendable, Hashable {
    /// The name in lower case.
    package let name: String
    /// The value, without white space at its ends.
    package let value: String

    /// Checks a field.
    ///
    /// - Parameters:
    ///   - name: a token, in any case.
    ///   - value: text without control characters (HTAB is fine) and without white space at its ends.
    /// - Throws: `invalidResponseField` if the name is no token or reserved, or if the value cannot stand on one line.
    package init(name: String, value: String) throws(HTTPWireError) {
        guard FieldValidation.isToken(name), FieldValidation.isValue(value) else { throw .invalidResponseField }
        let lowercase = name.lowercased()
        guard !Self.isReserved(lowercase) else { throw .invalidResponseField }
        self.name = lowercase
        self.value = value
    }

    /// A field that the gateway itself makes of constants and numbers; looked at in debug builds only.
    ///
    /// - Parameters:
    ///   - name: in lower case, not reserved.
    ///   - value: visible ASCII.
    package init(known name: String, _ value: String) {
        self.name = name
        self.value = value
        assert((try? HTTPField(name: name, value: value)) == self, "not a field: \(name): \(value)")
    }

    /// Whether only the serializer may write fields of this name.
    ///
    /// - Parameter lowercaseName: the name in lower case.
    /// - Returns: true for the names of framing and connection.
    package static func isReserved(_ lowercaseName: String) -> Bool {
        switch lowercaseName {
        case "connection", "content-length", "date", "keep-alive", "proxy-connection", "te", "trailer",
            "transfer-encoding", "upgrade":
            true
        default: false
        }
    }
}
