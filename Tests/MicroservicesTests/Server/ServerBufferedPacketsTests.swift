import Foundation
import Microservices
import Testing

/// Whole packets that wait for room in the connection are not lost when it ends.
@Suite(.timeLimit(.minutes(1))) struct ServerBufferedPacketsTests {
    private static let count = 200
    private static let big = String(repeating: "x", count: 64 * 1024)

    private func requests() -> [UInt8] {
        (0..<Self.count).flatMap { number in
            let json = #"{"pattern":"big","data":0,"id":"\#(number)"}"#
            return Array("\(json.utf16.count)#\(json)".utf8)
        }
    }

    @Test func `a client that has closed its sending side gets every answer`() async throws {
        try await ServerHarness.run {
            $0.onMessage("big") { (_: Int, _) in Self.big }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(requests())
            try await peer.finish()
            let received = await peer.receivedAll()
            #expect(received.text.components(separatedBy: #""isDisposed":true"#).count == Self.count + 1)
        }
    }

    @Test func `what was received before a graceful shutdown is answered`() async throws {
        try await ServerHarness.run(shutdownTimeout: .seconds(30)) {
            $0.onMessage("big") { (_: Int, _) in Self.big }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            try await peer.send(requests())
            // Its answer comes behind the service's having read what was sent before.
            _ = try await harness.answer(to: #"{"pattern":"big","data":0,"id":"b"}"#)
            async let stopped: Void = harness.service.shutdown()
            try await peer.startReading()
            let received = await peer.receivedAll()
            #expect(received.text.components(separatedBy: #""isDisposed":true"#).count == Self.count + 1)
            await stopped
        }
    }

    @Test func `a stream that its deadline cut off is not said to be whole`() async throws {
        try await ServerHarness.run {
            $0.onMessage("watch") { (_: Int, _) in
                AsyncStream<Int> { $0.yield(1) }
            }
        } _: { harness in
            let deadline = CallDeadline.milliseconds(from: .now + 0.3)
            let answer = try await harness.answer(
                to: #"{"pattern":"watch","data":0,"id":"1","metadata":{"deadline":"\#(deadline)"}}"#,
                endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(answer.hasPrefix(#"23#{"response":1,"id":"1"}"#))
            #expect(
                answer.contains(#"{"err":{"status":"error","message":"Deadline exceeded"},"isDisposed":true,"id":"1"}"#)
            )
        }
    }

    @Test(arguments: ["1e400", "-1e400", "9e15"])
    func `a date that is none is refused`(number: String) async throws {
        try await ServerHarness.run {
            $0.onMessage("date") { (date: Date, _) in date }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"date","data":\#(number),"id":"1"}"#)
            #expect(answer.contains(#""statusCode":400"#), "\(answer)")
        }
    }

    @Test func `a result that is no date is null`() async throws {
        try await ServerHarness.run {
            $0.onMessage("date") { (_: Int, _) in Date(timeIntervalSince1970: .infinity) }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"date","data":0,"id":"1"}"#)
            #expect(answer.hasSuffix(##"#{"response":null,"isDisposed":true,"id":"1"}"##), "\(answer)")
        }
    }
}

private enum CallDeadline {
    static func milliseconds(from date: Date) -> Int { Int(date.timeIntervalSince1970 * 1000) }
}
