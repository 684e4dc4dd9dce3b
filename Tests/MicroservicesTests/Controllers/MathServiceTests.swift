import Foundation
import Microservices
import Testing

@testable import MathService

/// The example in thirty lines.
@Suite(.timeLimit(.minutes(1))) struct MathServiceTests {
    @Test func `it has thirty lines at most`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(
            contentsOf: root.appending(path: "Sources/MathService/MathService.swift"), encoding: .utf8)
        #expect(source.split(separator: "\n", omittingEmptySubsequences: false).count <= 31)
    }

    @Test(arguments: [
        (#"{"cmd":"sum"}"#, "[1,2,3.5]", #"{"response":6.5,"isDisposed":true,"id":"1"}"#),
        (#"{"cmd":"divide"}"#, #"{"dividend":1,"divisor":4}"#, #"{"response":0.25,"isDisposed":true,"id":"1"}"#),
        (
            #"{"cmd":"divide"}"#, #"{"dividend":1,"divisor":0}"#,
            #"{"err":{"statusCode":422,"message":"The divisor is zero"},"isDisposed":true,"id":"1"}"#
        ),
        (#"{"cmd":"count"}"#, #"{"to":2}"#, #"{"response":2,"isDisposed":true,"id":"1"}"#),
    ])
    func `it answers`(pattern: String, data: String, last: String) async throws {
        try await ServerHarness.run {
            $0.add(MathController())
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":\#(pattern),"data":\#(data),"id":"1"}"#, endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(answer.hasSuffix("#" + last), "\(answer)")
        }
    }
}
