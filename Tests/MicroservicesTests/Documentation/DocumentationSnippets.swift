import Foundation

/// The Swift code of a page of documentation, and the sources that it must stand in.
///
/// A page's snippets stand in its source one after the other, each in one piece; only indentation, empty lines and `private`, which
/// keeps a snippet's types out of the way of others, may differ. A comment before a snippet says otherwise:
/// `<!-- source: path -->` names another source, `<!-- not compiled: reason -->` none.
struct DocumentationSnippets {
    /// One block of Swift.
    struct Snippet {
        let lines: [String]
        /// The source that the page names for it, from the root of the repository; nil for the page's own.
        let source: String?
        /// Why it is compiled nowhere; nil for almost all.
        let reasonNotCompiled: String?
    }

    let snippets: [Snippet]

    /// The root of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Reads a page.
    init(page: String) {
        var snippets: [Snippet] = []
        var lines: [String]?
        var comment = ""
        for line in page.components(separatedBy: "\n") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if let code = lines {
                if text == "```" {
                    snippets.append(
                        Snippet(
                            lines: code, source: Self.value("source", of: comment),
                            reasonNotCompiled: Self.value("not compiled", of: comment)))
                    (lines, comment) = (nil, "")
                } else if !text.isEmpty {
                    lines?.append(Self.withoutPrivate(text))
                }
            } else if text == "```swift" {
                lines = []
            } else if !text.isEmpty {
                comment = text
            }
        }
        self.snippets = snippets
    }

    /// What is wrong with the page.
    ///
    /// - Parameters:
    ///   - source: The text of the page's own source.
    ///   - other: Gives the text of another source by its path.
    /// - Returns: A sentence for each snippet that does not stand where it should.
    /// - Throws: What `other` throws.
    func problems(in source: String, other: (String) throws -> String) rethrows -> [String] {
        let own = Self.lines(of: source)
        var position = 0
        var problems: [String] = []
        for snippet in snippets where snippet.reasonNotCompiled == nil {
            if let path = snippet.source {
                let lines = try Self.lines(of: other(path))
                if Self.place(of: snippet.lines, in: lines, from: 0) == nil {
                    problems.append("not in \(path): \(Self.longestMatch(of: snippet.lines, in: lines))")
                }
            } else if let place = Self.place(of: snippet.lines, in: own, from: position) {
                position = place + snippet.lines.count
            } else if Self.place(of: snippet.lines, in: own, from: 0) != nil {
                problems.append("before the snippet that it follows on the page: \(snippet.lines.first ?? "")")
            } else {
                problems.append(Self.longestMatch(of: snippet.lines, in: own))
            }
        }
        return problems
    }

    private static func value(_ name: String, of comment: String) -> String? {
        guard comment.hasPrefix("<!-- \(name): "), comment.hasSuffix(" -->") else { return nil }
        return String(comment.dropFirst("<!-- \(name): ".count).dropLast(" -->".count))
    }

    private static func lines(of text: String) -> [String] {
        text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            .map(withoutPrivate)
    }

    private static func withoutPrivate(_ line: String) -> String {
        for start in ["", "@Controller "] where line.hasPrefix(start + "private ") {
            return start + line.dropFirst(start.count + "private ".count)
        }
        return line
    }

    private static func place(of snippet: [String], in lines: [String], from start: Int) -> Int? {
        guard !snippet.isEmpty, lines.count >= snippet.count, start <= lines.count - snippet.count else { return nil }
        return (start...(lines.count - snippet.count)).first { place in
            lines[place..<(place + snippet.count)].elementsEqual(snippet)
        }
    }

    /// Says which line of a snippet is not where it should be.
    private static func longestMatch(of snippet: [String], in lines: [String]) -> String {
        let count = (0..<snippet.count).last { place(of: Array(snippet.prefix($0)), in: lines, from: 0) != nil } ?? 0
        return
            "line \(count + 1) of \"\(snippet.first ?? "")\" is not compiled: \(snippet[min(count, snippet.count - 1)])"
    }
}
