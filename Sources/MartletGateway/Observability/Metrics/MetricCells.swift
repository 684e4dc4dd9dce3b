import CoreMetrics
import Pooling
import Synchronization

/// One time series of ``PrometheusMetrics``.
protocol MetricCell: AnyObject, Sendable {
    var value: MetricFamily.Value { get }
}

/// Counts by whole numbers.
final class CounterCell: MetricCell, CounterHandler {
    private let count = Atomic<UInt64>(0)

    var value: MetricFamily.Value { .count(count.load(ordering: .relaxed)) }

    /// A counter never falls: what is below zero counts as nothing.
    func increment(by amount: Int64) { count.wrappingAdd(UInt64(max(amount, 0)), ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

/// Counts by fractions.
final class FractionCounterCell: MetricCell, FloatingPointCounterHandler {
    private let sum = Mutex(0.0)

    var value: MetricFamily.Value { .number(sum.withLock { $0 }) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        sum.withLock { $0 += amount }
    }
    func reset() { sum.withLock { $0 = 0 } }
}

/// What was said last.
final class GaugeCell: MetricCell, MeterHandler, RecorderHandler {
    private let latest = Mutex(0.0)

    var value: MetricFamily.Value { .number(latest.withLock { $0 }) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { latest.withLock { $0 = value } }
    func increment(by amount: Double) { latest.withLock { $0 += amount } }
    func decrement(by amount: Double) { latest.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// How often values lay where; of values of any unit, so the bounds go far.
final class DistributionCell: MetricCell, RecorderHandler {
    static let bounds: [Double] = [
        0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 100_000, 1_000_000,
    ]

    private struct Counts {
        var counts = [UInt64](repeating: 0, count: bounds.count + 1)
        var sum = 0.0
    }

    private let counts = Mutex(Counts())

    var value: MetricFamily.Value {
        let counts = counts.withLock { $0 }
        return .histogram(bounds: Self.bounds, counts: counts.counts, sum: counts.sum)
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        guard value.isFinite else { return }
        let place = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        counts.withLock { counts in
            counts.counts[place] += 1
            counts.sum += value
        }
    }
}

/// How long things took.
final class TimerCell: MetricCell, TimerHandler {
    private let histogram = Mutex(LatencyHistogram())

    var value: MetricFamily.Value { .seconds(GatewayMetrics.Histogram(histogram.withLock { $0 })) }

    func recordNanoseconds(_ duration: Int64) { histogram.withLock { $0.record(nanoseconds: duration) } }
}
