import Foundation
import MartletGateway
import NetworkIO
import Synchronization
import TestSupport
import Testing

@testable import martlet

/// What watches files while the gateway runs, and how that ends.
@Suite(.timeLimit(.minutes(2))) struct RunningTests {
    private typealias Rig = ReloadingGateway

    /// Runs a gateway until the body is over, and waits until it listens.
    private func running(
        _ rig: ReloadingGateway, _ body: (Int, Task<Void, any Error>) async throws -> Void
    ) async throws {
        let started = Mutex<Int?>(nil)
        let run = Task {
            try await rig.gateway.run { addresses in
                started.withLock { $0 = addresses.first?.split(separator: ":").last.flatMap { Int($0) } }
            }
        }
        try await eventually("it listens") { started.withLock { $0 } != nil }
        try await body(try #require(started.withLock { $0 }), run)
        run.cancel()
        try await run.value
    }

    @Test func `what changed before the watching began is not overlooked`() async throws {
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1), starts: false)
        try rig.write(Rig.text([Rig.other], endpoint: 1))
        try await running(rig) { _, _ in
            try await eventually("the second generation") { rig.gateway.reloadFacts.generation == 2 }
        }
    }

    @Test func `what was refused is tried again by itself, quietly`() async throws {
        let occupied = try await ScriptedServer()
        let text = Rig.text([Rig.get], endpoint: 1)
        let rig = try await Rig(text, starts: false) { $0.retriesReloadEvery = .milliseconds(1) }
        try await running(rig) { _, _ in
            let taken = "listen: [\"127.0.0.1:0\", \"127.0.0.1:\(occupied.port)\"]"
            #expect(try await !rig.reload(Rig.text([Rig.other], endpoint: 1, gateway: taken)).isApplied)
            await occupied.stop()
            try await eventually("the address is free") { rig.gateway.reloadFacts.generation == 2 }
            try await eventually("it is said") { rig.log.contains("notice configuration reloaded") }
            let refusals = rig.log.lines.filter { $0.hasPrefix("error configuration not reloaded") }
            #expect(!refusals.contains { $0.contains("tried again") }, "\(refusals)")
        }
    }

    @Test func `a task that is cancelled still finishes the requests in flight`() async throws {
        let server = try await ScriptedServer()
        let rig = try await Rig(Rig.text([Rig.get], endpoint: server.port), loops: 1, starts: false)
        try await running(rig) { port, run in
            let client = try await RawConnection.connect(port: port)
            try await client.send(Ask.get("/get/1"))
            let service = try await server.accept()
            let packet = try #require(await service.packets(1).first)
            run.cancel()
            try await eventually("it drains") { rig.log.contains("finishing requests in flight") }
            try await service.send(Packet.answer("7", to: packet))
            #expect(await client.receiveAll().contains("200 OK"))
        }
    }

    @Test func `an address of the service manager cannot be taken out of the file`() async throws {
        // Bound and listening, as systemd has it.
        let free = try await ScriptedServer()
        let address = HostPort(host: "127.0.0.1", port: free.port)
        await free.stop()
        let bound = try #require(try BoundSockets.bind(address, count: 1).first)
        #expect(listen(bound.descriptor, 16) == 0)
        let inherited = try ListeningDescriptor(bound.descriptor, origin: .activation(name: nil))
        let both = "listen: [\"127.0.0.1:0\", \"\(address)\"]"
        let rig = try await Rig(Rig.text([Rig.get], endpoint: 1, gateway: both)) {
            $0.sockets = ListeningSockets([inherited])
        }
        let outcome = try await rig.reload(Rig.text([Rig.get], endpoint: 1))
        #expect(!outcome.isApplied)
        #expect(outcome.errors.first?.contains("the service manager opened \(address)") == true, "\(outcome.errors)")
        #expect(rig.gateway.addresses.count == 2)
        await rig.stop()
    }

    @Test func `what is asked for several times while it runs is done once more`() {
        let repetition = Repetition()
        #expect(repetition.begins())
        for _ in 0..<3 { #expect(!repetition.begins()) }
        #expect(repetition.goesOn())
        #expect(!repetition.goesOn())
        #expect(repetition.begins())
    }
}
