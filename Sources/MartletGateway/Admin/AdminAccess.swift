import NetworkIO
import Routing
import Synchronization

/// Who may use the admin listener.
///
/// With a token: whoever shows it. Without one the listener is on the loopback only, where every user of the machine may; what
/// has to be kept out then are web pages in a browser of that machine. A page of another site can send requests to
/// 127.0.0.1, and one whose name is made to resolve to 127.0.0.1 (DNS rebinding) can also read the answers. So requests must
/// name this machine in Host, and must not come from another site. Caddy's admin endpoint does the same.
///
/// Probes (`/livez`, `/readyz`) and the page itself, which holds no data, need no token.
package struct AdminAccess: Sendable {
    private let tokens: AdminTokens?
    /// The host that the listener was configured with, in lower case: allowed in Host beside those of the loopback.
    private let host: String

    package init(tokens: AdminTokens?, host: String) {
        self.tokens = tokens
        self.host = host.lowercased()
    }

    /// Whether clients have to show a token.
    package var needsToken: Bool { tokens != nil }

    /// Why a request is not answered; `nil` when it is.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - isOpen: Whether this needs no token.
    /// - Returns: The answer to give instead.
    package func refusal(_ request: AdminRequest, isOpen: Bool) -> AdminResponse? {
        if let tokens {
            return isOpen || tokens.accept(Self.bearer(request[field: "authorization"])) ? nil : Self.unauthorized
        }
        guard namesThisMachine(request.host) else {
            return .problem(
                403, code: "host_not_allowed",
                detail: "The Host field names another machine: the admin listener answers to localhost, to IP "
                    + "addresses and to the host it is configured with.")
        }
        guard isOfThisSite(request) else {
            return .problem(
                403, code: "cross_site", detail: "Pages of other sites may not use the admin listener.")
        }
        return nil
    }

    private static let unauthorized = AdminResponse.problem(
        401, code: "unauthorized", detail: "This needs the admin token: authorization: Bearer TOKEN."
    ).with("www-authenticate", "Bearer realm=\"martlet admin\"")

    private static func bearer(_ authorization: String?) -> String? {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return nil }
        return String(authorization.dropFirst(7).drop { $0 == " " })
    }

    /// `localhost`, an IP address (no name was looked up then, so none can have been made to lie) or the configured host. The
    /// port does not matter: a forwarded one is another.
    private func namesThisMachine(_ authority: String) -> Bool {
        // Without Host it is no browser.
        if authority.isEmpty { return true }
        var name = authority.lowercased()
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = String(name[..<colon]) }
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        return name == "localhost" || name == host || IPAddress(name) != nil
    }

    /// Browsers say where a request comes from. A link to the page may be followed from anywhere.
    private func isOfThisSite(_ request: AdminRequest) -> Bool {
        let isReading = request.method == "GET" || request.method == "HEAD"
        switch request[field: "sec-fetch-site"] {
        case nil, "same-origin", "none": break
        default: guard isReading, request[field: "sec-fetch-mode"] == "navigate" else { return false }
        }
        guard let origin = request[field: "origin"] else { return true }
        return origin.lowercased() == "http://" + request.host.lowercased()
    }
}

/// The admin tokens: hashes of the route file, or the lines of a file, which is read again when it has changed.
package final class AdminTokens: Sendable {
    private struct State {
        var hashes: [[UInt8]] = []
        var stamp: FileStamp?
    }

    /// Characters: what is shorter can be guessed.
    package static let minLength = 16
    /// Lines of a file beyond this are not read.
    private static let maxTokens = 64

    private let path: String?
    private let state: Mutex<State>

    /// Reads the tokens.
    ///
    /// - Throws: ``AdminTokenError`` when the file cannot be used.
    package init(_ token: AdminToken) throws(AdminTokenError) {
        switch token {
        case .sha256(let hashes):
            path = nil
            state = Mutex(State(hashes: hashes))
        case .file(let name):
            path = name
            let stamp = FileStamp(name)
            state = Mutex(State(hashes: try Self.read(name), stamp: stamp))
        }
    }

    /// Whether a token is one of them. All are compared, each to its end, so that the time tells nothing about them.
    package func accept(_ token: String?) -> Bool {
        refresh()
        guard let token, !token.isEmpty else { return false }
        let digest = SHA256Digest.of(Array(token.utf8))
        var isKnown = false
        for hash in state.withLock({ $0.hashes }) where SHA256Digest.areEqual(hash, digest) { isKnown = true }
        return isKnown
    }

    /// A file that cannot be used any more lets nobody in.
    private func refresh() {
        guard let path else { return }
        let stamp = FileStamp(path)
        guard state.withLock({ $0.stamp }) != stamp else { return }
        let hashes = (try? Self.read(path)) ?? []
        state.withLock { $0 = State(hashes: hashes, stamp: stamp) }
    }

    private static func read(_ path: String) throws(AdminTokenError) -> [[UInt8]] {
        let bytes: [UInt8]
        do throws(FileSourceError) {
            bytes = try DiskFileSource(maxBytes: 64 * 1024).read(path)
        } catch {
            throw AdminTokenError(path: path, reason: error.reason)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        let tokens = lines.map { Array($0.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()) }
            .filter { !$0.isEmpty }
        guard !tokens.isEmpty else { throw AdminTokenError(path: path, reason: "it holds no token") }
        guard tokens.allSatisfy({ $0.count >= minLength }) else {
            throw AdminTokenError(
                path: path,
                reason: "a token has fewer than \(minLength) characters; make one: openssl rand -hex 32")
        }
        return tokens.prefix(maxTokens).map(SHA256Digest.of)
    }
}

/// Why a file of admin tokens cannot be used.
package struct AdminTokenError: Error, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "the admin token cannot be read from \(path): \(reason)" }
}
