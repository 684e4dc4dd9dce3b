import HTTPWire
import Testing

@Suite struct HTTPWireErrorTests {
    @Test func `every error has a code and a sentence of its own`() {
        let all = HTTPWireError.allCases
        #expect(Set(all.map(\.code)).count == all.count)
        #expect(Set(all.map(\.detail)).count == all.count)
        for error in all {
            #expect(error.code.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
            #expect(error.detail.hasSuffix("."))
            #expect(error.fault == (error.status == 500 ? .ours : .downstream))
        }
    }

    @Test(arguments: [
        (HTTPWireError.bareLineFeed, 400), (.conflictingFraming, 400), (.bodyTooLarge, 413), (.requestLineTooLong, 414),
        (.expectationFailed, 417), (.headersTooLarge, 431), (.tooManyFields, 431), (.unsupportedVersion, 505),
        (.http2Preface, 505), (.trailersTooLarge, 400), (.invalidResponseField, 500),
    ])
    func `an error knows its status`(_ error: HTTPWireError, _ status: Int) {
        #expect(error.status == status)
    }

    @Test func `methods are found by their exact names`() {
        for method in HTTPMethod.allCases where method != .other {
            #expect(HTTPMethod("\(method.text)") == method)
            #expect(HTTPMethod("\(method.text)".lowercased()) == .other)
            #expect(HTTPMethod("\(method.text)X") == .other)
        }
        #expect(HTTPMethod("") == .other)
        #expect(HTTPMethod("PURGE") == .other)
    }
}
