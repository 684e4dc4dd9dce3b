import Logging
import NIOCore
import Routing
import Synchronization
import Tokens

/// The keys of a `Jwt` guard: read from a file, or fetched and kept up to date in the background.
///
/// Where keys come from is the route file's matter alone; nothing that a token says leads anywhere. While an address cannot be
/// reached the keys from before count on.
///
/// World: any; requests look at ``generation``, everything else is done by one task.
final class JWTKeys: Sendable {
    private struct State {
        var verifier: TokenVerifier?
        var generation = 0
    }

    private let settings: JWTSettings
    private let rules: TokenRules
    private let algorithms: Set<TokenAlgorithm>
    private let state = Mutex(State())
    private let changes = Atomic<Int>(0)
    private let isRefreshWanted = Atomic<Bool>(false)

    /// Between two attempts to fetch, whatever requests ask for.
    private static let pause = Duration.seconds(5)

    /// Reads keys from files. Those of an address are fetched by ``watch(logger:)``.
    ///
    /// - Parameter settings: What the route file says.
    /// - Throws: ``KeySourceError`` and `TokenKeyError`.
    init(_ settings: JWTSettings) async throws {
        self.settings = settings
        algorithms = Set(settings.algorithms.compactMap(TokenAlgorithm.init))
        rules = TokenRules(
            algorithms: algorithms, issuers: settings.issuers, audiences: settings.audiences, leeway: settings.leeway,
            requiredClaims: settings.requiredClaims, requiresExpiry: settings.requiresExpiry, maxAge: settings.maxAge,
            types: settings.types)
        if case .url = settings.keys { return }
        adopt(try await read())
    }

    /// How often the keys have changed.
    var generation: Int { changes.load(ordering: .acquiring) }

    /// The keys as they are, `nil` while none could be fetched, and their generation.
    var current: (TokenVerifier?, Int) { state.withLock { ($0.verifier, $0.generation) } }

    /// A token names a key that is not there: there may be new ones.
    func isStale() {
        guard case .url = settings.keys else { return }
        isRefreshWanted.store(true, ordering: .relaxed)
    }

    // MARK: Getting them

    private func adopt(_ keys: TokenKeySet) {
        let generation = state.withLock { state in
            state.verifier = TokenVerifier(keys: keys, rules: rules)
            state.generation += 1
            return state.generation
        }
        changes.store(generation, ordering: .releasing)
    }

    private func read() async throws -> TokenKeySet {
        switch settings.keys {
        case .file(let path):
            return try await TokenKeySet.jwks(KeySource.file(path), allowed: algorithms)
        case .url(let address):
            return try await TokenKeySet.jwks(KeySource.fetch(address), allowed: algorithms)
        case .publicKey(let path):
            return try await TokenKeySet.pem(
                String(decoding: KeySource.file(path), as: UTF8.self), allowed: algorithms)
        case .secret(.text(let text)):
            return try await TokenKeySet.secret(Array(text.utf8), allowed: algorithms)
        case .secret(.file(let path)):
            // Editors end a file with a line break that is no part of the secret.
            let bytes = try KeySource.file(path)
            let isBroken = bytes.last == 0x0A
            let ending = isBroken ? (bytes.dropLast().last == 0x0D ? 2 : 1) : 0
            return try await TokenKeySet.secret(Array(bytes.dropLast(ending)), allowed: algorithms)
        }
    }

    private var path: String? {
        switch settings.keys {
        case .file(let path), .publicKey(let path), .secret(.file(let path)): path
        case .url, .secret(.text): nil
        }
    }

    // MARK: Keeping them

    /// Keeps the keys up to date until the task is cancelled.
    ///
    /// - Parameters:
    ///   - logger: For what changes and what fails.
    ///   - first: Called once the first attempt to fetch is over; at once when nothing is to be fetched.
    func watch(logger: Logger, first: @Sendable () -> Void = {}) async {
        var logger = logger
        logger[metadataKey: "guard"] = "Jwt"
        logger[metadataKey: "at"] = "\(settings.place)"
        if case .url = settings.keys {
            await follow(logger, first)
        } else {
            first()
            await watchFile(logger)
        }
    }

    private func follow(_ logger: Logger, _ first: @Sendable () -> Void) async {
        var failures = 0
        while !Task.isCancelled {
            isRefreshWanted.store(false, ordering: .relaxed)
            do {
                let keys = try await read()
                adopt(keys)
                logger.log(
                    level: failures > 0 || generation == 1 ? .notice : .debug, "fetched the keys",
                    metadata: ["keys": "\(keys.count)"])
                if generation == 1 { warn(of: keys, logger) }
                failures = 0
            } catch {
                failures += 1
                // The first failure is news; those after it are the same news.
                logger.log(
                    level: failures == 1 ? .warning : .debug,
                    generation == 0
                        ? "cannot fetch the keys; requests are refused until they are there"
                        : "cannot fetch the keys; those from before count on",
                    metadata: ["reason": "\(error)"])
            }
            if failures < 2 { first() }
            await wait(for: failures == 0 ? settings.refresh : min(settings.refresh, .seconds(5 * min(failures, 12))))
        }
    }

    /// Waits for a time, or less when a request has met an unknown key.
    private func wait(for time: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        while clock.now - start < time {
            guard (try? await Task.sleep(for: min(.seconds(1), time))) != nil else { return }
            if isRefreshWanted.load(ordering: .relaxed), clock.now - start >= Self.pause { return }
        }
    }

    /// Looks at the file every second. A change is read when it is a second old.
    private func watchFile(_ logger: Logger) async {
        guard let path else { return }
        var known = FileStamp(path)
        var candidate = known
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = FileStamp(path)
            defer { candidate = now }
            guard now != known, now == candidate else { continue }
            known = now
            do {
                let keys = try await read()
                adopt(keys)
                logger.notice("read the keys again", metadata: ["file": "\(path)", "keys": "\(keys.count)"])
                warn(of: keys, logger)
            } catch {
                logger.error(
                    "cannot use the keys; those from before count on",
                    metadata: ["file": "\(path)", "reason": "\(error)"])
            }
        }
    }

    private func warn(of keys: TokenKeySet, _ logger: Logger) {
        for warning in keys.warnings { logger.warning("a key is left out", metadata: ["reason": "\(warning)"]) }
    }
}
