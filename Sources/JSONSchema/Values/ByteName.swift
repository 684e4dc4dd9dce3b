extension String {
    /// Whether both have the same bytes.
    ///
    /// Swift's own equality takes composed and decomposed letters for the same, which no other reader of JSON does.
    func hasSameBytes(as other: String) -> Bool {
        let (one, two) = (utf8.span, other.utf8.span)
        guard one.count == two.count else { return false }
        for index in one.indices where one[index] != two[index] { return false }
        return true
    }
}

/// A string that is equal to another if their bytes are.
struct ByteName: Sendable, Hashable {
    let text: String

    static func == (one: ByteName, other: ByteName) -> Bool { one.text.hasSameBytes(as: other.text) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: text) }
}

extension Hasher {
    /// Mixes in the bytes of a string and their number.
    mutating func combine(bytesOf text: String) {
        combine(text.utf8.count)
        text.utf8.span.withUnsafeBytes { combine(bytes: $0) }
    }
}
