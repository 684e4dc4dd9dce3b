/// A URI or a reference to one, in its parts.
///
/// Schemas are named and find each other by these. Bases may be relative (`schemas/user.json`), as a caller may name its
/// files as it likes: they are resolved by the same rules.
///
/// Spec: RFC 3986 §5.2
struct URIReference: Hashable {
    var scheme: String?
    var authority: String?
    var path = ""
    var query: String?
    var fragment: String?

    init() {}

    /// Splits a text; every text has parts. Spec: RFC 3986 appendix B
    init(_ text: String) {
        var rest = Substring(text)
        if let hash = rest.firstIndex(of: "#") {
            fragment = String(rest[rest.index(after: hash)...])
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let colon = rest.firstIndex(where: { $0 == ":" || $0 == "/" }), rest[colon] == ":",
            Self.isScheme(rest[..<colon])
        {
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        path = String(rest)
    }

    var text: String {
        var text = scheme.map { $0 + ":" } ?? ""
        if let authority { text += "//" + authority }
        text += path
        if let query { text += "?" + query }
        if let fragment { text += "#" + fragment }
        return text
    }

    var withoutFragment: URIReference {
        var copy = self
        copy.fragment = nil
        return copy
    }

    /// What this means in a document of that name.
    func resolved(against base: URIReference) -> URIReference {
        var target = self
        if scheme != nil || (authority != nil && base.scheme == nil) {
            target.path = Self.removeDotSegments(path, isRooted: true)
            return target
        }
        target.scheme = base.scheme
        guard authority == nil else {
            target.path = Self.removeDotSegments(path, isRooted: true)
            return target
        }
        target.authority = base.authority
        if path.isEmpty {
            target.path = base.path
            target.query = query ?? base.query
        } else {
            let isRooted = target.scheme != nil || target.authority != nil || base.path.hasPrefix("/")
            target.path = Self.removeDotSegments(path.hasPrefix("/") ? path : merged(into: base), isRooted: isRooted)
        }
        return target
    }

    private func merged(into base: URIReference) -> String {
        guard !base.path.isEmpty else { return base.authority == nil ? path : "/" + path }
        guard let slash = base.path.lastIndex(of: "/") else { return path }
        return base.path[...slash] + path
    }

    /// Resolves `.` and `..`. Where there is no root that `..` could end at, it is kept at the start of a relative path.
    private static func removeDotSegments(_ path: String, isRooted: Bool) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.contains(where: { $0 == "." || $0 == ".." }) else { return path }
        var kept: [Substring] = []
        let isAbsolute = path.hasPrefix("/")
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment == ".." {
                let floor = isAbsolute ? 1 : 0
                if kept.count > floor, kept.last != ".." {
                    kept.removeLast()
                } else if !isAbsolute, !isRooted {
                    kept.append(segment)
                    continue
                }
                if isLast { kept.append("") }
            } else if segment == "." {
                if isLast { kept.append("") }
            } else {
                kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, ASCII.isLetter(first) else { return false }
        return text.utf8.allSatisfy { ASCII.isSchemeByte($0) }
    }
}
