import Logging
import NIOCore
import NetworkIO
import Routing
import Synchronization

/// Reading the route files again while the gateway serves.
///
/// Everything is read, checked and made before any request sees it; then each event loop goes on to the new generation. Requests in
/// flight end on the old one. Whatever is wrong leaves everything as it is.
///
/// World: structured concurrency.
extension Gateway {
    /// Reads the route files again and serves by what they say now.
    ///
    /// Listeners, connections, pools and what guards have counted are kept where their own settings did not change.
    ///
    /// - Parameter cause: Why, for the log: `SIGHUP`, `files changed`.
    /// - Returns: What came of it. On any fault the old configuration stays.
    @discardableResult
    public func reload(cause: String) async -> ReloadOutcome {
        await reloads.pass { await reloadAlone(cause) }
    }

    /// What is known of the configuration that serves, and of the latest attempt to replace it.
    package var reloadFacts: ReloadFacts { state.withLock { $0.facts } }

    /// Why the latest attempt to replace it was refused; empty when it was not.
    package var reloadRefusal: [String] { state.withLock { $0.refusal } }

    /// Does something while the configuration stays what it is; reloads wait meanwhile.
    package func withoutReloads(_ body: () async throws -> Void) async rethrows { try await reloads.pass(body) }

    private func reloadAlone(_ cause: String) async -> ReloadOutcome {
        guard let former = state.withLock({ $0.group == nil ? nil : $0.generation }) else {
            return refused(["the gateway is not running"], cause)
        }
        guard let reader else { return refused(["the configuration was not read from files"], cause) }
        do {
            var observed: [String: FileStamp] = [:]
            defer { state.withLock { $0.observed = observed } }
            let reading = try reader.read { observed = $0 }
            guard reading.hash != former.reading.hash else { return unchanged(former, cause) }
            // More likely a file that is half written than a wish.
            guard !reading.file.routes.isEmpty || former.file.routes.isEmpty else {
                let place = reading.file.files.first ?? reader.path
                return refused(["\(place):1:1: there is no route in it any more"], cause)
            }
            let next = try await Generation(reading, after: former, enhancers: enhancers, configuration: configuration)
            return try await go(to: next, from: former, cause)
        } catch let error as RouteFileError {
            return refused(error.errors.map(\.description), cause)
        } catch {
            return refused(["\(error)"], cause)
        }
    }

    /// The generation is complete: only a new address can still be refused.
    private func go(to next: Generation, from former: Generation, _ cause: String) async throws -> ReloadOutcome {
        let (workers, listeners) = state.withLock { ($0.workers, $0.listeners) }
        await watchKeys(of: next)
        let wanted: GatewayListeners
        do {
            // Nobody gets in by a new address before the loops go by the new file.
            wanted = try await listeners.extended(to: next, workers, accepting: false, logger: configuration.logger)
        } catch {
            forgetKeys(except: former)
            throw error
        }
        let isCurrent = state.withLock { state in
            guard state.group != nil, state.generation?.number == former.number else { return false }
            state.generation = next
            state.listeners = wanted
            state.facts.succeed(next.number, hash: next.reading.hash)
            state.refusal = []
            return true
        }
        guard isCurrent else {
            await wanted.close(except: listeners)
            forgetKeys(except: former)
            return refused(["the gateway is stopping"], cause)
        }
        for worker in workers { try? await worker.loop.eventLoop.submit { worker.adopt(next) }.get() }
        next.observation.takeEffect(after: former.observation)
        wanted.take(next)
        await wanted.beginAccepting(except: listeners)
        // Endpoints that an operator has taken out of service stay out of it in pools that are new.
        if admin.address != nil { await tick() }
        await listeners.close(except: wanted, logger: configuration.logger)
        forgetKeys(except: next)
        warnOfInsecureServices(next.file)
        return applied(next, ReloadOutcome.changes(from: former, to: next), cause)
    }

    private func applied(_ generation: Generation, _ changes: [String], _ cause: String) -> ReloadOutcome {
        for warning in generation.file.warnings { configuration.logger.warning("\(warning)") }
        configuration.logger.notice(
            "configuration reloaded",
            metadata: [
                "cause": "\(cause)", "generation": "\(generation.number)", "hash": "\(generation.reading.hash)",
                "changes": "\(changes.joined(separator: "; "))",
            ])
        return ReloadOutcome(
            isApplied: true, generation: generation.number, hash: generation.reading.hash, changes: changes, errors: [])
    }

