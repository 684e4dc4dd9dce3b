import Dispatch
import Foundation
import Pipeline
import Routing
import TestSupport
import Testing

@testable import MartletGateway

/// `RateLimit` under load: what is let in is what the file allows, however many loops ask at the same time.
@Suite struct RateLimitExactnessTests {
    private func makeGuard(_ options: String) throws -> RateLimitGuard {
        let file = try RouteFile.load(
            text: """
                version: 1
                use: { guards: [{ RateLimit: { \(options) } }] }
                services: { s: { endpoints: ["h:1"] } }
                routes: []
                """, name: "r.yaml", variables: [:])
        guard case .rateLimit(let settings) = file.enhancers.first?.settings.guardSettings else { throw NoGuard() }
        return RateLimitGuard(settings)
    }

    private struct NoGuard: Error {}

    /// Four loops, a request of each client in every millisecond: between 99 and 101 of 100 that are allowed come in.
    @Test(arguments: [
        // With a burst of one, a request that comes a moment too late is lost for good: that is another test.
        ("limit: 100, per: 1s, burst: 10", 10.0, 100.0), ("limit: 77, per: 1s", 77.0, 77.0),
        ("limit: 7000, per: 1m, burst: 2", 2.0, 7000.0 / 60),
    ])
    func `four loops let in what is allowed`(options: String, burst: Double, rate: Double) async throws {
        let limit = try makeGuard("key: $request.ip, \(options)")
        let clients = 8
        let seconds = 2.0
        let admitted = await onThreadOfItsOwn { Self.admitted(by: limit, clients: clients, seconds: seconds) }
        let allowance = Double(clients) * (burst + rate * seconds)
        let share = Double(admitted) / allowance
        #expect((0.99...1.01).contains(share), "\(admitted) of \(allowance)")
    }

    /// How many requests come in when four loops ask at the same time, in ticks of 4 ms.
    private static func admitted(by limit: RateLimitGuard, clients: Int, seconds: Double) -> Int {
        let admitted = Admitted(loops: 4)
        let addresses = (0..<clients).map { Client("192.0.2.\($0)") }
        for now in stride(from: Int64(0), through: Int64(seconds * 1e9), by: 4_000_000) {
            DispatchQueue.concurrentPerform(iterations: 4) { loop in
                for client in addresses {
                    let context = GuardContext(request: client.view, now: now + Int64(loop) * 1_000_000, loop: loop)
                    if case .passWith = limit.decide(context) { admitted[loop] += 1 }
                }
            }
        }
        return admitted.total
    }

    /// `MARTLET_MANY_KEYS=10000000 swift test --filter "no more memory"` shows the figures for more.
    @Test func `keys without end take no more memory`() async {
        let environment = ProcessInfo.processInfo.environment["MARTLET_MANY_KEYS"].flatMap(Int.init)
        let count = environment ?? 200_000
        let table = RateLimitTable(interval: 1e9, burst: 2, maxKeys: RateLimitSettings.defaultMaxKeys)
        let (bytes, before) = (table.byteCount, Self.residentKiB)
        let passed = await onThreadOfItsOwn {
            (0..<UInt64(count)).count { table.spend($0 &* 0x9E37_79B9_7F4A_7C15 | 1, now: Int64($0)).isAllowed }
        }
        #expect(table.byteCount == bytes)
        #expect(bytes == 131_072 * 16)
        // A key that was never seen comes in.
        #expect(passed == count)
        guard environment != nil else { return }
        print("\(count) keys: \(bytes) bytes of places, resident \(before) KiB before, \(Self.residentKiB) KiB after")
    }

    /// Of this process.
    private static var residentKiB: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4 } ?? 0
    }

    /// Each loop counts for itself.
    private final class Admitted: @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: no two loops write the same place, and it is read when they have ended.
        private let counts: UnsafeMutableBufferPointer<Int>
        init(loops: Int) {
            counts = .allocate(capacity: loops)
            counts.initialize(repeating: 0)
        }
        deinit { counts.deallocate() }
        subscript(loop: Int) -> Int {
            get { counts[loop] }
            set { counts[loop] = newValue }
        }
        var total: Int { counts.reduce(0, +) }
    }

    /// A request of which only the address matters.
    private final class Client: RequestFields, RequestFacts, Sendable {
        let clientAddress: String
        let requestID = ""
        let tlsSubject: String? = nil
        let receivedAt = ""

        init(_ address: String) { clientAddress = address }

        var view: RequestView {
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            return RequestView(
                method: none, path: none, query: none, authority: none, body: none, fields: self, facts: self)
        }

        func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? { nil }
        func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {}
        func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {}
    }
}
