import Logging
import NIOCore
import NetworkIO
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
    private let pause: Duration
    /// What there was when the keys were read first.
    private let warnings: [String]
    private let stamp: FileStamp?

    /// Reads keys from files. Those of an address are fetched by ``watch(logger:)``.
    ///
    /// - Parameters:
    ///   - settings: What the route file says.
    ///   - pause: Between two attempts to fetch, whatever requests ask for: defends the address from clients that make up keys.
    /// - Throws: ``KeySourceError`` and `TokenKeyError`.
    init(_ settings: JWTSettings, pause: Duration = .seconds(5)) async throws {
        self.settings = settings
        self.pause = pause
        algorithms = Set(settings.algorithms.compactMap(TokenAlgorithm.init))
        rules = TokenRules(
            algorithms: algorithms, issuers: settings.issuers, audiences: settings.audiences, leeway: settings.leeway,
            requiredClaims: settings.requiredClaims, requiresExpiry: settings.requiresExpiry, maxAge: settings.maxAge,
            types: settings.types)
        stamp = Self.path(settings).map(FileStamp.init)
        guard let keys = try await Self.read(settings, algorithms) else {
            warnings = []
            return
        }
        warnings = keys.warnings
        adopt(keys)
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

    /// What is in a file or in the settings; `nil` for an address.
    private static func read(
        _ settings: JWTSettings, _ algorithms: Set<TokenAlgorithm>
    ) async throws -> TokenKeySet? {
        switch settings.keys {
        case .url: return nil
        case .file(let path):
            return try await TokenKeySet.jwks(KeySource.file(path), allowed: algorithms)
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

    private static func path(_ settings: JWTSettings) -> String? {
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
        if case .url(let address) = settings.keys {
            await follow(address, logger, first)
        } else {
            first()
            warn(warnings, logger)
            await watchFile(logger)
        }
    }

    private func follow(_ address: String, _ logger: Logger, _ first: @Sendable () -> Void) async {
        var failures = 0
        var known: [UInt8]?
        var isFirst = true
        // One that is cancelled before it begins is waited for as well.
        defer { if isFirst { first() } }
        while !Task.isCancelled {
            isRefreshWanted.store(false, ordering: .relaxed)
            do {
                let bytes = try await KeySource.fetch(address)
                // The same keys again are no reason to forget which tokens are good.
                if bytes != known {
                    let keys = try await TokenKeySet.jwks(bytes, allowed: algorithms)
                    adopt(keys)
                    known = bytes
                    logger.notice("fetched the keys", metadata: ["keys": "\(keys.count)"])
                    warn(keys.warnings, logger)
                } else if failures > 0 {
                    logger.notice("fetched the keys, which are the same")
                }
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
            if isFirst { first() }
            isFirst = false
            guard !Task.isCancelled else { return }
            await wait(for: failures == 0 ? settings.refresh : min(settings.refresh, pause * min(failures, 12)))
        }
    }

    /// Waits for a time, or less when a request has met an unknown key.
    private func wait(for time: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        while clock.now - start < time {
            guard (try? await Task.sleep(for: min(.seconds(1), pause, time))) != nil else { return }
            if isRefreshWanted.load(ordering: .relaxed), clock.now - start >= pause { return }
        }
    }

    /// Looks at the file every second. A change is read when it is a second old.
    private func watchFile(_ logger: Logger) async {
        guard let path = Self.path(settings), let stamp else { return }
        var known = stamp
        var candidate = known
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = FileStamp(path)
            defer { candidate = now }
            guard now != known, now == candidate else { continue }
            known = now
            do {
                guard let keys = try await Self.read(settings, algorithms) else { return }
                adopt(keys)
                logger.notice("read the keys again", metadata: ["file": "\(path)", "keys": "\(keys.count)"])
                warn(keys.warnings, logger)
            } catch {
                logger.error(
                    "cannot use the keys; those from before count on",
                    metadata: ["file": "\(path)", "reason": "\(error)"])
            }
        }
    }

    private func warn(_ warnings: [String], _ logger: Logger) {
        for warning in warnings { logger.warning("a key is left out", metadata: ["reason": "\(warning)"]) }
    }
}