    /// The files say what they said. Certificates may be others all the same.
    private func unchanged(_ generation: Generation, _ cause: String) -> ReloadOutcome {
        let isNews = ![Self.watching, Self.retrying].contains(cause) || !reloadFacts.lastSucceeded
        if isNews {
            state.withLock { state in
                state.facts.confirm()
                state.refusal = []
            }
            reloadCertificates()
            configuration.logger.notice(
                "configuration is unchanged",
                metadata: [
                    "cause": "\(cause)", "generation": "\(generation.number)", "hash": "\(generation.reading.hash)",
                ])
        }
        return ReloadOutcome(
            isApplied: true, generation: generation.number, hash: generation.reading.hash, changes: [], errors: [])
    }

    private func refused(_ errors: [String], _ cause: String) -> ReloadOutcome {
        let (facts, isNews) = state.withLock { state in
            defer { state.refusal = errors }
            let isNews = cause != Self.retrying || errors != state.refusal
            if isNews { state.facts.fail() }
            return (state.facts, isNews)
        }
        let outcome = ReloadOutcome(
            isApplied: false, generation: facts.generation, hash: facts.hash, changes: [], errors: errors)
        // What was tried again by itself, and failed again, was said before.
        guard isNews else { return outcome }
        var metadata: Logger.Metadata = [
            "cause": "\(cause)", "generation": "\(facts.generation)", "reason": "\(errors.first ?? "unknown")",
        ]
        if errors.count > 1 { metadata["further_errors"] = "\(errors.count - 1)" }
        configuration.logger.error("configuration not reloaded, the old one stays", metadata: metadata)
        return outcome
    }

    // MARK: Files that change

    static let watching = "files changed"
    static let retrying = "tried again"

    /// Looks at the route files, and at everything they name, until the task is cancelled; reads all again when a change has settled.
    ///
    /// What was refused is tried again from time to time: it may have lacked a certificate that came later. Paths are looked at, not what they led to once: editors, bind mounts and Kubernetes' links put other files in their place.
    func watchRouteFiles() async {
        var candidate: [String: FileStamp] = [:]
        var attempt = ContinuousClock.now
        while (try? await Task.sleep(for: Self.settleTime)) != nil {
            // As the files were before they were read, by whomever: what happened to them since is another change.
            let (known, isRefused) = state.withLock { ($0.observed, !$0.facts.lastSucceeded) }
            let now = Dictionary(uniqueKeysWithValues: known.keys.map { ($0, FileStamp($0)) })
            defer { candidate = now }
            if now != known {
                guard now == candidate else { continue }
                await reload(cause: Self.watching)
            } else if isRefused, .now - attempt >= configuration.retriesReloadEvery {
                await reload(cause: Self.retrying)
            } else {
                continue
            }
            attempt = .now
        }
    }

    /// How long files must have been left alone.
    private static let settleTime = Duration.milliseconds(200)

    /// Reads certificates and keys again, as ``run()`` does by itself when their files change. New connections get them;
    /// files that cannot be used are logged and change nothing.
    public func reloadCertificates() {
        state.withLock { $0.generation?.tls }?.reload(logger: configuration.logger)
    }

    /// Looks at the certificates of whatever generation serves until the task is cancelled.
    func watchCertificates() async {
        await FileStamp.watch(since: state.withLock { $0.generation?.tls }?.firstStamps) {
            state.withLock { $0.generation?.tls }?.stamps ?? []
        } changed: {
            reloadCertificates()
        }
    }

    // MARK: Keys

    /// Keeps keys up to date until the gateway stops or has no use for them. Returns when the keys of every new address were fetched
    /// once, or could not be.
    func watchKeys(of generation: Generation) async {
        let logger = configuration.logger
        let watched = state.withLock { $0.keyTasks }
        let added = generation.resources.watched.filter { watched[ObjectIdentifier($0)] == nil }
        let (attempts, attempt) = AsyncStream.makeStream(of: Void.self)
        for keys in added {
            let task = Task { await keys.watch(logger: logger) { attempt.yield() } }
            let isWanted = state.withLock { state in
                if !state.isStopping { state.keyTasks[ObjectIdentifier(keys)] = task }
                return !state.isStopping
            }
            if !isWanted { task.cancel() }
        }
        var waiting = attempts.makeAsyncIterator()
        for _ in added { await waiting.next() }
    }

    private func forgetKeys(except generation: Generation) {
        let needed = Set(generation.resources.watched.map { ObjectIdentifier($0) })
        let gone = state.withLock { state in
            let gone = state.keyTasks.filter { !needed.contains($0.key) }
            for id in gone.keys { state.keyTasks[id] = nil }
            return gone.values
        }
        for task in gone { task.cancel() }
    }
}
