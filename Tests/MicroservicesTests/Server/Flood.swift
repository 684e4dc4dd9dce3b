import Microservices
import Synchronization
import Testing

/// A client that does not read: what a handler has to give waits until it does.
enum Flood {
    /// Lets a handler give far more than sockets buffer, and sees that it waited, and that all of it arrived.
    static func run(use enhancers: Enhancers = Enhancers()) async throws {
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        limits.sendTimeout = nil
        let produced = Mutex(0)
        let total = 2000
        try await ServerHarness.run(limits: limits) {
            $0.onMessage("flood", use: enhancers) { (_: JSONValue?, _) in
                CountingSequence(total: total) { produced.withLock { $0 += 1 } }
            }
            $0.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            let clock = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"flood","id":"1"}"#)
            for _ in 0..<20 { try await harness.barrier(clock) }
            // 2000 values of 16 KiB are 32 MB, far more than sockets buffer.
            #expect(produced.withLock { $0 } < total)
            try await peer.startReading()
            let received = await peer.received(upTo: #""isDisposed":true,"id":"1"}"#)
            #expect(produced.withLock { $0 } == total)
            #expect(received.bytes.count > total * 16 * 1024)
            await peer.close()
            await clock.close()
        }
    }
}
