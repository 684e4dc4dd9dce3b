import Testing
import TestSupport

@testable import Tokens

/// Numbers that make no key, or a weak one.
@Suite struct KeyMaterialTests {
    /// Why a key is left out; `nil` if it is used.
    private func reason(_ jwk: String) async throws -> String? {
        let keys = try await TokenKeySet.jwks([TestKeys.attackerRSA.jwk.with(#""kid":"other""#), jwk])
        return keys.warnings.first.map { String($0.dropFirst("keys[1] is left out: ".count)) }
    }

    private func rsa(_ modulus: [UInt8], _ exponent: [UInt8] = [1, 0, 1]) -> String {
        #"{"kty":"RSA","n":"\#(Base64URL.encode(modulus))","e":"\#(Base64URL.encode(exponent))"}"#
    }

    private func modulus(bits: Int) -> [UInt8] {
        [UInt8](repeating: 0xC7, count: 1) + [UInt8](repeating: 0x5B, count: bits / 8 - 1)
    }

    @Test func `RSA keys are neither small nor huge`() async throws {
        #expect(try await reason(rsa(modulus(bits: 2048))) == nil)
        #expect(try await reason(rsa(modulus(bits: 4096))) == nil)
        #expect(try await reason(rsa(modulus(bits: 8192))) == nil)
        #expect(try await reason(rsa([0] + modulus(bits: 2048))) == nil)
        for (bits, text) in [(8, "8"), (512, "512"), (1024, "1024"), (2040, "2040")] {
            #expect(
                try await reason(rsa(modulus(bits: bits))) == "an RSA key of \(text) bits is too weak: 2048 are needed")
        }
        let padded = [UInt8](repeating: 0, count: 128) + modulus(bits: 1024)
        #expect(try await reason(rsa(padded)) == "an RSA key of 1024 bits is too weak: 2048 are needed")
        #expect(try await reason(rsa([0, 0])) == "an RSA key of 0 bits is too weak: 2048 are needed")
        let just = [0x7F] + modulus(bits: 2048).dropFirst()
        #expect(try await reason(rsa(just)) == "an RSA key of 2047 bits is too weak: 2048 are needed")
        #expect(try await reason(rsa(modulus(bits: 8200))) == "an RSA key of 8200 bits is too large: at most 8192")
        #expect(try await reason(rsa(modulus(bits: 65536))) == "an RSA key of 65536 bits is too large: at most 8192")
        let even = modulus(bits: 2048).dropLast() + [0x5A]
        #expect(try await reason(rsa(Array(even))) == "the RSA modulus is even")
    }

    @Test func `RSA exponents are odd, at least 3 and not huge`() async throws {
        for exponent: [UInt8] in [[3], [17], [1, 0, 1], [0, 1, 0, 1], [0xFF, 0xFF, 0xFF, 0xFB]] {
            #expect(try await reason(rsa(modulus(bits: 2048), exponent)) == nil)
        }
        for exponent: [UInt8] in [[0], [1], [2], [0, 1], [4], [1, 0, 0]] {
            #expect(
                try await reason(rsa(modulus(bits: 2048), exponent)) == "the RSA exponent must be odd and at least 3")
        }
        #expect(
            try await reason(rsa(modulus(bits: 2048), [1, 0, 0, 0, 1])) == "the RSA exponent is larger than 32 bits")
    }

    @Test(
        arguments: [
            #"{"kty":"RSA","e":"AQAB"}"#, #"{"kty":"RSA","n":"","e":"AQAB"}"#, #"{"kty":"RSA","n":"A B","e":"AQAB"}"#,
            #"{"kty":"RSA","n":1,"e":"AQAB"}"#, #"{"kty":"EC","crv":"P-256","x":"AA"}"#, #"{"kty":"EC"}"#,
            #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"Ed25519","x":"AA"}"#,
            #"{"kty":"OKP","crv":"P-256","x":"AA","y":"AA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AA"}"#,
            #"{"kty":"OKP","crv":"Ed448","x":"AA"}"#, #"{"kty":"OKP","crv":"Ed25519"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #"{"kty":"oct"}"#, #"{"kty":"oct","k":"AA"}"#, #"{"kty":"ec"}"#,
            #"{"kty":"AKP"}"#, #"{"kty":1}"#, "{}", "null", "[]", "\"RSA\"",
        ])
    func `Keys with missing, bad or unknown members are left out`(_ jwk: String) async throws {
        #expect(try await reason(jwk) != nil)
    }

    @Test func `Points that are not on their curve are left out`() async throws {
        for (curve, key, count) in [
            ("P-256", TestKeys.p256, 32), ("P-384", TestKeys.p384, 48), ("P-521", TestKeys.p521, 66),
        ] {
            #expect(try await reason(key.jwk) == nil)
            let parts = key.jwk.split(separator: "\"").map(String.init)
            let place = try #require(parts.firstIndex(of: "y")) + 2
            let y = try #require(Base64URL.decode(parts[place].utf8))
            func with(_ y: [UInt8]) -> String { key.jwk.replacing(parts[place], with: Base64URL.encode(y)) }
            var off = y
            off[count - 1] ^= 1
            #expect(try await reason(with(off)) == "the point is not on \(curve)")
            #expect(try await reason(with([UInt8](repeating: 0, count: count))) == "the point is not on \(curve)")
            #expect(try await reason(with([UInt8](repeating: 0xFF, count: count))) == "the point is not on \(curve)")
            for other in [[0] + y, Array(y.dropFirst()), Array(y.dropLast()), y + y] {
                #expect(try await reason(with(other)) == "a coordinate on \(curve) has \(count) bytes")
            }
            let zero = Base64URL.encode([UInt8](repeating: 0, count: count))
            let origin = #"{"kty":"EC","crv":"\#(curve)","x":"\#(zero)","y":"\#(zero)"}"#
            #expect(try await reason(origin) == "the point is not on \(curve)")
        }
    }

    @Test func `A point under the name of another curve is left out`() async throws {
        #expect(try await reason(TestKeys.p384.jwk.replacing("P-384", with: "P-256")) != nil)
        #expect(try await reason(TestKeys.p256.jwk.replacing("P-256", with: "P-521")) != nil)
    }

    @Test func `Points of small order are left out`() async throws {
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ]
        for point in points {
            var bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(point.dropFirst($0).prefix(2), radix: 16) }
            for _ in 0..<2 {
                let text = try #require(
                    try await reason(#"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.encode(bytes))"}"#))
                #expect(text.hasSuffix("small order") || text.hasSuffix("canonically"))
                bytes[31] |= 0x80
            }
        }
    }
}
