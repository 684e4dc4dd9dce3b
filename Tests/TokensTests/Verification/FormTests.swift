import Testing

@testable import Tokens

/// What a token must look like before anything in it is read.
@Suite struct FormTests {
    @Test func `Anything but three parts is malformed`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        let token = try await TokenMaker(.ES256).token()
        let parts = token.split(separator: ".").map(String.init)
        let texts = [
            "", ".", "..", "...", "a", "a.b", parts[0], parts[0] + "." + parts[1], token + ".", "." + token,
            token + "." + parts[2], parts.joined(separator: ".."), "." + parts[1] + "." + parts[2],
            parts[0] + ".." + parts[2], String(repeating: ".", count: 16_000), parts.joined(separator: ","),
        ]
        for text in texts { #expect(verifier.refusal(text) != nil) }
        #expect(verifier.refusal(parts[0] + "." + parts[1] + ".") == .badSignature)
    }

    @Test func `An encrypted token is refused`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        #expect(verifier.refusal("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA") == .unsupported)
        #expect(verifier.refusal("a.b.c.d.e.f") == .malformed)
    }

    @Test(arguments: [" ", "\t", "\n", "\r\n", "\u{0}", "\u{A0}", "\u{FEFF}", "=", "==", "\"", "'", "Bearer "])
    func `Nothing may stand around a token or its parts`(_ text: String) async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        let token = try await TokenMaker(.ES256).token()
        let parts = token.split(separator: ".").map(String.init)
        let texts = [
            text + token, token + text, parts[0] + text + "." + parts[1] + "." + parts[2],
            parts[0] + "." + text + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + text + "." + parts[2],
            parts[0] + "." + parts[1] + "." + text + parts[2],
        ]
        for text in texts { #expect(verifier.refusal(text) == .malformed) }
    }

    @Test func `JSON serializations are malformed`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        let parts = try await TokenMaker(.ES256).token().split(separator: ".")
        let flat = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        #expect(verifier.refusal(flat) == .malformed)
    }

    @Test func `The length is limited before anything is decoded`() async throws {
        let maker = try await TokenMaker(.HS256)
        let verifier = try await TokenVerifier.trusting(.HS256)
        var padding = 12_100
        var token = ""
        // The longest payload that still fits.
        repeat {
            padding += 1
            token = try maker.token(#"{"exp":2000000000,"x":"\#(String(repeating: "x", count: padding))"}"#)
            #expect(verifier.refusal(token) == (token.utf8.count <= 16_384 ? nil : .malformed))
        } while token.utf8.count <= 16_384
        #expect(verifier.refusal(String(repeating: "A", count: 1_000_000)) == .malformed)
    }

    @Test func `Base64url is taken in one writing only`() {
        let right: [(String, [UInt8])] = [
            ("", []), ("AA", [0]), ("_w", [255]), ("AAA", [0, 0]), ("-_8", [251, 255]), ("AAAA", [0, 0, 0]),
            ("Zm9vYmFy", Array("foobar".utf8)), ("Zm9vYg", Array("foob".utf8)),
        ]
        for (text, bytes) in right {
            #expect(Base64URL.decode(text.utf8) == bytes)
            #expect(Base64URL.encode(bytes) == text)
        }
        let wrong = [
            "A", "AAAAA", "AB", "AP", "A_", "AAB", "AA_", "AA==", "AA=", "AAA=", "+w", "/w", "A A", " AA", "AA ",
            "AA\n",
            "A.A", "\u{E4}A", "AA\u{0}", "A\u{2010}",
        ]
        for text in wrong { #expect(Base64URL.decode(text.utf8) == nil, "\(text)") }
    }

    @Test func `Every array of bytes comes back from base64url`() {
        var random = SeededGenerator(seed: 4)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }
}
