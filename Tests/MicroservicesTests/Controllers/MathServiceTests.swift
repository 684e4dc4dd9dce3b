import Foundation
import Microservices
import NIOCore
import TestSupport
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

    private static let start = "ulimit -c 0; ulimit -n 8; export SWIFT_BACKTRACE=enable=no; exec \"$0\""

    /// Three descriptors for each of its loops, and five to be had; the runtime wants some for its own last words.
    @Test(.enabled(if: System.coreCount > 1)) func `out of file descriptors it says so`() async throws {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = tests.deletingLastPathComponent().appending(path: "MathService").path
        let result = try await Command.run("sh", ["-c", Self.start, program])
        #expect(result.status != 0)
        #expect(result.errors.contains("raise the limit of open files (ulimit -n)"), "\(result.errors)")
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
