import CoreMetrics
import Synchronization

/// A backend of swift-metrics whose numbers are shown by the gateway, beside its own.
///
/// Guards, pipes, interceptors and services in the gateway's process that count through swift-metrics need nothing else:
///
/// ```swift
/// var configuration = GatewayConfiguration()
/// configuration.sharedMetrics = .system
/// ```
///
/// A label becomes a name that Prometheus takes: characters other than letters, digits and `_` become `_`, counters end in
/// `_total`, timers in `_seconds`; names that begin like the gateway's own (`martlet_`, `process_`) get `custom_` before them.
/// Timers and aggregating recorders are histograms, other recorders and meters gauges.
///
/// The number of time series is bounded. One more than that, or one whose name (or that of a part of it, such as
/// `…_count`) another metric has already, is not kept; `martlet_shared_series_refused_total` counts them.
///
/// World: called from anywhere. A short lock when a metric is made; each metric has its own atomic number or lock.
public final class PrometheusMetrics: MetricsFactory {
    /// The process's own: the first use makes it the backend of swift-metrics, so nothing else may be that.
    public static let system: PrometheusMetrics = {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    private struct Key: Hashable {
        var name: String
        /// Names and values in turn.
        var labels: [String]
    }

    private struct State {
        var cells: [Key: any MetricCell] = [:]
        /// By name: what all its series are, and how it was called.
        var kinds: [String: (kind: MetricFamily.Kind, label: String, count: Int)] = [:]
        /// Names that are written, by the metric that they belong to.
        var owners: [String: String] = [:]
        var refused: UInt64 = 0
    }

    private let maxSeries: Int
    private let state = Mutex(State())

    /// Makes a backend that nobody uses yet.
    ///
    /// - Parameter maxSeries: Combinations of label and dimensions that are kept at most; 1000 unless set otherwise.
    public init(maxSeries: Int = 1000) { self.maxSeries = maxSeries }

    /// What was counted, by name.
    package var families: [MetricFamily] {
        let (cells, kinds, refused) = state.withLock { ($0.cells, $0.kinds, $0.refused) }
        let byName = Dictionary(grouping: cells, by: \.key.name)
        var families = byName.sorted { $0.key < $1.key }.compactMap { name, cells -> MetricFamily? in
            guard let kind = kinds[name] else { return nil }
            var family = MetricFamily(name, kind.kind, "\(kind.label) (counted through swift-metrics).")
            family.series = cells.sorted { $0.key.labels.lexicographicallyPrecedes($1.key.labels) }.map { key, cell in
                MetricFamily.Series(labels: Self.pairs(key.labels), value: cell.value)
            }
            return family
        }
        var lost = MetricFamily(
            "martlet_shared_series_refused_total", .counter,
            "Metrics of swift-metrics that were not kept: too many, or of a name that another kind has.")
        lost.add(.count(refused))
        families.append(lost)
        return families
    }

    private static func pairs(_ labels: [String]) -> [(name: String, value: String)] {
        stride(from: 0, to: labels.count, by: 2).map { (name: labels[$0], value: labels[$0 + 1]) }
    }

    /// The cell of a series, made if it is new; `nil` when it cannot be kept.
    private func cell<Cell: MetricCell>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, suffix: String = "",
        _ make: () -> Cell
    ) -> Cell? {
        let name = MetricName.metric(label, suffix: suffix)
        let key = Key(name: name, labels: MetricName.labels(dimensions))
        return state.withLock { state in
            if let known = state.cells[key] {
                if let cell = known as? Cell { return cell }
                state.refused += 1
                return nil
            }
            let names = MetricName.written(for: name, kind)
            guard state.cells.count < maxSeries, state.kinds[name].map({ $0.kind == kind }) ?? true,
                names.allSatisfy({ state.owners[$0, default: name] == name })
            else {
                state.refused += 1
                return nil
            }
            let cell = make()
            state.cells[key] = cell
            state.kinds[name, default: (kind, label, 0)].count += 1
            for written in names { state.owners[written] = name }
            return cell
        }
    }

    /// Nobody will write it any more.
    private func forget(_ cell: AnyObject) {
        state.withLock { state in
            guard let key = state.cells.first(where: { $0.value === cell })?.key else { return }
            state.cells[key] = nil
            state.kinds[key.name]?.count -= 1
            guard let kind = state.kinds[key.name], kind.count == 0 else { return }
            state.kinds[key.name] = nil
            for written in MetricName.written(for: key.name, kind.kind) { state.owners[written] = nil }
        }
    }

    // MARK: MetricsFactory

    /// Makes a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter, suffix: "_total") { CounterCell() } ?? NOOPMetricsHandler.instance
    }

    /// Makes a counter of fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(label, dimensions, .counter, suffix: "_total") { FractionCounterCell() } ?? NOOPMetricsHandler.instance
    }

    /// Makes a meter, which is a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge) { GaugeCell() } ?? NOOPMetricsHandler.instance
    }

    /// Makes a recorder: a histogram when it aggregates, else a gauge.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            return cell(label, dimensions, .histogram) { DistributionCell() } ?? NOOPMetricsHandler.instance
        }
        return cell(label, dimensions, .gauge) { GaugeCell() } ?? NOOPMetricsHandler.instance
    }

    /// Makes a timer: a histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram, suffix: "_seconds") { TimerCell() } ?? NOOPMetricsHandler.instance
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    /// Forgets a counter of fractions.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    /// Forgets a meter.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    /// Forgets a recorder.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    /// Forgets a timer.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}

/// Names as Prometheus takes them.
enum MetricName {
    /// A metric's name, with the suffix unless it has that already.
    static func metric(_ label: String, suffix: String) -> String {
        var name = sanitised(label)
        if name.hasPrefix("martlet_") || name.hasPrefix("process_") { name = "custom_" + name }
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// The names that a metric takes up in one of the text formats: nothing else may have them.
    static func written(for name: String, _ kind: MetricFamily.Kind) -> [String] {
        switch kind {
        // OpenMetrics leaves `_total` out where the family is named.
        case .counter: [name] + (name.hasSuffix("_total") ? [String(name.dropLast(6))] : [])
        case .histogram: [name, name + "_bucket", name + "_count", name + "_sum"]
        default: [name]
        }
    }

    /// Dimensions as names and values in turn, by name; a name that comes again is left out.
    static func labels(_ dimensions: [(String, String)]) -> [String] {
        var seen: Set<String> = []
        let pairs = dimensions.map { (name: label($0.0), value: String($0.1.prefix(maxValueLength))) }
            .filter { seen.insert($0.name).inserted }
        return pairs.sorted { $0.name < $1.name }.flatMap { [$0.name, $0.value] }
    }

    private static let maxValueLength = 256

    /// `le` says in a histogram which bucket it is, and two underscores are Prometheus's own.
    private static func label(_ name: String) -> String {
        let name = sanitised(name)
        return name == "le" || name == "quantile" || name.hasPrefix("__") ? "label_" + name : name
    }

    private static func sanitised(_ text: String) -> String {
        var name = text.utf8.reduce(into: "") { name, byte in
            let isTaken = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            name.unicodeScalars.append(isTaken ? Unicode.Scalar(byte) : "_")
        }
        if name.first.map(\.isNumber) ?? true { name = "_" + name }
        return name
    }
}
