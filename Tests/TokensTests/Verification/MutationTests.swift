import Testing

@testable import Tokens

/// Changes tokens in every way that is small enough to try.
@Suite struct MutationTests {
    private static let algorithms: [TokenAlgorithm] = [.HS256, .RS256, .ES256, .EdDSA]

    /// Cheaper than an expectation for each of the many changes.
    private func expectRefusal(
        _ verifier: TokenVerifier, _ token: some Sequence<UInt8>, _ what: @autoclosure () -> String
    ) {
        if (try? verifier.verify(bytes: Array(token))) != nil { Issue.record("taken: \(what())") }
    }

    @Test(arguments: algorithms)
    func `Every change of one byte is refused`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let token = Array(try await TokenMaker(algorithm).token().utf8)
        var random = SeededGenerator(seed: 1)
        #expect(throws: Never.self) { try verifier.verify(bytes: token) }
        for index in token.indices {
            var letters = Set(Array("Aw_-+=. ".utf8) + [0, 0xFF, token[index] ^ 1, token[index] ^ 0x20])
            letters.insert(UInt8.random(in: 0...255, using: &random))
            for letter in letters where letter != token[index] {
                var changed = token
                changed[index] = letter
                expectRefusal(verifier, changed, "byte \(index) became \(letter)")
            }
        }
    }

    @Test(arguments: algorithms)
    func `Every missing and every additional byte is refused`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let token = Array(try await TokenMaker(algorithm).token().utf8)
        for count in token.indices {
            expectRefusal(verifier, token.prefix(count), "the first \(count) bytes")
            expectRefusal(verifier, token.suffix(count), "the last \(count) bytes")
            expectRefusal(verifier, token[..<count] + token[(count + 1)...], "all but byte \(count)")
        }
        for index in 0...token.count {
            for letter in "A.= ".utf8 {
                expectRefusal(verifier, token[..<index] + [letter] + token[index...], "\(letter) before byte \(index)")
            }
        }
    }

    @Test(arguments: algorithms + [.PS256, .ES512])
    func `Every change of a bit behind the encoding is refused`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let token = try await TokenMaker(algorithm).token()
        let parts = token.split(separator: ".").map { Base64URL.decode($0.utf8) ?? [] }
        for part in parts.indices {
            for bit in 0..<(parts[part].count * 8) {
                var changed = parts
                changed[part][bit / 8] ^= 1 << (bit % 8)
                let text = changed.map(Base64URL.encode).joined(separator: ".")
                expectRefusal(verifier, text.utf8, "bit \(bit) of part \(part)")
            }
        }
    }

    @Test func `Random bytes are refused`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...300, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            expectRefusal(verifier, bytes, "\(bytes)")
        }
    }

    @Test func `Random headers, payloads and signatures are refused`() async throws {
        let verifier = try await TokenVerifier.trusting(.HS256)
        let maker = try await TokenMaker(.HS256)
        let pieces = [
            "{", "}", "[", "]", ":", ",", "\"alg\"", "\"HS256\"", "\"none\"", "\"kid\"", "\"exp\"", "1e999", "-1",
            "null",
            "true", "\"\\ud800\"", "\"\\u0000\"", " ", "\u{FEFF}", "\"crit\"", "\"aud\"", "\"iat\"", "\"nbf\"",
        ]
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let texts = (0..<2).map { _ in
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &random)]
                }.joined()
            }
            // Rightly signed: so that the claims are reached as well.
            let header = Bool.random(using: &random) ? texts[0] : nil
            let token = try maker.token(texts[1], header: header)
            expectRefusal(verifier, token.utf8, token)
        }
    }
}
