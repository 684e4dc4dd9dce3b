import Testing
import TestSupport

@testable import Tokens

/// Keys in PEM: the public ones are found, everything else is told by its name.
@Suite struct PEMTests {
    private static let all = Set(TokenAlgorithm.allCases)

    private func error(_ text: String, _ allowed: Set<TokenAlgorithm> = all) async -> TokenKeyError? {
        do throws(TokenKeyError) {
            _ = try await TokenKeySet.pem(text, allowed: allowed)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            (TestKeys.rsa.publicPEM, TokenAlgorithm.RS256), (TestKeys.rsa.publicPEM, .PS512),
            (PEMFixtures.rsaPKCS1, .RS512),
            (PEMFixtures.rsaCertificate, .RS256), (TestKeys.p256.publicPEM, .ES256),
            (PEMFixtures.p256Certificate, .ES256),
            (TestKeys.p384.publicPEM, .ES384), (TestKeys.p521.publicPEM, .ES512), (TestKeys.ed25519.publicPEM, .EdDSA),
            (PEMFixtures.ed25519Certificate, .EdDSA),
        ])
    func `A public key is taken`(_ pem: String, _ algorithm: TokenAlgorithm) async throws {
        let token = try await TokenMaker(algorithm).token()
        let texts = [
            pem, "\n\n" + pem + "\n", pem.replacing("\n", with: "\r\n"), "Subject: CN = test\n" + pem + "\nEnd",
            pem.replacing("\n", with: " \n\t"),
        ]
        for text in texts {
            let keys = try await TokenKeySet.pem(text, allowed: [algorithm])
            #expect(keys.warnings == [])
            let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [algorithm]))
            #expect(verifier.refusal(token) == nil)
        }
    }

    @Test func `A private key is refused`() async throws {
        let texts = [
            TestKeys.rsa.privatePEM, TestKeys.p256.privatePEM, TestKeys.ed25519.privatePEM, PEMFixtures.ecPrivate,
            PEMFixtures.encryptedPrivate, TestKeys.p256.publicPEM + "\n" + TestKeys.p256.privatePEM,
        ]
        for text in texts {
            #expect(await error(text)?.description.hasPrefix("this is a private key") == true)
        }
    }

    @Test func `Keys that cannot be used are told apart`() async throws {
        let kinds = "the public key is not one of RSA, P-256, P-384, P-521 and Ed25519"
        #expect(await error(PEMFixtures.rsa1024) == .unusable("an RSA key of 1024 bits is too weak: 2048 are needed"))
        #expect(await error(PEMFixtures.secp256k1) == .unusable("the key's curve is not one of P-256, P-384 and P-521"))
        #expect(await error(PEMFixtures.explicit) == .unusable("the key's curve is not one of P-256, P-384 and P-521"))
        #expect(await error(PEMFixtures.x25519) == .unusable(kinds))
        #expect(await error(PEMFixtures.ed448) == .unusable(kinds))
        #expect(await error(PEMFixtures.compressed) == .unusable("the point of the key is not written uncompressed"))
        #expect(
            await error(PEMFixtures.request)
                == .unusable("the PEM must hold a PUBLIC KEY or a CERTIFICATE, not \"CERTIFICATE REQUEST\""))
        #expect(
            await error(TestKeys.rsa.publicPEM + "\n" + TestKeys.p256.publicPEM)
                == .unusable("the PEM holds 2 blocks: give one public key or certificate"))
        #expect(
            await error(TestKeys.rsa.publicPEM, [.HS256, .ES256])
                == .unusable("no allowed algorithm uses a key of kind RSA"))
    }

    @Test func `A key for PSS serves PSS alone`() async throws {
        #expect(try await TokenKeySet.pem(PEMFixtures.pss, allowed: Self.all).algorithms == [.PS256, .PS384, .PS512])
        #expect(await error(PEMFixtures.pss, [.RS256]) == .unusable("no allowed algorithm uses a key of kind RSA"))
        #expect(
            await error(PEMFixtures.pssWithParameters)
                == .unusable("the key of RSASSA-PSS has parameters: give it as a plain RSA key"))
    }

    @Test(
        arguments: [
            "", "secret", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY----\nAAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nA*==\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAB==\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nA-__\n-----END PUBLIC KEY-----",
            "-----END PUBLIC KEY-----\nAAAA\n-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----",
        ])
    func `What is no PEM is malformed`(_ text: String) async throws {
        guard case .malformed = await error(text) else {
            Issue.record("\(text) gave \(String(describing: await error(text)))")
            return
        }
    }

    @Test func `Broken DER is refused and never traps`() async throws {
        var random = SeededGenerator(seed: 5)
        let texts = [
            TestKeys.rsa.publicPEM, TestKeys.p256.publicPEM, PEMFixtures.ed25519Certificate, PEMFixtures.rsaPKCS1,
        ]
        for text in texts {
            let block = try PEMBlock.only(in: text)
            for count in block.bytes.indices {
                #expect(throws: TokenKeyError.self) {
                    try PublicKeyReader(PEMBlock(label: block.label, bytes: Array(block.bytes.prefix(count))))
                }
            }
            #expect(throws: TokenKeyError.self) {
                try PublicKeyReader(PEMBlock(label: block.label, bytes: block.bytes + [0]))
            }
            for _ in 0..<3000 {
                var bytes = block.bytes
                for _ in 0...Int.random(in: 0...2, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let reader = try? PublicKeyReader(PEMBlock(label: block.label, bytes: bytes))
                try? reader?.material.check(for: [])
            }
        }
    }
}
