import Testing

@testable import Tokens

/// Secrets that are too short or can be guessed.
@Suite struct SecretTests {
    private func refusal(_ secret: [UInt8], _ allowed: Set<TokenAlgorithm> = [.HS256]) async -> String? {
        do throws(TokenKeyError) {
            _ = try await TokenKeySet.secret(secret, allowed: allowed)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `The longest hash decides how long a secret must be`() async throws {
        let secret = TokenMaker.secret
        for (count, algorithm) in [(32, TokenAlgorithm.HS256), (48, .HS384), (64, .HS512)] {
            #expect(await refusal(Array(secret.prefix(count)), [algorithm]) == nil)
            #expect(
                await refusal(Array(secret.prefix(count - 1)), [algorithm])
                    == "the secret has \(count - 1) bytes, \(count) are needed (openssl rand -base64 \(count))")
        }
        #expect(await refusal(Array(secret.prefix(63)), [.HS256, .HS512]) != nil)
        #expect(await refusal([], [.HS256]) != nil)
    }

    @Test(
        arguments: [
            "secret", "SECRET", "changeme", "your-256-bit-secret", "a-string-secret-at-least-256-bits-long",
            "super-secret-jwt-token-with-at-least-32-characters-long",
            "your-super-secret-jwt-token-with-at-least-32-characters-long",
        ])
    func `An example is no secret`(_ text: String) async throws {
        #expect(await refusal(Array(text.utf8)) == "the secret is an example that everybody knows")
    }

    private func start(_ count: Int) -> [UInt8] { Array(TokenMaker.secret.prefix(count)) }

    @Test func `What can be guessed is no secret`() async throws {
        #expect(await refusal([UInt8](repeating: 0, count: 32)) != nil)
        #expect(await refusal([UInt8](repeating: 0x61, count: 4096)) != nil)
        #expect(await refusal(Array("abcabcabcabcabcabcabcabcabcabcabcabc".utf8)) != nil)
        #expect(await refusal(Array(0...63)) == "the secret counts up or down")
        #expect(await refusal(Array((0...63).reversed())) == "the secret counts up or down")
        let word = String(repeating: "battery-horse", count: 4)
        #expect(await refusal(Array(word.utf8)) == "the secret repeats its first 13 bytes")
        #expect(await refusal(start(31) + start(31)) != nil)
        #expect(await refusal(start(32) + start(32)) == nil)
        #expect(await refusal(start(31) + start(1)) == nil)
    }

    @Test func `A secret serves nothing but HMAC`() async throws {
        #expect(await refusal(TokenMaker.secret, [.RS256, .ES256]) == "no allowed algorithm uses a key of kind oct")
        #expect(await refusal(TokenMaker.secret, []) == "no allowed algorithm uses a key of kind oct")
        let keys = try await TokenKeySet.secret(TokenMaker.secret, allowed: [.HS256, .RS256])
        #expect(keys.algorithms == [.HS256])
        #expect(keys.warnings == ["RS256 is allowed, but the key is not for it"])
    }

    @Test func `No message shows a secret`() async throws {
        let secrets = [
            "hunter2", "hunter2hunter2hunter2hunter2hunter2hunter2", "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
        ]
        for secret in secrets {
            let text = try #require(await refusal(Array(secret.utf8)))
            #expect(!text.contains("hunter") && !text.contains("hhh"))
        }
    }
}
