/// Reads the public key out of DER: a SubjectPublicKeyInfo, the one inside a certificate, or a bare RSAPublicKey.
///
/// A certificate only carries the key: neither its dates nor its issuer are looked at, for whoever wrote it into the
/// route file vouches for it.
///
/// Spec: RFC 5280 §4.1, RFC 3279 §2.3, RFC 5480 §2, RFC 8410 §4, RFC 8017 §A.1.1
struct PublicKeyReader {
    /// The key.
    let material: KeyMaterial
    /// Whether its identifier reserves it for PSS.
    let isForPSSOnly: Bool

    /// - Throws: ``TokenKeyError/malformed(_:)`` for broken DER, ``TokenKeyError/unusable(_:)`` for what is no public key
    ///   of a kind that is known here.
    init(_ block: PEMBlock) throws(TokenKeyError) {
        var reader = DERReader(block.bytes)
        switch block.label {
        case "PUBLIC KEY":
            try self.init(keyInfo: &reader)
        case "CERTIFICATE", "X509 CERTIFICATE":
            guard var certificate = reader.enter(.sequence), var body = certificate.enter(.sequence),
                Self.skipToKeyInfo(&body)
            else { throw .malformed("the certificate cannot be read") }
            try self.init(keyInfo: &body)
        case "RSA PUBLIC KEY":
            self.init(material: try Self.rsa(block.bytes), isForPSSOnly: false)
        default:
            throw .unusable("the PEM must hold a PUBLIC KEY or a CERTIFICATE, not \"\(block.label)\"")
        }
        if block.label == "PUBLIC KEY" || block.label.hasSuffix("CERTIFICATE"), !reader.isAtEnd {
            throw .malformed("something follows the key in the PEM")
        }
    }

    private init(material: KeyMaterial, isForPSSOnly: Bool) {
        self.material = material
        self.isForPSSOnly = isForPSSOnly
    }

    /// Moves over version, serial number, algorithm, issuer, validity and subject.
    private static func skipToKeyInfo(_ body: inout DERReader) -> Bool {
        if body.nextTag == DERReader.Tag.context0.rawValue, body.readAny() == nil { return false }
        guard body.read(.integer) != nil else { return false }
        for _ in 0..<4 where body.read(.sequence) == nil { return false }
        return true
    }

    private init(keyInfo reader: inout DERReader) throws(TokenKeyError) {
        guard var info = reader.enter(.sequence), var algorithm = info.enter(.sequence),
            let identifier = algorithm.read(.objectIdentifier), let bits = info.readBits(), info.isAtEnd
        else { throw .malformed("the public key cannot be read") }
        switch Array(identifier) {
        case ObjectIdentifier.rsa:
            self.init(material: try Self.rsa(bits), isForPSSOnly: false)
        case ObjectIdentifier.pss:
            guard algorithm.isAtEnd else {
                throw .unusable("the key of RSASSA-PSS has parameters: give it as a plain RSA key")
            }
            self.init(material: try Self.rsa(bits), isForPSSOnly: true)
        case ObjectIdentifier.ellipticCurve:
            self.init(material: try Self.point(bits, curve: algorithm.read(.objectIdentifier)), isForPSSOnly: false)
        case ObjectIdentifier.ed25519:
            guard algorithm.isAtEnd else { throw .malformed("the public key cannot be read") }
            self.init(material: .ed25519(bits), isForPSSOnly: false)
        default:
            throw .unusable("the public key is not one of RSA, P-256, P-384, P-521 and Ed25519")
        }
    }

    private static func rsa(_ bytes: [UInt8]) throws(TokenKeyError) -> KeyMaterial {
        var reader = DERReader(bytes)
        guard var key = reader.enter(.sequence), reader.isAtEnd, let modulus = key.readUnsigned(),
            let exponent = key.readUnsigned(), key.isAtEnd
        else { throw .malformed("the RSA public key cannot be read") }
        return .rsa(modulus, exponent)
    }

    private static func point(
        _ bytes: [UInt8], curve identifier: ArraySlice<UInt8>?
    ) throws(TokenKeyError) -> KeyMaterial {
        let curve: KeyKind
        switch identifier.map(Array.init) {
        case ObjectIdentifier.p256: curve = .p256
        case ObjectIdentifier.p384: curve = .p384
        case ObjectIdentifier.p521: curve = .p521
        default: throw .unusable("the key's curve is not one of P-256, P-384 and P-521")
        }
        let count = KeyMaterial.coordinateByteCount(of: curve)
        guard bytes.count == 1 + 2 * count, bytes[0] == 0x04 else {
            throw .unusable("the point of the key is not written uncompressed")
        }
        return .point(curve, x: Array(bytes[1...count]), y: Array(bytes[(count + 1)...]))
    }

    /// Contents of the object identifiers that are told apart.
    private enum ObjectIdentifier {
        /// 1.2.840.113549.1.1.1
        static let rsa: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
        /// 1.2.840.113549.1.1.10
        static let pss: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A]
        /// 1.2.840.10045.2.1
        static let ellipticCurve: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
        /// 1.2.840.10045.3.1.7
        static let p256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        /// 1.3.132.0.34
        static let p384: [UInt8] = [0x2B, 0x81, 0x04, 0x00, 0x22]
        /// 1.3.132.0.35
        static let p521: [UInt8] = [0x2B, 0x81, 0x04, 0x00, 0x23]
        /// 1.3.101.112
        static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
    }
}
