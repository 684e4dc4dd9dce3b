/// Replaces `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$${` inside one scalar.
///
/// This happens after the YAML was parsed, so a value can never add a key, an item or a reference. Names are letters,
/// digits and `_`. As in a shell, `:-` and `:?` treat an empty variable like a missing one; a plain `${NAME}` may be
/// empty but must exist. The default and the message end at the first `}` and are not searched again.
struct Environment {
    let value: (String) -> String?

    /// - Returns: the text with everything replaced, and whether anything was.
    func replaced(_ text: String, at place: SourcePlace, sink: DiagnosticSink) -> (text: String, didReplace: Bool) {
        guard text.contains("${") else { return (text, false) }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    sink.error(
                        place,
                        "\"\(SourceNode.shortened(String(rest)))\" has no closing \"}\"; "
                            + "write \"$${\" for a literal \"${\""
                    )
                    return (text, true)
                }
                result += resolve(rest[rest.index(rest.startIndex, offsetBy: 2)..<end], at: place, sink: sink)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append("$")
                rest = rest.dropFirst()
            }
        }
        return (result + rest, true)
    }

    private func resolve(_ inside: Substring, at place: SourcePlace, sink: DiagnosticSink) -> String {
        let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let rest = inside[name.endIndex...]
        let shown = "\"${\(SourceNode.shortened(String(inside)))}\""
        guard let first = name.first, !first.isNumber else {
            sink.error(place, "\(shown) does not name an environment variable; write \"$${\" for a literal \"${\"")
            return ""
        }
        let value = value(String(name))
        if rest.isEmpty {
            if let value { return value }
            sink.error(place, "environment variable \(name) is not set; \"${\(name):-default}\" gives it a default")
            return ""
        }
        if let value, !value.isEmpty, rest.hasPrefix(":-") || rest.hasPrefix(":?") { return value }
        if rest.hasPrefix(":-") { return String(rest.dropFirst(2)) }
        if rest.hasPrefix(":?") {
            let message = rest.dropFirst(2)
            sink.error(place, "environment variable \(name): \(message.isEmpty ? "must be set" : String(message))")
            return ""
        }
        sink.error(place, "\(shown) is not one of ${NAME}, ${NAME:-default}, ${NAME:?message}")
        return ""
    }
}
