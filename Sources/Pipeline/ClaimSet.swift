import MessageWire

/// What guards have found out about a caller, by the name that references use.
package final class ClaimSet: Sendable {
    /// A name and what is behind it.
    package struct Entry: Sendable {
        /// `auth` for `$auth`.
        package let name: String
        package let value: JSONValue
        /// Which caller it is, in bytes that differ from one caller to another.
        package let identity: [UInt8]

        package init(name: String, value: JSONValue, identity: [UInt8]) {
            self.name = name
            self.value = value
            self.identity = identity
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// The value behind a name and keys; `nil` when it leads nowhere.
    package func find(_ name: String, _ keys: [String]) -> JSONValue? {
        guard var value = entries.last(where: { $0.name == name })?.value else { return nil }
        for key in keys {
            guard let next = value[key] ?? Int(key).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value
    }

    /// The same with another's behind its own.
    package func adding(_ other: ClaimSet) -> ClaimSet { ClaimSet(entries + other.entries) }
}
