import Testing

@testable import Tokens

@Suite struct TokenAlgorithmTests {
    @Test func `None is no algorithm`() {
        for name in ["none", "None", "NONE", "nOnE", "", "HS256 ", "hs256", "ES256K", "RSA-OAEP"] {
            #expect(TokenAlgorithm(rawValue: name) == nil)
        }
        #expect(TokenAlgorithm.allCases.count == 13)
    }
}
