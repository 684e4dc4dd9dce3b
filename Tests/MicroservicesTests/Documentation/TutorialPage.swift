import Foundation
import Testing

/// A page of docs/ with the Swift code in it.
///
/// A comment before each block of code says where the code is compiled: `<!-- snippet: TutorialSteps.swift -->`. Code that cannot
/// be compiled here, a Package.swift, has `<!-- not compiled -->`.
struct TutorialPage {
    /// A block of Swift code.
    struct Snippet {
        /// What the comment before it says, nil without one.
        let mark: String?
        let code: String
    }

    let snippets: [Snippet]

    /// The folder of the package.
    private static let root = (0..<4).reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }

    /// Reads a page.
    ///
    /// - Parameter name: Its path within the package.
    /// - Throws: When it cannot be read.
    init(_ name: String) throws {
        let parts = try Self.text(of: name).components(separatedBy: "```swift\n")
        snippets = zip(parts, parts.dropFirst()).map { before, code in
            let mark = before.split(separator: "\n").last.flatMap { line in
                line.hasPrefix("<!-- ") && line.hasSuffix(" -->") ? String(line.dropFirst(5).dropLast(4)) : nil
            }
            return Snippet(mark: mark, code: code.components(separatedBy: "```")[0])
        }
    }

    /// Expects each block of code in the file that the comment before it names, but for those that are not compiled.
    ///
    /// - Parameter sources: The files that may be named, each with its path within the package.
    /// - Throws: When a block names no file, or one that cannot be read.
    func expectCompiled(in sources: [String: String]) throws {
        #expect(!snippets.isEmpty)
        for snippet in snippets where snippet.mark != "not compiled" {
            let file = try #require(snippet.mark?.split(separator: ": ").last.map(String.init), "\(snippet.code)")
            let source = try Self.text(of: try #require(sources[file], "no source is called \(file)"))
            #expect(snippet.missing(in: source) == nil, "\(file)")
        }
    }

    /// Reads a file.
    ///
    /// - Parameter name: Its path within the package.
    /// - Returns: What is in it.
    /// - Throws: When it cannot be read.
    static func text(of name: String) throws -> String {
        try String(contentsOf: root.appending(path: name), encoding: .utf8)
    }
}

extension TutorialPage.Snippet {
    /// Looks for the code in a source: each run of lines in one piece, the runs in their order. An empty line in the code stands for
    /// any number of lines that the page leaves out. How far lines are indented does not matter.
    ///
    /// - Parameter source: A Swift file.
    /// - Returns: The first run of lines that is not there, nil when all of them are.
    func missing(in source: String) -> String? {
        let source = Self.lines(source)
        var start = source.startIndex
        for run in Self.lines(code).split(separator: "") {
            guard let found = source[start...].firstRange(of: run) else { return run.joined(separator: "\n") }
            start = found.upperBound
        }
        return nil
    }

    private static func lines(_ text: String) -> [String] {
        text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
