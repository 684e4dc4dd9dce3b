import Logging
import Routing
import Synchronization

/// The traces of a gateway: which are recorded, and the way of their spans to a receiver.
///
/// World: structured concurrency; what event loops use of it are constants and the queue.
final class GatewayTracing: Sendable {
    let settings: TracingSettings
    /// Of traces that begin here.
    let sampling: Sampling
    /// `nil` when spans go nowhere.
    let queue: SpanQueue?
    private let exporter: OTLPExporter?
    private let connection: OTLPConnection?
    private let running = Mutex<Task<Void, Never>?>(nil)

    /// What is sent with every request; of files, what stood in them.
    private let headers: [String]

    /// Reads what `gateway.tracing` names.
    ///
    /// - Parameters:
    ///   - settings: What the route file says; `nil` for no traces.
    ///   - former: What there was before.
    ///   - logger: For receivers that take nothing.
    /// - Returns: The same as before, when nothing has changed.
    /// - Throws: `RouteFileError` with the files that cannot be read.
    static func made(
        _ settings: TracingSettings?, after former: GatewayTracing?, logger: Logger
    ) throws(RouteFileError) -> GatewayTracing? {
        guard let settings else { return nil }
        let headers = try settings.otlp.map { otlp throws(RouteFileError) in try Self.headers(otlp) } ?? []
        if let former, former.settings == settings, former.headers == headers { return former }
        return GatewayTracing(settings, headers: headers, logger: logger)
    }

    private init(_ settings: TracingSettings, headers: [String], logger: Logger) {
        self.settings = settings
        self.headers = headers
        sampling = Sampling(settings.sample)
        guard let otlp = settings.otlp else {
            queue = nil
            exporter = nil
            connection = nil
            return
        }
        let queue = SpanQueue(capacity: settings.queue, batch: settings.batch)
        let connection = OTLPConnection(
            address: otlp.endpoint, headers: headers, timeout: otlp.timeout)
        self.queue = queue
        self.connection = connection
        exporter = OTLPExporter(
            queue: queue, connection: connection,
            encoder: OTLPEncoder(service: settings.service, version: BuildInfo.version, resource: settings.resource),
            interval: settings.interval, logger: logger)
    }

    private static func headers(_ otlp: OTLPSettings) throws(RouteFileError) -> [String] {
        var errors: [Diagnostic] = []
        var headers: [String] = []
        for header in otlp.headers {
            switch header.value {
            case .text(let text): headers.append("\(header.name): \(text)")
            case .file(let path, let place):
                do throws(FileSourceError) {
                    let bytes = try DiskFileSource().read(path)
                    let line = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
                    guard !line.isEmpty, line.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                        errors.append(Diagnostic(.error, place, "the first line of \(path) is no value for a header"))
                        continue
                    }
                    headers.append("\(header.name): \(line)")
                } catch {
                    errors.append(Diagnostic(.error, place, "cannot read \(path): \(error.reason)"))
                }
            }
        }
        if !errors.isEmpty { throw RouteFileError(errors: errors, warnings: []) }
        return headers
    }

    /// Begins to send what is recorded, until ``end(within:)``.
    func begin() {
        MartletTracer.shared.use(self)
        guard let exporter else { return }
        running.withLock { running in
            if running == nil { running = Task { await exporter.run() } }
        }
    }

    /// Another takes its place: what is still there is sent, without anybody waiting for it.
    func retire() {
        MartletTracer.shared.stopUsing(self)
        queue?.finish()
    }

    /// Sends what is still there in what is left of a drain's time: at least a second, at most five.
    func end(afterDraining spent: Duration, of time: Duration) async {
        await end(within: min(.seconds(5), max(.seconds(1), time - spent)))
    }

    /// Sends what is still there, at most for a time; nothing may be recorded any more.
    func end(within time: Duration) async {
        MartletTracer.shared.stopUsing(self)
        guard let queue, let connection, let task = running.withLock({ $0.take() }) else { return }
        queue.finish()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await task.value }
            group.addTask {
                guard (try? await Task.sleep(for: time)) != nil else { return }
                // The request under way ends, and so does the task.
                connection.abort()
                task.cancel()
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// What became of spans since the start.
    var facts: TracingFacts {
        let totals = exporter?.totals ?? (sent: 0, lost: 0)
        return TracingFacts(
            sent: totals.sent, dropped: (queue?.dropped ?? 0) + totals.lost, waiting: queue?.count ?? 0)
    }
}

/// What became of a gateway's spans since its start.
package struct TracingFacts: Sendable, Equatable {
    /// The receiver has taken them.
    package var sent: UInt64
    /// There was no room for them, or the receiver did not take them.
    package var dropped: UInt64
    /// They are to be sent.
    package var waiting: Int
}
