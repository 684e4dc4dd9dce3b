/// A token taken apart: three parts, decoded, nothing of it believed yet.
///
/// Spec: RFC 7515 §3.1, §7.1
struct CompactToken {
    /// The JSON of header and payload.
    let header: [UInt8]
    let payload: [UInt8]
    /// Empty if the token ends with its second dot.
    let signature: [UInt8]
    /// Bytes that were signed: from the start to the second dot, which does not count.
    let signedCount: Int

    /// Bytes of the longest token, before anything is decoded: header fields are seldom allowed more.
    static let maxBytes = 16 * 1024

    /// - Throws: ``TokenFault/Kind/malformed`` for anything but three parts of strict base64url,
    ///   ``TokenFault/Kind/unsupported`` for an encrypted token.
    init(_ token: UnsafeRawBufferPointer) throws(TokenFault) {
        guard !token.isEmpty else { throw .malformed("the token is empty") }
        guard token.count <= Self.maxBytes else { throw .malformed("the token is too long") }
        let parts = token.split(separator: 0x2E, maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw parts.count == 5
                ? TokenFault(.unsupported, "encrypted tokens are not taken")
                : .malformed("the token does not have three parts")
        }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed("the token is not base64url without padding") }
        self.header = header
        self.payload = payload
        self.signature = signature
        self.signedCount = parts[1].endIndex
    }
}
