import Logging
import NIOCore
import NetworkIO

/// Makes every transport of a service listen, or none: while one has to wait for its address the others give theirs back, so that
/// nobody is served by half a service.
///
/// World: structured concurrency.
struct ListeningAttempts {
    /// Why nobody listens.
    struct Failure: Error {
        /// Names the transport that cannot.
        let error: any Error
        /// Whether handlers still run, which have ignored their cancellation and need their loops.
        let hasRunningHandlers: Bool
    }

    let registry: HandlerRegistry
    let group: any EventLoopGroup
    let logger: Logger
    let monitor: ServerMonitor
    /// How long running handlers may take when a transport that listened gives its address back.
    let drainTimeout: Duration
    /// Ends the waiting.
    let stop: StopSignal

    /// Without a pause the attempts would be over before anybody could let go of the address.
    private static let shortestRetryDelay = Duration.milliseconds(100)

    /// Listens.
    ///
    /// - Parameter transports: How and where; at least one.
    /// - Returns: All of them, in the same order, accepting connections.
    /// - Throws: ``Failure`` when one of them cannot, has no attempts left, or the wait was ended.
    func listen(_ transports: [ServerTransport]) async throws(Failure) -> [RunningTransport] {
        var attempts = Array(repeating: 0, count: transports.count)
        // One that had to wait comes first: the others do not begin before it.
        var order = Array(transports.indices)
        var hasRunningHandlers = false
        while true {
            var running: [Int: RunningTransport] = [:]
            var latest = order[0]
            do {
                for index in order {
                    latest = index
                    running[index] = try await RunningTransport.open(
                        transports[index], registry, on: group, logger: logger, monitor: monitor)
                }
                return transports.indices.compactMap { running[$0] }
            } catch {
                hasRunningHandlers = await close(Array(running.values)) || hasRunningHandlers
                attempts[latest] += 1
                do {
                    try await waitForAnotherAttempt(transports[latest], after: error, attempts[latest])
                } catch {
                    throw Failure(error: error, hasRunningHandlers: hasRunningHandlers)
                }
                order.removeAll { $0 == latest }
                order.insert(latest, at: 0)
            }
        }
    }

    private func close(_ running: [RunningTransport]) async -> Bool {
        for transport in running { await transport.stopListening() }
        var hasRunningHandlers = false
        for transport in running {
            hasRunningHandlers = await transport.drain(within: drainTimeout) || hasRunningHandlers
        }
        return hasRunningHandlers
    }

    /// Returns when it is time; throws when there is no further attempt.
    private func waitForAnotherAttempt(
        _ transport: ServerTransport, after error: any Error, _ attempts: Int
    ) async throws {
        let options = transport.options
        guard case .addressInUse? = (error as? MicroserviceError)?.cause as? NetworkIOError,
            attempts <= options.retryAttempts, !stop.isGiven
        else { throw error }
        let delay = max(options.retryDelay, Self.shortestRetryDelay)
        logger.warning(
            "the address is in use, listening is tried again",
            metadata: [
                "address": "\(transport)", "after": "\(delay)", "attempt": "\(attempts) of \(options.retryAttempts)",
            ])
        do {
            try await stop.wait(delay, transport.clock)
        } catch {
            throw MicroserviceError(
                .cannotListen, "\(transport): cancelled before the address was free", cause: error)
        }
        if stop.isGiven { throw error }
    }
}
