/// The one block of a PEM text, decoded.
///
/// Spec: RFC 7468 §2, §3
struct PEMBlock: Equatable {
    /// What stands in its first line: `PUBLIC KEY`.
    let label: String
    /// The DER inside.
    let bytes: [UInt8]

    /// Finds the only block; text around it is ignored, as `openssl x509 -text` writes some.
    ///
    /// - Throws: ``TokenKeyError/malformed(_:)`` without a block or with a broken one; ``TokenKeyError/unusable(_:)`` for
    ///   a private key, or several blocks: in a chain of certificates only the first is the signer's.
    static func only(in text: String) throws(TokenKeyError) -> PEMBlock {
        let lines = text.utf8.split(omittingEmptySubsequences: false) { $0 == 0x0A || $0 == 0x0D }.map(trimmed)
        let starts = lines.indices.filter { label(lines[$0], behind: "-----BEGIN ") != nil }
        let labels = starts.compactMap { label(lines[$0], behind: "-----BEGIN ") }
        if labels.contains(where: { $0.contains("PRIVATE KEY") }) {
            throw .unusable(
                "this is a private key, which has no place in a gateway: give the public one "
                    + "(openssl pkey -in KEY.pem -pubout)")
        }
        guard let start = starts.first, let label = labels.first else {
            throw .malformed("no PEM: there is no line \"-----BEGIN PUBLIC KEY-----\"")
        }
        guard starts.count == 1 else {
            throw .unusable("the PEM holds \(starts.count) blocks: give one public key or certificate")
        }
        guard let end = lines.indices.first(where: { $0 > start && Self.label(lines[$0], behind: "-----END ") != nil }),
            Self.label(lines[end], behind: "-----END ") == label
        else { throw .malformed("the PEM has no line \"-----END \(label)-----\"") }
        let content = lines[(start + 1)..<end].flatMap(Array.init)
        guard let bytes = Base64URL.decodePadded(content), !bytes.isEmpty else {
            throw .malformed("the lines of the PEM are not Base64")
        }
        return PEMBlock(label: label, bytes: bytes)
    }

    private static func trimmed(_ line: Substring.UTF8View) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        return Array(line.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// The label of a line that starts like that and ends with five hyphens.
    private static func label(_ line: [UInt8], behind start: StaticString) -> String? {
        let start = UnsafeBufferPointer(start: start.utf8Start, count: start.utf8CodeUnitCount)
        guard line.starts(with: start), line.count > start.count + 5, line.suffix(5).allSatisfy({ $0 == 0x2D }) else {
            return nil
        }
        let label = line[start.count..<(line.count - 5)]
        // Shown in messages, so nothing but what labels are made of.
        guard label.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x20 }) else {
            return nil
        }
        return String(decoding: label, as: UTF8.self)
    }
}
