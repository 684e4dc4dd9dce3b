import MessageWire

/// A JSON value as YAML, for people: blocks for objects and lists, every text in quotes that could be taken for something else.
enum AdminYAML {
    static func text(_ value: JSONValue) -> String {
        var lines: [String] = []
        write(value, indent: "", into: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(_ value: JSONValue, indent: String, into lines: inout [String]) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for member in members {
                nested(member.value, head: "\(indent)\(scalar(.string(member.name))):", indent: indent, into: &lines)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                guard isBlock(element) else {
                    lines.append("\(indent)- \(scalar(element))")
                    continue
                }
                // The first line of the block stands behind the dash.
                let start = lines.count
                write(element, indent: indent + "  ", into: &lines)
                lines[start] = "\(indent)- " + lines[start].dropFirst(indent.count + 2)
            }
        default: lines.append(indent + scalar(value))
        }
    }

    private static func nested(_ value: JSONValue, head: String, indent: String, into lines: inout [String]) {
        guard isBlock(value) else { return lines.append("\(head) \(scalar(value))") }
        lines.append(head)
        write(value, indent: indent + "  ", into: &lines)
    }

    private static func isBlock(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let members): !members.isEmpty
        case .array(let elements): !elements.isEmpty
        default: false
        }
    }

    /// What is plain stays plain; all else is JSON, which YAML reads.
    private static func scalar(_ value: JSONValue) -> String {
        guard case .string(let text) = value, let first = text.utf8.first, isLetter(first),
            text.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }),
            !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        else { return value.serialized() }
        return text
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
