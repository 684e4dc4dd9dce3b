/// The capturing groups of a pattern: a reference may name one that comes later, so they are counted beforehand.
struct PatternGroups {
    private(set) var count = 0
    /// The numbers of named groups.
    private(set) var numbers: [String: Int] = [:]
    /// A name that two groups have.
    private(set) var repeatedName: String?

    init(_ scalars: [Unicode.Scalar]) {
        var index = 0
        var isInClass = false
        while index < scalars.count {
            switch scalars[index] {
            case "\\": index += 1
            case "[": isInClass = true
            case "]": isInClass = false
            case "(" where !isInClass: group(scalars, at: index + 1)
            default: break
            }
            index += 1
        }
    }

    private mutating func group(_ scalars: [Unicode.Scalar], at start: Int) {
        guard start < scalars.count, scalars[start] == "?" else {
            count += 1
            return
        }
        guard start + 2 < scalars.count, scalars[start + 1] == "<", scalars[start + 2] != "=", scalars[start + 2] != "!"
        else { return }
        count += 1
        var name = ""
        for scalar in scalars[(start + 2)...] {
            guard scalar != ">" else { break }
            // The name of an unclosed group would be all of the rest, for each such group.
            guard scalar.properties.isIDContinue || scalar == "$" else { return }
            name.unicodeScalars.append(scalar)
        }
        if numbers.updateValue(count, forKey: name) != nil { repeatedName = name }
    }
}
