import MessageWire

/// One check of a value against a plan.
///
/// It runs in one of two ways. **Silently**, it ends at the first fault and builds no texts: the way of every request. Only
/// when that has found a value invalid, it is run again to **report**: all keywords are looked at until the list of faults
/// is full. In both, alternatives (`anyOf`, `not`, `if` and so on) are asked silently.
///
/// What cannot be decided within the limits ends the check: the value is refused, whatever `not` or `anyOf` stand around it.
struct Evaluation {
    let plan: SchemaPlan
    /// Whether to tell apart only valid and invalid.
    var isSilent: Bool
    /// Faults to report at most.
    let limit: Int
    var faults: [SchemaFault] = []
    /// Where in the value the check is; kept up while reporting.
    var path = ValuePath()
    /// Why the check was given up.
    private(set) var obstacle: Obstacle?
    /// The resources gone through, the outermost first, if the plan has dynamic references.
    private(set) var scope: [Int] = []
    private var depth = 0
    /// Steps left; see ``EvaluationLimits``.
    private var work: Int

    /// A check that reports so many faults, or is silent if there is no limit.
    init(_ plan: SchemaPlan, work: Int, faultLimit: Int?) {
        self.plan = plan
        self.work = work
        isSilent = faultLimit == nil
        limit = faultLimit ?? 0
    }

    /// Checks the whole value.
    mutating func run(_ value: JSONValue) -> Bool {
        var evaluated: Evaluated?
        return check(plan.root, value, &evaluated) && obstacle == nil
    }

    /// Checks a value against a node.
    ///
    /// What the schema has looked at goes into `evaluated`, which is nil if nobody asks. If the value is not valid, what is
    /// in it means nothing.
    mutating func check(_ number: Int, _ value: JSONValue, _ evaluated: inout Evaluated?) -> Bool {
        let node = plan.nodes[number]
        if let verdict = node.rules.verdict {
            if !verdict { noteRefusal(by: node) }
            return verdict && obstacle == nil
        }
        guard enter() else { return false }
        defer { depth -= 1 }
        let isNewResource = plan.usesDynamicScope && scope.last != node.rules.resource
        if isNewResource { scope.append(node.rules.resource) }
        defer { if isNewResource { scope.removeLast() } }

        let known = faults.count
        guard node.rules.unevaluatedItems != nil || node.rules.unevaluatedProperties != nil else {
            return checkAll(node, value, &evaluated) && faults.count == known && obstacle == nil
        }
        // It sees what its own keywords have looked at, and nothing that others have.
        var own: Evaluated? = Evaluated()
        guard checkAll(node, value, &own), faults.count == known, obstacle == nil,
            checkUnevaluated(node, value, &own), faults.count == known
        else { return false }
        if let own { evaluated?.formUnion(own) }
        return obstacle == nil
    }

    /// All but the unevaluated keywords.
    ///
    /// - Returns: while silent, whether the value is valid; while reporting, whether to go on.
    private mutating func checkAll(_ node: SchemaNode, _ value: JSONValue, _ evaluated: inout Evaluated?) -> Bool {
        if !node.rules.types.contains(value) {
            // What else is wrong follows from this.
            _ = note(node, "type", node.rules.types.message)
            return false
        }
        guard checkChoices(node, value) else { return false }
        switch value {
        case .null, .bool: break
        case .number(let text):
            if let rules = node.rules.number, !checkNumber(node, rules.value, text) { return false }
        case .string(let text):
            if let rules = node.rules.text, !checkText(node, rules.value, text) { return false }
        case .array(let elements):
            if let rules = node.rules.array, !checkArray(node, rules.value, elements, &evaluated) { return false }
        case .object(let members):
            if let rules = node.rules.object, !checkObject(node, rules.value, members, value, &evaluated) {
                return false
            }
        }
        for applicator in node.rules.applicators {
            guard apply(applicator, of: node, to: value, &evaluated) else { return false }
        }
        return true
    }

    // MARK: Limits

    /// Whether the check has to end after a fault.
    var mustStop: Bool { isSilent || obstacle != nil || faults.count >= limit }

    /// Gives up; the first reason counts.
    mutating func giveUp(_ obstacle: Obstacle) {
        guard self.obstacle == nil else { return }
        self.obstacle = obstacle
        path.freeze()
    }

    /// Pays for work beyond the step that each node is.
    mutating func spend(_ steps: Int) {
        work -= steps
        if work < 0 { giveUp(.tooMuchWork) }
    }

    private mutating func enter() -> Bool {
        guard obstacle == nil else { return false }
        depth += 1
        work -= 1
        guard depth <= EvaluationLimits.maxDepth, work >= 0 else {
            giveUp(work < 0 ? .tooMuchWork : .tooDeep)
            depth -= 1
            return false
        }
        return true
    }
}
