/// The way from the whole value to the one that is checked.
struct ValuePath {
    private enum Step {
        case member(String)
        case element(Int)
        /// The name itself is what is checked.
        case name(String)
    }

    /// Longer pointers and paths are cut.
    private static let maxBytes = 2048
    private static let maxNameCharacters = 256

    private var steps: [Step] = []
    /// Whether it stays as it is, to tell where a check was given up.
    private var isFrozen = false

    mutating func freeze() { isFrozen = true }

    mutating func push(member name: String) { push(.member(name)) }

    mutating func push(element index: Int) { push(.element(index)) }

    mutating func push(name: String) { push(.name(name)) }

    mutating func pop() { if !isFrozen { steps.removeLast() } }

    private mutating func push(_ step: Step) { if !isFrozen { steps.append(step) } }

    /// The value's JSON pointer. A name's is that of its object.
    var pointer: String {
        var text = ""
        for step in steps where text.utf8.count < Self.maxBytes {
            switch step {
            case .member(let name): text += "/" + JSONPointer.escaped(Self.cut(name))
            case .element(let index): text += "/\(index)"
            case .name: break
            }
        }
        return text
    }

    /// What messages call the value: `items.0.sku`, `value` for the whole.
    var subject: String { subject(of: nil) }

    /// What messages call a member of the value.
    func subject(of member: String?) -> String {
        var parts: [String] = []
        var bytes = 0
        for step in steps where bytes < Self.maxBytes {
            switch step {
            case .member(let name): parts.append(Self.shown(name))
            case .element(let index): parts.append(String(index))
            case .name(let name):
                let object = parts.isEmpty ? "" : " of \(parts.joined(separator: "."))"
                return "the property name \"\(Self.cut(name))\"\(object)"
            }
            bytes += parts.last?.utf8.count ?? 0
        }
        if let member { parts.append(Self.shown(member)) }
        return parts.isEmpty ? "value" : parts.joined(separator: ".")
    }

    private static func shown(_ name: String) -> String { name.isEmpty ? "\"\"" : cut(name) }

    private static func cut(_ name: String) -> String {
        guard name.utf8.count > maxNameCharacters else { return name }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(maxNameCharacters)))
    }
}
