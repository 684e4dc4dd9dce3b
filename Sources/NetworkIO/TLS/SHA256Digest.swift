import COpenSSL

/// SHA-256, and comparisons that take the same time whatever they compare.
package enum SHA256Digest {
    /// The 32 bytes of a digest.
    package static func of(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            SHA256(bytes, bytes.count, digest.baseAddress)
            count = 32
        }
    }

    /// Whether two digests are equal; every byte is looked at.
    package static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}
