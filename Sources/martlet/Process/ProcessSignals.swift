import Logging
import MartletGateway
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What signals do to a running server.
///
/// SIGTERM and SIGINT end it gracefully; the second of them ends it at once, with the exit code that shells have for the signal.
struct ProcessSignals: Sendable {
    /// SIGHUP; `nil` leaves it to the system, which ends the process.
    var reload: (@Sendable () async -> Void)?
    /// SIGUSR1; `nil` as above.
    var reopenLogs: (@Sendable () -> Void)?

    private var trapped: [UnixSignal] {
        [.sigterm, .sigint] + (reload == nil ? [] : [.sighup]) + (reopenLogs == nil ? [] : [.sigusr1])
    }

    /// Runs a group of services, handling signals meanwhile.
    func run(_ group: ServiceGroup, logger: Logger) async throws {
        let signals = await UnixSignalsSequence(trapping: trapped)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await handle(signals, group, logger) }
            defer { tasks.cancelAll() }
            // The signals never end by themselves.
            try await tasks.next()
        }
    }

    private func handle(_ signals: UnixSignalsSequence, _ group: ServiceGroup, _ logger: Logger) async {
        let repetition = Repetition()
        await withDiscardingTaskGroup { tasks in
            var isEnding = false
            for await signal in signals {
                switch signal {
                case .sighup:
                    // Signals are heard meanwhile: a reload may have to wait for somebody who does not answer.
                    if repetition.begins() {
                        tasks.addTask { repeat { await reload?() } while repetition.goesOn() }
                    }
                case .sigusr1: reopenLogs?()
                default:
                    if isEnding { endAtOnce(signal, logger) }
                    isEnding = true
                    logger.notice("shutting down", metadata: ["signal": "\(signal)"])
                    await group.triggerGracefulShutdown()
                }
            }
        }
    }

    private func endAtOnce(_ signal: UnixSignal, _ logger: Logger) -> Never {
        logger.notice("ending at once, requests in flight are cut off", metadata: ["signal": "\(signal)"])
        LogWriter.flushAll()
        // Not `exit`: the threads of the event loops are still running.
        _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
    }
}
