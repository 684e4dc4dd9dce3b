/// What must become of a request, by docs/route-file.md and docs/supported-http.md: a second reader, which has nothing in
/// common with the product's code.
struct TrickReading {
    enum Version: Sendable { case http1, http2 }

    enum Outcome: Equatable {
        /// No answer: the connection ends, on HTTP/2 the stream.
        case unanswered
        /// A status, and then the end of an HTTP/1.1 connection.
        case refused(Int)
        /// A status of the gateway's own.
        case status(Int)
        /// The message of a public route.
        case sent(TrickPacket)

        /// The status, if there is one.
        var answer: Int? {
            switch self {
            case .unanswered: nil
            case .refused(let status), .status(let status): status
            case .sent: 200
            }
        }

        /// Whether an HTTP/1.1 connection is over.
        var endsConnection: Bool {
            switch self {
            case .unanswered, .refused: true
            case .status, .sent: false
            }
        }

        /// What the service gets.
        var packet: TrickPacket? {
            guard case .sent(let packet) = self else { return nil }
            return packet
        }
    }

    let version: Version
    var arrangement = TrickArrangement.routes

    func outcome(_ trick: PathTrick) -> Outcome {
        let target = RawText.bytes(trick.target)
        let host = RawText.bytes(trick.host)
        let outcome =
            version == .http1 ? http1(trick, target, host) : http2(trick, target, host)
        // A stream goes on being one of many.
        if version == .http2, case .refused(let status) = outcome { return .status(status) }
        return outcome
    }

    private func http1(_ trick: PathTrick, _ target: [UInt8], _ host: [UInt8]) -> Outcome {
        // The line ends there, without "HTTP/" in it: no HTTP.
        if target.contains(0x0A) { return .unanswered }
        guard !target.contains(where: Self.isNoTarget), !target.prefix(while: { $0 != 0x3F }).contains(0x5C) else {
            return .refused(400)
        }
        if trick.method.utf8.count + target.count + 10 > 8192 { return .refused(414) }
        let isOrigin = target.first == 0x2F
        if trick.method == "CONNECT" {
            return Self.isAuthority(target) && target.contains(0x3A) ? .refused(405) : .refused(400)
        }
        guard Self.isAuthority(host) else { return .refused(400) }
        if isOrigin { return route(trick, target, host) }
        if target == [0x2A] { return trick.method == "OPTIONS" ? .status(204) : .refused(400) }
        let text = String(decoding: target, as: UTF8.self)
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            return .refused(400)
        }
        let rest = target.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != 0x2F && $0 != 0x3F }
        guard Self.isAuthority(Array(authority)) else { return .refused(400) }
        let path = rest.dropFirst(authority.count)
        return route(trick, path.first == 0x2F ? Array(path) : [0x2F] + path, Array(authority))
    }

    private func http2(_ trick: PathTrick, _ target: [UInt8], _ host: [UInt8]) -> Outcome {
        // CONNECT has neither scheme nor path.
        guard trick.method != "CONNECT", let first = target.first else { return .unanswered }
        guard first == 0x2F || target == [0x2A] else { return .unanswered }
        guard target.count <= 8192 else { return .status(414) }
        guard !target.contains(where: Self.isNoTarget), !target.prefix(while: { $0 != 0x3F }).contains(0x5C) else {
            return .status(400)
        }
        guard Self.isAuthority(host) else { return .status(400) }
        if first == 0x2A { return .status(trick.method == "OPTIONS" ? 204 : 400) }
        return route(trick, target, host)
    }

    private static func isNoTarget(_ byte: UInt8) -> Bool { byte <= 0x20 || byte >= 0x7F || byte == 0x23 }

    /// `name`, `name:port`, `[::1]:port`.
    static func isAuthority(_ bytes: [UInt8]) -> Bool {
        var text = String(decoding: bytes, as: UTF8.self)[...]
        if let ipv6 = ["[::1]", "[::ffff:127.0.0.1]"].first(where: { text.hasPrefix($0) }) {
            text = text.dropFirst(ipv6.count)
        } else {
            let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-._~".contains($0)) }
            guard !name.isEmpty else { return false }
            text = text.dropFirst(name.count)
        }
        guard let colon = text.first else { return true }
        let port = text.dropFirst()
        return colon == ":" && (1...5).contains(port.count) && port.allSatisfy { $0.isASCII && $0.isNumber }
            && (Int(port) ?? .max) <= 65535
    }

    // MARK: Routes

    /// The outcome of a request whose target is a path with or without a query.
    private func route(_ trick: PathTrick, _ target: [UInt8], _ authority: [UInt8]) -> Outcome {
        let path = Array(target.prefix { $0 != 0x3F })
        guard let segments = Self.segments(path) else { return .status(400) }
        var host = String(decoding: authority, as: UTF8.self).lowercased()
        if let port = host.lastIndex(of: ":"), !host.hasSuffix("]") { host = String(host[..<port]) }
        if host.hasSuffix(".") { host.removeLast() }
        let internals = trick.fields.filter { $0.name == "x-internal" }.map(\.value)
        var isKnown = false
        for route in TrickRoute.all {
            guard route.host == nil || route.host == host else { continue }
            guard route.condition.map({ internals.contains($0) }) ?? true else { continue }
            guard let parameter = Self.match(route, segments) else { continue }
            isKnown = true
            guard route.methods.contains(trick.method == "HEAD" ? "GET" : trick.method) else { continue }
            guard route.guards == nil else { return .status(arrangement.refusal(route)) }
            return .sent(
                TrickPacket(
                    pattern: route.pattern, method: trick.method, path: String(decoding: path, as: UTF8.self),
                    host: host, parameter: parameter))
        }
        guard isKnown else { return .status(404) }
        return .status(trick.method == "OPTIONS" ? 204 : 405)
    }

    /// The decoded segments, a last one that is empty for a final slash; `nil` for a path that is refused.
    static func segments(_ path: [UInt8]) -> [String]? {
        guard path.first == 0x2F, !path.contains(0x3B) else { return nil }
        var result: [String] = []
        for raw in path.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
            var bytes: [UInt8] = []
            var rest = raw
            while let byte = rest.popFirst() {
                guard byte == 0x25 else {
                    bytes.append(byte)
                    continue
                }
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                    let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                guard byte != 0x2F, byte != 0x5C, byte >= 0x20, byte != 0x7F else { return nil }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            }
            guard let text = String(validating: bytes, as: UTF8.self), bytes != [0x2E], bytes != [0x2E, 0x2E] else {
                return nil
            }
            result.append(text)
        }
        return result
    }

    /// The parameter, empty without one, if a route takes the path; `nil` if not.
    private static func match(_ route: TrickRoute, _ segments: [String]) -> String? {
        var rest = segments[...]
        guard !rest.dropLast().contains("") else { return nil }
        var parameter = ""
        for wanted in route.segments {
            if wanted.hasPrefix("*") {
                guard let first = rest.first, !first.isEmpty else { return nil }
                return rest.joined(separator: "/")
            }
            guard let segment = rest.popFirst(), !segment.isEmpty else { return nil }
            if wanted.hasPrefix(":") {
                parameter = segment
            } else if !segment.utf8.elementsEqual(wanted.utf8) {
                return nil
            }
        }
        if rest.isEmpty || route.ignoresTrailingSlash && rest.elementsEqual([""]) { return parameter }
        return nil
    }
}
