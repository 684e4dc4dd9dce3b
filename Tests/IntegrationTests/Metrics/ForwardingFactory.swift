import CoreMetrics
import MartletGateway

/// A backend that is not ours, as far as anybody can tell.
struct ForwardingFactory: MetricsFactory {
    let backend: PrometheusMetrics

    init(_ backend: PrometheusMetrics) { self.backend = backend }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        backend.makeCounter(label: label, dimensions: dimensions)
    }
    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        backend.makeFloatingPointCounter(label: label, dimensions: dimensions)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        backend.makeMeter(label: label, dimensions: dimensions)
    }
    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        backend.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        backend.makeTimer(label: label, dimensions: dimensions)
    }
    func destroyCounter(_ handler: any CounterHandler) { backend.destroyCounter(handler) }
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        backend.destroyFloatingPointCounter(handler)
    }
    func destroyMeter(_ handler: any MeterHandler) { backend.destroyMeter(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) { backend.destroyRecorder(handler) }
    func destroyTimer(_ handler: any TimerHandler) { backend.destroyTimer(handler) }
}
