/// What stands in brackets.
extension PatternTranslator {
    /// Behind the `[`.
    mutating func characterClass() throws(PatternFault) {
        let isNegated = take("^")
        var inside = ""
        // Sets that PCRE2 cannot have inside of a class.
        var complements: [String] = []
        while !take("]") {
            let atom = try classAtom()
            guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                add(atom, to: &inside, &complements)
                continue
            }
            index += 1
            let last = try classAtom()
            guard case .character(let from) = atom, case .character(let to) = last else {
                add(atom, to: &inside, &complements)
                add(.character("-"), to: &inside, &complements)
                add(last, to: &inside, &complements)
                continue
            }
            try add(from: from, to: to, to: &inside)
        }
        output += Self.written(inside, complements, isNegated: isNegated)
    }

    /// One character or set. Half of a surrogate pair is taken as the place where surrogates stand.
    private mutating func classAtom() throws(PatternFault) -> ClassAtom {
        guard let scalar = next() else { throw PatternFault(reason: "a \"]\" is missing") }
        guard scalar == "\\" else { return .character(scalar) }
        if take("b") { return .character("\u{08}") }
        if take("-") { return .character("-") }
        return try classEscape()
    }

    private func add(_ atom: ClassAtom, to inside: inout String, _ complements: inout [String]) {
        switch atom {
        case .character(let scalar): if let scalar { inside += Self.written(scalar) }
        case .set(let set): inside += set
        case .complement(let set): complements.append(set)
        }
    }

    private func add(from: Unicode.Scalar?, to: Unicode.Scalar?, to inside: inout String) throws(PatternFault) {
        // Surrogates at either end: the range begins behind them or ends before them.
        guard let from = from ?? (to == nil ? nil : "\u{E000}"), let to = to ?? "\u{D7FF}" as Unicode.Scalar? else {
            return
        }
        guard from <= to else { throw PatternFault(reason: "the range \"\(from)-\(to)\" is reversed") }
        inside += Self.written(from) + "-" + Self.written(to)
    }

    private static func written(_ inside: String, _ complements: [String], isNegated: Bool) -> String {
        guard !complements.isEmpty else {
            guard inside.isEmpty else { return isNegated ? "[^\(inside)]" : "[\(inside)]" }
            return isNegated ? "(?s:.)" : "(?!)"
        }
        // [\s\S] and the like.
        guard !complements.contains(inside) else { return isNegated ? "(?!)" : "(?s:.)" }
        let sets = (inside.isEmpty ? [] : ["[\(inside)]"]) + complements.map { "[^\($0)]" }
        guard isNegated else { return sets.count == 1 ? sets[0] : "(?:\(sets.joined(separator: "|")))" }
        return "(?:(?!\(sets.joined(separator: "|")))(?s:.))"
    }
}
