import NetworkIO
import Testing

@Suite struct DeadlineWheelTests {
    private func expired(_ wheel: inout DeadlineWheel, at now: Int64) -> [Int] {
        var handles: [Int] = []
        wheel.expire(now: now, into: &handles)
        return handles.sorted()
    }

    @Test func `a deadline is never reported early and at most one tick late`() {
        for deadline in stride(from: Int64(1), through: 3000, by: 7) {
            var wheel = DeadlineWheel(tick: 10, buckets: 64, now: 0)
            wheel.schedule(3, at: deadline)
            #expect(expired(&wheel, at: deadline - 1).isEmpty, "early for \(deadline)")
            #expect(expired(&wheel, at: deadline + 10) == [3], "late for \(deadline)")
            #expect(wheel.count == 0)
        }
    }

    @Test func `cancelled and moved handles are reported once, at their last time`() {
        var wheel = DeadlineWheel(tick: 10, buckets: 64, now: 0)
        for handle in 0..<100 { wheel.schedule(handle, at: 50) }
        for handle in stride(from: 0, to: 100, by: 2) { wheel.cancel(handle) }
        for handle in stride(from: 1, to: 100, by: 4) { wheel.schedule(handle, at: 5000) }
        #expect(expired(&wheel, at: 60) == Array(stride(from: 3, to: 100, by: 4)))
        #expect(expired(&wheel, at: 4990).isEmpty)
        #expect(expired(&wheel, at: 5010) == Array(stride(from: 1, to: 100, by: 4)))
        #expect(wheel.count == 0)
        #expect(wheel.nextDeadline == nil)
    }

    @Test func `a long pause reports everything that passed and nothing else`() {
        var wheel = DeadlineWheel(tick: 10, buckets: 64, now: 1000)
        wheel.schedule(1, at: 1100)
        wheel.schedule(2, at: 9000)
        wheel.schedule(3, at: 50_000)
        #expect(expired(&wheel, at: 10_000) == [1, 2])
        #expect(expired(&wheel, at: 60_000) == [3])
    }

    @Test func `the next wake-up is never after the earliest deadline`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let now = Int64.random(in: 0...100_000, using: &random)
            var wheel = DeadlineWheel(tick: 10, buckets: 64, now: now)
            let deadlines = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                now + Int64.random(in: 0...5000, using: &random)
            }
            for (handle, deadline) in deadlines.enumerated() { wheel.schedule(handle, at: deadline) }
            let earliest = try #require(deadlines.min())
            let next = try #require(wheel.nextDeadline)
            #expect(next <= earliest + 20 && next > now - 10)
            // Following the wake-ups reports everything in the end.
            var handles: [Int] = []
            var rounds = 0
            while let wake = wheel.nextDeadline, rounds < 1000 {
                wheel.expire(now: wake, into: &handles)
                rounds += 1
            }
            #expect(handles.count == deadlines.count)
        }
    }

    @Test func `random use agrees with a dictionary`() {
        var random = SystemRandomNumberGenerator()
        var wheel = DeadlineWheel(tick: 8, buckets: 64, now: 0)
        var model: [Int: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<20_000 {
            let handle = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let deadline = now + Int64.random(in: 1...2000, using: &random)
                wheel.schedule(handle, at: deadline)
                model[handle] = deadline
            case 2:
                wheel.cancel(handle)
                model[handle] = nil
            default:
                now += Int64.random(in: 0...200, using: &random)
                for handle in expired(&wheel, at: now) {
                    let deadline = model.removeValue(forKey: handle)
                    #expect(deadline.map { $0 <= now } == true)
                }
                #expect(model.values.allSatisfy { $0 > now - 16 })
            }
            #expect(wheel.count == model.count)
        }
    }
}
