/// Moves through DER, as far as public keys and certificates need it.
///
/// Spec: ITU-T X.690 §8.1, §10.1
struct DERReader {
    /// Tags that occur on the way to a public key.
    enum Tag: UInt8 {
        case integer = 0x02
        case bitString = 0x03
        case null = 0x05
        case objectIdentifier = 0x06
        case sequence = 0x30
        /// `[0] EXPLICIT`, as the version of a certificate.
        case context0 = 0xA0
    }

    /// What is left to read.
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { self.rest = Array(bytes)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// The tag of the next value; `nil` at the end.
    var nextTag: UInt8? { rest.first }

    /// Reads a value of that tag.
    ///
    /// - Returns: its content; `nil` if something else stands there, or nothing whole.
    mutating func read(_ tag: Tag) -> ArraySlice<UInt8>? {
        guard nextTag == tag.rawValue else { return nil }
        return readAny()
    }

    /// Reads a value of that tag to read inside of it.
    mutating func enter(_ tag: Tag) -> DERReader? { read(tag).map { DERReader($0) } }

    /// Reads a value whatever it is.
    mutating func readAny() -> ArraySlice<UInt8>? {
        var rest = self.rest.dropFirst()
        guard let first = rest.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            let lengthCount = Int(first & 0x7F)
            guard (1...4).contains(lengthCount), rest.count >= lengthCount, rest.first != 0 else { return nil }
            count = rest.prefix(lengthCount).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthCount)
            // Shorter ways to write a length must be used.
            guard count >= 0x80 else { return nil }
        }
        guard rest.count >= count else { return nil }
        self.rest = rest.dropFirst(count)
        return rest.prefix(count)
    }

    /// Reads an integer that is not negative, in the shortest writing.
    ///
    /// - Returns: its bytes, big-endian without the zero that keeps the sign off.
    mutating func readUnsigned() -> [UInt8]? {
        guard let content = read(.integer), let first = content.first, first < 0x80 else { return nil }
        guard first == 0, content.count > 1 else { return Array(content) }
        let number = content.dropFirst()
        return number.first.map { $0 >= 0x80 } == true ? Array(number) : nil
    }

    /// Reads a bit string of whole bytes.
    mutating func readBits() -> [UInt8]? {
        guard let content = read(.bitString), content.first == 0 else { return nil }
        return Array(content.dropFirst())
    }
}
