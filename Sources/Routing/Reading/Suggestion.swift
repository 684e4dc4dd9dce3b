/// Finds what a mistyped word was probably meant to be.
enum Suggestion {
    /// Longer words are not compared: nobody mistypes a key of this size, and the cost is quadratic.
    private static let maxLength = 64

    /// The nearest of `known` to `word`, if it is near enough to be worth saying.
    static func nearest<Words: Sequence<String>>(to word: String, among known: Words) -> String? {
        let lowered = word.lowercased()
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = lowered == candidate.lowercased() ? 0 : editDistance(word, candidate)
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, min(word.count, best.word.count) / 3) else { return nil }
        return best.word
    }

    /// `; did you mean "endpoints"?`, or nothing.
    static func clause<Words: Sequence<String>>(for word: String, among known: Words) -> String {
        nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// Number of single-character insertions, deletions, replacements and swaps of neighbours between two words.
    static func editDistance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        guard a.count <= maxLength, b.count <= maxLength else { return .max }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var cost = min(change, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
