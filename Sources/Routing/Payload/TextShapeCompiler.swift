/// Turns the text of a regular expression into the program of a ``TextShape``.
struct TextShapeCompiler {
    typealias Step = TextShape.Step
    typealias Bounds = TextShape.Range

    /// Depth of groups inside each other.
    private static let maxDepth = 32

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    mutating func compile() throws(TextShapeError) -> [Step] {
        let program = try alternatives()
        guard index == scalars.count else { throw TextShapeError(message: "\")\" without \"(\"") }
        return program + [.match]
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    /// Fragments address their own steps from 0; joining shifts them.
    private func shifted(_ steps: [Step], by offset: Int) -> [Step] {
        steps.map { step in
            switch step {
            case .split(let left, let right): .split(left + offset, right + offset)
            case .jump(let target): .jump(target + offset)
            default: step
            }
        }
    }

    private func joined(_ left: [Step], _ right: [Step]) throws(TextShapeError) -> [Step] {
        guard left.count + right.count < TextShape.maxProgram else { throw TextShapeError(message: "it is too large") }
        return left + shifted(right, by: left.count)
    }

    private mutating func alternatives() throws(TextShapeError) -> [Step] {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw TextShapeError(message: "groups are nested too deep") }
        var result = try sequence()
        while take("|") {
            let other = try sequence()
            var both: [Step] = [.split(1, result.count + 2)]
            both = try joined(both, result)
            both.append(.jump(both.count + 1 + other.count))
            // `result` was shifted by one step, so its own targets are right again.
            result = try joined(both, other)
        }
        return result
    }

    private mutating func sequence() throws(TextShapeError) -> [Step] {
        var result: [Step] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let part = try repeated(try atom())
            result = try joined(result, part)
        }
        return result
    }

    private mutating func atom() throws(TextShapeError) -> [Step] {
        guard let scalar = next else { return [] }
        index += 1
        switch scalar {
        case "^": return [.start]
        case "$": return [.end]
        case ".": return [.any]
        case "[": return [try set()]
        case "\\":
            let (ranges, isNegated) = try escape(inSet: false)
            if !isNegated, ranges.count == 1, ranges[0].low == ranges[0].high { return [.scalar(ranges[0].low)] }
            return [.set(ranges, isNegated: isNegated)]
        case "(":
            if take("?"), !take(":") {
                throw TextShapeError(message: "\"(?\" groups other than \"(?:\" are not supported")
            }
            let inner = try alternatives()
            guard take(")") else { throw TextShapeError(message: "\"(\" without \")\"") }
            return inner
        case "*", "+", "?": throw TextShapeError(message: "nothing before \"\(scalar)\" to repeat")
        case "{", "}", "]": throw TextShapeError(message: "\"\(scalar)\" must be written \"\\\(scalar)\"")
        default: return [.scalar(scalar.value)]
        }
    }

    private mutating func repeated(_ part: [Step]) throws(TextShapeError) -> [Step] {
        let (low, high): (Int, Int?)
        if take("*") {
            (low, high) = (0, nil)
        } else if take("+") {
            (low, high) = (1, nil)
        } else if take("?") {
            (low, high) = (0, 1)
        } else if take("{") {
            (low, high) = try counts()
        } else {
            return part
        }
        // Lazy matching finds the same texts.
        _ = take("?")
        if let next, "*+?{".unicodeScalars.contains(next) { throw TextShapeError(message: "two repetitions in a row") }
        var result: [Step] = []
        for _ in 0..<low { result = try joined(result, part) }
        if let high {
            let optional: [Step] = try joined([.split(1, part.count + 1)], part)
            for _ in low..<high { result = try joined(result, optional) }
            return result
        }
        let loop: [Step] = try joined([.split(1, part.count + 2)], part) + [.jump(0)]
        return try joined(result, loop)
    }

    private mutating func counts() throws(TextShapeError) -> (Int, Int?) {
        let bad = TextShapeError(message: "a repetition is written {3}, {3,} or {3,5}, up to 1000")
        guard let low = number() else { throw bad }
        var high: Int? = low
        if take(",") { high = number() }
        guard take("}"), low <= 1000, high.map({ $0 <= 1000 && $0 >= low }) ?? true else { throw bad }
        return (low, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next, (0x30...0x39).contains(next.value), (value ?? 0) < 100_000 {
            value = (value ?? 0) * 10 + Int(next.value - 0x30)
            index += 1
        }
        return value
    }

    private mutating func set() throws(TextShapeError) -> Step {
        let isNegated = take("^")
        var ranges: [Bounds] = []
        while !take("]") {
            guard next != nil else { throw TextShapeError(message: "\"[\" without \"]\"") }
            let low = try setMember()
            guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                ranges += low
                continue
            }
            index += 1
            let high = try setMember()
            guard low.count == 1, high.count == 1, low[0].low == low[0].high, high[0].low == high[0].high,
                low[0].low <= high[0].low
            else { throw TextShapeError(message: "a range in \"[...]\" is out of order") }
            ranges.append(Bounds(low: low[0].low, high: high[0].low))
        }
        return .set(ranges, isNegated: isNegated)
    }

    private mutating func setMember() throws(TextShapeError) -> [Bounds] {
        guard let scalar = next else { throw TextShapeError(message: "\"[\" without \"]\"") }
        index += 1
        guard scalar == "\\" else { return [Bounds(low: scalar.value, high: scalar.value)] }
        return try escape(inSet: true).0
    }

    private mutating func escape(inSet: Bool) throws(TextShapeError) -> ([Bounds], Bool) {
        guard let scalar = next else { throw TextShapeError(message: "\"\\\" at the end") }
        index += 1
        let digits = [Bounds(low: 0x30, high: 0x39)]
        let word =
            digits + [Bounds(low: 0x41, high: 0x5A), Bounds(low: 0x5F, high: 0x5F), Bounds(low: 0x61, high: 0x7A)]
        let blank = [
            Bounds(low: 0x09, high: 0x0D), Bounds(low: 0x20, high: 0x20), Bounds(low: 0xA0, high: 0xA0),
            Bounds(low: 0x1680, high: 0x1680), Bounds(low: 0x2000, high: 0x200A), Bounds(low: 0x2028, high: 0x2029),
            Bounds(low: 0x202F, high: 0x202F), Bounds(low: 0x205F, high: 0x205F), Bounds(low: 0x3000, high: 0x3000),
            Bounds(low: 0xFEFF, high: 0xFEFF),
        ]
        func one(_ value: UInt32) -> ([Bounds], Bool) { ([Bounds(low: value, high: value)], false) }
        switch scalar {
        case "d": return (digits, false)
        case "w": return (word, false)
        case "s": return (blank, false)
        case "D" where !inSet: return (digits, true)
        case "W" where !inSet: return (word, true)
        case "S" where !inSet: return (blank, true)
        case "t": return one(0x09)
        case "n": return one(0x0A)
        case "r": return one(0x0D)
        case "x": return one(try hex(2))
        case "u": return one(try hex(4))
        case _ where scalar.value < 0x80 && !scalar.properties.isAlphabetic && !(0x30...0x39).contains(scalar.value):
            return one(scalar.value)
        default: throw TextShapeError(message: "\"\\\(scalar)\" is not supported\(inSet ? " inside \"[...]\"" : "")")
        }
    }

    private mutating func hex(_ count: Int) throws(TextShapeError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let scalar = next, scalar.value < 0x80, let digit = PercentDecoding.hexValue(UInt8(scalar.value))
            else {
                throw TextShapeError(message: "\\x takes two hex digits, \\u four")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
