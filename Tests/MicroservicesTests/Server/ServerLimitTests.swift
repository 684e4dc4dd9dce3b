import Microservices
import Synchronization
import TestSupport
import Testing

/// Peers that do what they should not: each ends with a logged reason, and everybody else is served.
@Suite(.timeLimit(.minutes(1)))
struct ServerLimitTests {
    private static func register(_ service: Microservice) {
        service.onMessage("barrier") { (_: JSONValue?, _) in }
        service.onMessage("sum") { (data: [Int], _) in data.reduce(0, +) }
        service.onMessage("big") { (size: Int, _) in String(repeating: "x", count: size) }
    }

    @Test func `half a frame is waited for, but not for ever`() async throws {
        var limits = TCPServerLimits.defaults
        limits.incompleteMessageTimeout = .milliseconds(50)
        try await ServerHarness.run(limits: limits) {
            Self.register($0)
        } _: { harness in
            let idle = try await ServerPeer.connect(port: harness.port)
            try await idle.send(frame: #"{"pattern":"barrier","id":"b"}"#)
            // A line feed behind a frame is no message that was begun.
            try await idle.send(Array("\n".utf8))
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(Array(#"30#{"pattern":"#.utf8))
            let received = await peer.receivedAll()
            #expect(received.bytes.isEmpty)
            #expect(harness.log.contains("a message was begun and not finished in time"))
            try await idle.send(frame: #"{"pattern":"sum","data":[1,2],"id":"1"}"#)
            let answer = await idle.received(upTo: #""id":"1"}"#)
            #expect(answer.text.hasSuffix(#"41#{"response":3,"isDisposed":true,"id":"1"}"#))
            await idle.close()
        }
    }

    @Test(arguments: ["abc#{}", "0#", "-5#{}", "5#{abc}", "3#\"a", "1#{}", "#{}", "999999999999999999999999#"])
    func `a malformed frame ends the connection and is logged`(bytes: String) async throws {
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            let other = try await ServerPeer.connect(port: harness.port)
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(Array((bytes + "  #").utf8))
            let received = await peer.receivedAll()
            #expect(received.bytes.isEmpty)
            #expect(harness.log.contains("connection ended: malformed message"))
            try await harness.barrier(other)
            #expect(other.soFar.text == #"28#{"isDisposed":true,"id":"b"}"#)
            await other.close()
        }
    }

    @Test func `JSON deeper than anybody needs is refused`() async throws {
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            let data = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"sum","data":\#(data),"id":"1"}"#)
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(harness.log.contains("connection ended: malformed message"))
        }
    }

    @Test func `a reader that never reads is not read from, and closed in the end`() async throws {
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        limits.sendTimeout = .milliseconds(100)
        let handled = Mutex(0)
        try await ServerHarness.run(limits: limits) {
            $0.onMessage("big") { (size: Int, _) in
                handled.withLock { $0 += 1 }
                return String(repeating: "x", count: size)
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            let request = #"{"pattern":"big","data":65536,"id":"1"}"#
            let frame = "\(request.utf8.count)#\(request)"
            peer.sendWithoutWaiting(Array(String(repeating: frame, count: 2000).utf8))
            try await eventually("a log line") { harness.log.contains("the peer does not read its answers") }
            // 2000 answers are 128 MB.
            #expect(handled.withLock { $0 } < 500)
            await peer.close()
        }
    }

    @Test func `too many bytes waiting for a peer close its connection`() async throws {
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        limits.maxSendBufferSize = 1024 * 1024
        try await ServerHarness.run(limits: limits) {
            Self.register($0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            try await peer.send(frame: #"{"pattern":"big","data":33554432,"id":"1"}"#)
            try await eventually("a log line") { harness.log.contains("too many bytes wait for the peer") }
            await peer.close()
        }
    }

    @Test func `a handler is cancelled when its connection goes away`() async throws {
        let (cancelled, cancel) = AsyncStream.makeStream(of: Void.self)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        try await ServerHarness.run {
            $0.onMessage("hang") { (_: JSONValue?, _) in
                start.finish()
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    cancel.finish()
                    throw error
                }
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"hang","id":"1"}"#)
            for await _ in started {}
            await peer.close()
            for await _ in cancelled {}
            #expect(!harness.log.contains("handler failed"))
        }
    }

    @Test func `no more handlers run at a time than allowed`() async throws {
        var limits = TCPServerLimits.defaults
        limits.maxHandlersInFlight = 2
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let started = Mutex(0)
        try await ServerHarness.run(limits: limits) {
            Self.register($0)
            $0.onMessage("gated") { (number: Int, _) in
                started.withLock { $0 += 1 }
                for await _ in gate { break }
                return number
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            let clock = try await ServerPeer.connect(port: harness.port)
            for number in 0..<5 { try await peer.send(frame: #"{"pattern":"gated","data":\#(number),"id":"1"}"#) }
            try await harness.barrier(clock)
            #expect(started.withLock { $0 } == 2)
            open.yield()
            _ = await peer.received(upTo: "}")
            try await harness.barrier(clock)
            #expect(started.withLock { $0 } == 3)
            open.finish()
            let size = #"41#{"response":0,"isDisposed":true,"id":"1"}"#.utf8.count * 5
            let received = await peer.received(count: size)
            for number in 0..<5 { #expect(received.text.contains("\"response\":\(number),")) }
            await peer.close()
            await clock.close()
        }
    }

    @Test func `one connection too many is closed at once`() async throws {
        var limits = TCPServerLimits.defaults
        limits.maxConnections = 2
        try await ServerHarness.run(limits: limits) {
            Self.register($0)
        } _: { harness in
            let first = try await ServerPeer.connect(port: harness.port)
            let second = try await ServerPeer.connect(port: harness.port)
            try await harness.barrier(first)
            try await harness.barrier(second)
            let third = try await ServerPeer.connect(port: harness.port)
            #expect(await third.receivedAll().bytes.isEmpty)
            #expect(harness.log.contains("too many connections"))
            try await harness.barrier(first)
            await first.close()
            await second.close()
        }
    }

    @Test func `a client that sends FIN at once gets the whole of a large answer`() async throws {
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            let size = 16 * 1024 * 1024
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            try await peer.send(frame: #"{"pattern":"big","data":\#(size),"id":"1"}"#)
            try await peer.finish()
            try await peer.startReading()
            let received = await peer.receivedAll()
            #expect(received.bytes.count > size)
            #expect(received.text.hasSuffix(#"","isDisposed":true,"id":"1"}"#))
        }
    }

    @Test func `a thousand connections are served`() async throws {
        // Two descriptors for each: more than the usual soft limit.
        try DescriptorLimit.raise(toAtLeast: 3000)
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            var peers: [ServerPeer] = []
            for _ in 0..<1000 { peers.append(try await ServerPeer.connect(port: harness.port)) }
            for (number, peer) in peers.enumerated() {
                try await peer.send(frame: #"{"pattern":"sum","data":[\#(number),1],"id":"\#(number)"}"#)
            }
            for (number, peer) in peers.enumerated() {
                let received = await peer.received(upTo: "}")
                let packet = #"{"response":\#(number + 1),"isDisposed":true,"id":"\#(number)"}"#
                #expect(received.text == "\(packet.utf8.count)#\(packet)")
            }
            for peer in peers { await peer.close() }
        }
    }
}
