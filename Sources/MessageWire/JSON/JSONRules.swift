/// What a JSON text must keep to, beyond the grammar, to be taken.
///
/// The grammar itself is not negotiable: RFC 8259, UTF-8 without byte order mark, no comments, no trailing commas.
package struct JSONRules: Sendable {
    /// The deepest nesting any rule set can ask for: a peer's brackets cost one bit each, so 512 levels are 64 bytes.
    package static let deepestNesting = 512

    /// Arrays and objects that may be open at once. Values above ``deepestNesting`` count as that.
    package var maxDepth: Int
    /// Whether two equal keys in one object are an error. Keys are compared after their escapes are resolved.
    package var refusesDuplicateKeys: Bool
    /// Whether `__proto__` and `constructor`, however they are escaped, are an error.
    package var refusesPrototypeKeys: Bool

    /// Rules of one's own.
    package init(maxDepth: Int, refusesDuplicateKeys: Bool = false, refusesPrototypeKeys: Bool = false) {
        self.maxDepth = maxDepth
        self.refusesDuplicateKeys = refusesDuplicateKeys
        self.refusesPrototypeKeys = refusesPrototypeKeys
    }

    /// The grammar alone, 512 levels: for frames of services, which were written by a JSON library.
    ///
    /// Spec: RFC 8259
    package static let rfc8259 = JSONRules(maxDepth: deepestNesting)

    /// For bodies that strangers send: 64 levels, and no text that two readers behind us could read differently
    /// (duplicate keys) or that poisons prototypes in JavaScript.
    package static let untrusted = JSONRules(maxDepth: 64, refusesDuplicateKeys: true, refusesPrototypeKeys: true)
}

/// The six kinds of JSON values.
package enum JSONKind: UInt8, Sendable {
    case null, bool, number, string, array, object
}

/// What one pass over a JSON text found out.
package struct JSONScan: Sendable, Equatable {
    /// The kind of the outermost value.
    package var kind: JSONKind
    /// The outermost value as byte range, without the white space around it.
    package var value: Range<Int>
    /// UTF-16 code units of `value`: what the value adds to a frame's length.
    package var utf16Count: Int

    package init(kind: JSONKind, value: Range<Int>, utf16Count: Int) {
        self.kind = kind
        self.value = value
        self.utf16Count = utf16Count
    }
}
