import CoreMetrics

/// Hands snapshots on to a backend of swift-metrics: of counters what came since the snapshot before, of gauges the present.
///
/// swift-metrics has no way to hand over a histogram that is counted already. Its buckets, its count and its sum become
/// counters (`…_bucket` with the dimension `le`, `…_count`, `…_sum`).
struct MetricsPublisher {
    private enum Handler {
        case counter(any CounterHandler, last: UInt64)
        case fraction(any FloatingPointCounterHandler, last: Double)
        case gauge(any MeterHandler)
    }

    private struct Key: Hashable {
        var name: String
        var labels: [String]
    }

    private let factory: any MetricsFactory
    private var handlers: [Key: Handler] = [:]
    private var seen: Set<Key> = []

    init(_ factory: any MetricsFactory) { self.factory = factory }

    /// Hands a snapshot on.
    mutating func publish(_ families: [MetricFamily]) {
        seen.removeAll(keepingCapacity: true)
        for family in families {
            for series in family.series { publish(family, series) }
        }
        // What a route file no longer has is not kept for ever.
        for (key, handler) in handlers where !seen.contains(key) {
            destroy(handler)
            handlers[key] = nil
        }
    }

    private mutating func publish(_ family: MetricFamily, _ series: MetricFamily.Series) {
        switch (series.value, family.kind) {
        case (.count(let count), .gauge): set(family.name, series.labels, Double(count))
        case (.number(let number), .gauge): set(family.name, series.labels, number)
        case (.count(let count), _): tally(family.name, series.labels, count)
        case (.number(let number), _): add(family.name, series.labels, number)
        case (.histogram(let bounds, let counts, let sum), _):
            var total: UInt64 = 0
            for (index, count) in counts.enumerated() {
                total &+= count
                let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
                tally(family.name + "_bucket", series.labels + [(name: "le", value: bound)], total)
            }
            tally(family.name + "_count", series.labels, total)
            add(family.name + "_sum", series.labels, sum)
        }
    }

    private mutating func key(_ name: String, _ labels: [(name: String, value: String)]) -> Key {
        let key = Key(name: name, labels: labels.flatMap { [$0.name, $0.value] })
        seen.insert(key)
        return key
    }

    private mutating func tally(_ name: String, _ labels: [(name: String, value: String)], _ now: UInt64) {
        let key = key(name, labels)
        guard case .counter(let handler, let last)? = handlers[key] else {
            let handler = factory.makeCounter(label: name, dimensions: labels.map { ($0.name, $0.value) })
            handlers[key] = .counter(handler, last: now)
            if now > 0 { handler.increment(by: Int64(clamping: now)) }
            return
        }
        // Less than before: counted anew from zero.
        let delta = now >= last ? now - last : now
        if delta > 0 { handler.increment(by: Int64(clamping: delta)) }
        handlers[key] = .counter(handler, last: now)
    }

    private mutating func add(_ name: String, _ labels: [(name: String, value: String)], _ now: Double) {
        let key = key(name, labels)
        guard case .fraction(let handler, let last)? = handlers[key] else {
            let handler = factory.makeFloatingPointCounter(
                label: name, dimensions: labels.map { ($0.name, $0.value) })
            handlers[key] = .fraction(handler, last: now)
            if now > 0 { handler.increment(by: now) }
            return
        }
        let delta = now >= last ? now - last : now
        if delta > 0 { handler.increment(by: delta) }
        handlers[key] = .fraction(handler, last: now)
    }

    private mutating func set(_ name: String, _ labels: [(name: String, value: String)], _ now: Double) {
        let key = key(name, labels)
        if case .gauge(let handler)? = handlers[key] { return handler.set(now) }
        let handler = factory.makeMeter(label: name, dimensions: labels.map { ($0.name, $0.value) })
        handlers[key] = .gauge(handler)
        handler.set(now)
    }

    private func destroy(_ handler: Handler) {
        switch handler {
        case .counter(let handler, _): factory.destroyCounter(handler)
        case .fraction(let handler, _): factory.destroyFloatingPointCounter(handler)
        case .gauge(let handler): factory.destroyMeter(handler)
        }
    }
}

extension Gateway {
    /// Hands the gateway's metrics to swift-metrics, for programs that have a backend of their own; until the task is cancelled.
    ///
    /// ```swift
    /// async let publishing: Void = gateway.publishMetrics(every: .seconds(10))
    /// ```
    ///
    /// Names and labels are those of `docs/metrics.md`. It does nothing when the backend is a ``PrometheusMetrics``, which is shown
    /// with the gateway's metrics anyway.
    ///
    /// - Parameters:
    ///   - interval: The time between two snapshots.
    ///   - factory: The backend; the process's own unless given.
    public func publishMetrics(every interval: Duration, to factory: (any MetricsFactory)? = nil) async {
        let factory = factory ?? MetricsSystem.factory
        guard !(factory is PrometheusMetrics) else { return }
        var publisher = MetricsPublisher(factory)
        while true {
            publisher.publish(MetricCatalog.families(await metrics(), process: nil))
            // The last snapshot is handed on too.
            guard !Task.isCancelled else { return }
            try? await Task.sleep(for: interval)
        }
    }
}
