import MessageWire

/// How far a check goes. Schemas can make it expensive: alternatives that each look into the same nested value take time
/// exponential in its depth.
enum EvaluationLimits {
    /// Schemas within schemas, and values within values, that are followed. Each takes up to 6 KiB of the thread's stack in
    /// a debug build. A body of the 64 levels that a stranger may send has room for eight schemas at each level.
    static let maxDepth = 512
    /// Schemas that are applied for a value of any size.
    private static let freeWork = 100_000
    /// Further ones for each value in the value, up to the limit for all of them: about a second.
    private static let workPerValue = 1_000
    private static let maxWork = 20_000_000
    /// Steps of patterns for each byte of text: several patterns may have to be searched for in all of it.
    private static let workPerByte = 16

    /// Steps that may be taken for a value.
    static func work(for survey: ValueSurvey) -> Int {
        min(freeWork + workPerValue * survey.count, maxWork) + workPerByte * survey.textBytes
    }
}

/// Why a check was given up.
enum Obstacle {
    case tooDeep
    case tooMuchWork
    /// PCRE2's limits did not suffice.
    case pattern(keyword: String)

    var keyword: String {
        switch self {
        case .pattern(let keyword): keyword
        case .tooDeep, .tooMuchWork: ""
        }
    }

    /// What follows the path in a message.
    var message: String {
        switch self {
        case .tooDeep: "could not be checked: it is nested too deeply"
        case .tooMuchWork: "could not be checked: that would take too long"
        case .pattern: "could not be checked against its regular expression: that would take too long"
        }
    }
}
