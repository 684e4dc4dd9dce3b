import MessageWire

/// What is found out about a value by one walk before it is checked.
struct ValueSurvey {
    /// Deeper values are not checked; the parser takes no deeper ones.
    static let maxDepth = 512
    /// Objects up to this size are searched for equal names by comparing; larger ones by hashing.
    private static let maxComparedNames = 8

    /// Values in the value, itself included.
    private(set) var count = 0
    /// Length of all strings and names in it.
    private(set) var textBytes = 0
    /// Whether an object in it has two members of one name.
    private(set) var hasEqualNames = false
    private(set) var isTooDeep = false

    init(_ value: JSONValue) { visit(value, depth: 1) }

    private mutating func visit(_ value: JSONValue, depth: Int) {
        count += 1
        guard depth <= Self.maxDepth else {
            isTooDeep = true
            return
        }
        switch value {
        case .string(let text): textBytes += text.utf8.count
        case .array(let elements):
            for index in elements.indices { visit(elements[index], depth: depth + 1) }
        case .object(let members):
            if !hasEqualNames { hasEqualNames = Self.haveEqualNames(members) }
            for index in members.indices {
                textBytes += members[index].name.utf8.count
                visit(members[index].value, depth: depth + 1)
            }
        default: break
        }
    }

    private static func haveEqualNames(_ members: [JSONValue.Member]) -> Bool {
        guard members.count > maxComparedNames else {
            for second in members.indices {
                for first in 0..<second where members[first].name.hasSameBytes(as: members[second].name) { return true }
            }
            return false
        }
        var names = Set<ByteName>(minimumCapacity: members.count)
        return !members.allSatisfy { names.insert(ByteName(text: $0.name)).inserted }
    }
}

extension JSONValue {
    /// The value as its readers see it: of equal names in an object the last one counts, the others are left out.
    ///
    /// Whoever checks the first of two equal names checks what nobody reads. Only for values that are not too deep.
    var withoutShadowedMembers: JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map(\.withoutShadowedMembers))
        case .object(let members):
            var names: Set<ByteName> = []
            let kept = members.reversed().filter { names.insert(ByteName(text: $0.name)).inserted }
            return .object(kept.reversed().map { Member(name: $0.name, value: $0.value.withoutShadowedMembers) })
        default: return self
        }
    }
}
