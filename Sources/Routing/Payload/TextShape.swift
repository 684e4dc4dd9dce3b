/// A regular expression for `pattern:`, matched in linear time.
///
/// A backtracking matcher can be held up for minutes by a chosen text; this one walks all alternatives at once. The
/// syntax is the part of ECMAScript's that has no need to look back: literals, `.`, `[...]`, `( )`, `(?: )`, `|`,
/// `* + ? {m,n}`, `^ $`, `\d \w \s` and their opposites, `\t \n \r`, `\xhh`, `\uhhhh`. As in JavaScript's `test`, it
/// matches anywhere unless it is anchored. It works on Unicode scalars.
struct TextShape: Sendable, Hashable {
    /// Longer texts do not match: 8 KiB, the size of a whole request target.
    static let maxText = 8192
    /// Instructions of the largest program; counted repetitions are written out.
    static let maxProgram = 2000

    struct Range: Sendable, Hashable {
        let low: UInt32
        let high: UInt32
    }

    enum Step: Sendable, Hashable {
        case scalar(UInt32)
        case set([Range], isNegated: Bool)
        case any
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case match
    }

    let source: String
    let program: [Step]

    /// - Throws: ``TextShapeError`` with a few words for the author of the file.
    init(_ source: String) throws(TextShapeError) {
        var compiler = TextShapeCompiler(source)
        self.source = source
        program = try compiler.compile()
    }

    func matches(_ text: String) -> Bool {
        guard text.utf8.count <= Self.maxText else { return false }
        let scalars = Array(text.unicodeScalars)
        var current = ActiveSteps(program.count)
        var next = ActiveSteps(program.count)
        for position in 0...scalars.count {
            // A new attempt at every position: the expression is not anchored by itself.
            if add(0, to: &current, position, scalars.count) { return true }
            if position == scalars.count { break }
            next.removeAll()
            let value = scalars[position].value
            for index in current.list where consumes(program[index], value) {
                if add(index + 1, to: &next, position + 1, scalars.count) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    private func consumes(_ step: Step, _ value: UInt32) -> Bool {
        switch step {
        case .scalar(let wanted): wanted == value
        case .any: value != 0x0A && value != 0x0D && value != 0x2028 && value != 0x2029
        case .set(let ranges, let isNegated): ranges.contains { $0.low <= value && value <= $0.high } != isNegated
        case .split, .jump, .start, .end, .match: false
        }
    }

    /// Follows everything that needs no character.
    ///
    /// - Returns: whether that leads to the end of the expression.
    private func add(_ first: Int, to active: inout ActiveSteps, _ position: Int, _ count: Int) -> Bool {
        var pending = [first]
        while let index = pending.popLast() {
            guard active.insert(index) else { continue }
            switch program[index] {
            case .match: return true
            case .jump(let target): pending.append(target)
            case .split(let left, let right):
                pending.append(right)
                pending.append(left)
            case .start: if position == 0 { pending.append(index + 1) }
            case .end: if position == count { pending.append(index + 1) }
            case .scalar, .set, .any: break
            }
        }
        return false
    }
}

/// Why a text is not a ``TextShape``.
struct TextShapeError: Error, Sendable, Equatable {
    let message: String
}

/// A set of instructions that keeps its order.
private struct ActiveSteps {
    private(set) var list: [Int] = []
    private var marks: [Bool]

    init(_ count: Int) {
        marks = Array(repeating: false, count: count)
    }

    mutating func insert(_ index: Int) -> Bool {
        guard !marks[index] else { return false }
        marks[index] = true
        list.append(index)
        return true
    }

    mutating func removeAll() {
        for index in list { marks[index] = false }
        list.removeAll(keepingCapacity: true)
    }
}
