/// Finds what a mistyped keyword was probably meant to be.
enum Spelling {
    /// Longer words are not compared: the cost is quadratic.
    private static let maxLength = 40

    /// `; did you mean "required"?`, or nothing.
    static func clause(for word: String, among known: [String]) -> String {
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = word.lowercased() == candidate.lowercased() ? 0 : distance(word, candidate)
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, min(word.count, best.word.count) / 3) else { return "" }
        return "; did you mean \"\(best.word)\"?"
    }

    /// Number of single-character insertions, deletions, replacements and swaps of neighbours between two words.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        guard a.count <= maxLength, b.count <= maxLength, !a.isEmpty, !b.isEmpty else { return .max }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = min(last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
