import Testing

@testable import Routing

/// The tree against a matcher that tries all routes, on random tables and paths.
@Suite struct NaiveMatcherTests {
    private static let segments = ["a", "b", "ab", "abcdefgh", "abcdefghi", "abcdefghj", ":p", ":p", "%41", "é"]
    private static let pieces = [
        "/a", "/b", "/ab", "/abcdefgh", "/abcdefghi", "/abcdefghj", "/x", "/A", "/%41", "/%C3%A9", "/", "/a%20b",
        "/%61",
    ]

    /// Which of two templates that both match is the more specific: segment by segment literal, parameter, rest.
    private static func rank(_ path: PathTemplate) -> [Int] {
        path.segments.map { segment in
            switch segment {
            case .literal: 0
            case .parameter: 1
            case .rest: 2
            }
        }
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = Array(text.utf8).withUnsafeBytes { PercentDecoding.append($0, plusIsSpace: false, to: &bytes) }
        return bytes
    }

    private static func values(_ path: PathTemplate, _ request: String) -> [String]? {
        guard request.hasPrefix("/") else { return nil }
        var parts = request.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let slash = parts.last == "" && parts.count > 1
        if parts.last == "" { parts.removeLast() }
        if parts.contains("") { return nil }
        var values: [String] = []
        for (index, segment) in path.segments.enumerated() {
            guard index < parts.count else { return nil }
            switch segment {
            case .literal(let bytes): guard decoded(parts[index]) == bytes else { return nil }
            case .parameter: values.append(String(decoding: decoded(parts[index]), as: UTF8.self))
            case .rest:
                let rest = parts[index...].joined(separator: "/") + (slash ? "/" : "")
                return values + [String(decoding: decoded(rest[...]), as: UTF8.self)]
            }
        }
        return parts.count == path.segments.count && slash == path.endsWithSlash ? values : nil
    }

    @Test func `the tree finds what a plain search finds`() throws {
        var mutator = Mutator(seed: 42)
        var matches = 0
        for _ in 0..<150 {
            var paths: Set<String> = []
            for _ in 0..<(1 + mutator.number(below: 14)) {
                var path = ""
                for index in 0..<mutator.number(below: 5) {
                    let segment = Self.segments[mutator.number(below: Self.segments.count)]
                    path += "/" + (segment == ":p" ? ":p\(index)" : segment)
                }
                if mutator.number(below: 5) == 0 {
                    path += "/*rest"
                } else if mutator.number(below: 6) == 0 || path.isEmpty {
                    path += "/"
                }
                paths.insert(path.isEmpty ? "/" : path)
            }
            let list = paths.sorted()
            let lines = list.enumerated().map { "r\($0): GET \($1)" }
            let result = load(LookupTests.text(lines))
            // `%41` and `A`, or `*rest` at the end of different names, can tie: such a table says nothing here.
            guard let file = result.file else { continue }
            for _ in 0..<60 {
                var path = ""
                for _ in 0...mutator.number(below: 5) { path += Self.pieces[mutator.number(below: Self.pieces.count)] }
                let candidates = file.routes.compactMap { route in Self.values(route.path, path).map { (route, $0) } }
                let best = candidates.min { Self.rank($0.0.path).lexicographicallyPrecedes(Self.rank($1.0.path)) }
                let expected = best.map { route, values in
                    ([route.id] + zip(route.path.parameters, values).map { "\($0.name)=\($1)" }).joined(separator: " ")
                }
                #expect(TestRequest("GET \(path)").looked(up: file.table) == expected ?? "404", "\(path) in \(list)")
                matches += expected == nil ? 0 : 1
            }
        }
        #expect(matches > 500)
    }

    @Test func `no path makes the lookup trap`() {
        let table = load(LookupTests.text(["a: GET /a/:b", "b: GET /*c", "d: GET /a/b/c/d"])).file?.table
        var mutator = Mutator(seed: 9)
        for _ in 0..<20_000 {
            let path = mutator.mutate(
                Array("/a/b%20c/%C3%A9".utf8), words: ["%", "/", "..", ";", "\\", "%2F", "%00", "é", "//", "."])
            path.withUnsafeBytes { path in
                let match = RouteMatch()
                TestRequest("GET /").view { view in
                    let view = view.with(path: path)
                    if table?.lookup(view, into: match) == .matched, let route = table?.routes[match.route] {
                        for index in route.path.parameters.indices { _ = match.parameter(index, of: route, in: view) }
                    }
                }
            }
        }
    }
}
