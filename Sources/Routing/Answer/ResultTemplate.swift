import MessageWire

/// The shape that `MapResponse` gives to a service's value: literals, and parts of the value as `$result.x`.
package struct ResultTemplate: Sendable {
    indirect enum Node: Sendable {
        case literal(LiteralText)
        /// Keys from the value's root; empty is the whole.
        case result([String])
        case object(spreads: [[String]], members: [(key: LiteralText, name: [UInt8], node: Node)])
        case array([Node])
    }

    let root: Node

    /// Writes the value that clients get.
    ///
    /// What leads nowhere is left out of an object and null elsewhere.
    ///
    /// - Parameters:
    ///   - result: Checked JSON text of the service's value.
    ///   - writer: Receives one JSON text.
    package func render(_ result: UnsafeRawBufferPointer, into writer: inout JSONWriter) {
        write(root, result, into: &writer)
    }

    private func find(_ keys: [String], _ result: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        JSONScanner.find(keys, in: result).map { UnsafeRawBufferPointer(rebasing: result[$0]) }
    }

    private func write(_ node: Node, _ result: UnsafeRawBufferPointer, into writer: inout JSONWriter) {
        switch node {
        case .literal(let text): writer.literal(text)
        case .result(let keys):
            guard let found = find(keys, result) else { return writer.null() }
            writer.raw(found, utf16Count: UTF16Count.of(found))
        case .array(let elements):
            writer.ascii("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { writer.ascii(",") }
                write(element, result, into: &writer)
            }
            writer.ascii("]")
        case .object(let spreads, let members):
            writer.ascii("{")
            var isFirst = true
            for (index, spread) in spreads.enumerated() {
                guard let text = find(spread, result), JSONScanner.kind(of: text) == .object else { continue }
                copy(text, result, later: spreads[(index + 1)...], members.map(\.name), &isFirst, into: &writer)
            }
            for member in members {
                if case .result(let keys) = member.node, find(keys, result) == nil { continue }
                if !isFirst { writer.ascii(",") }
                isFirst = false
                writer.literal(member.key)
                write(member.node, result, into: &writer)
            }
            writer.ascii("}")
        }
    }

    /// Copies the members of an object, except those that come again with more weight.
    private func copy(
        _ text: UnsafeRawBufferPointer, _ result: UnsafeRawBufferPointer, later: ArraySlice<[String]>,
        _ named: [[UInt8]], _ isFirst: inout Bool, into writer: inout JSONWriter
    ) {
        var taken = Set(named)
        for spread in later {
            guard let other = find(spread, result), JSONScanner.kind(of: other) == .object else { continue }
            JSONScanner.forEachMember(of: other) { key, _ in taken.insert(Self.name(other, key)) }
        }
        JSONScanner.forEachMember(of: text) { key, value in
            guard !taken.contains(Self.name(text, key)) else { return }
            if !isFirst { writer.ascii(",") }
            isFirst = false
            let rawKey = UnsafeRawBufferPointer(rebasing: text[key])
            let rawValue = UnsafeRawBufferPointer(rebasing: text[value])
            writer.raw(rawKey, utf16Count: UTF16Count.of(rawKey))
            writer.ascii(":")
            writer.raw(rawValue, utf16Count: UTF16Count.of(rawValue))
        }
    }

    private static func name(_ text: UnsafeRawBufferPointer, _ key: Range<Int>) -> [UInt8] {
        Array(JSONScanner.unescape(UnsafeRawBufferPointer(rebasing: text[key])).utf8)
    }
}

/// Understands the template of `MapResponse`.
struct ResultTemplateReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode) -> ResultTemplate? { self.node(node).map(ResultTemplate.init) }

    private func node(_ node: SourceNode) -> ResultTemplate.Node? {
        switch node.content {
        case .scalar(let scalar):
            switch ReferenceText(scalar) {
            case .literal: return sink.json(node).map { .literal(LiteralText($0)) }
            case .escaped(let text): return .literal(LiteralText(.string(text)))
            case .reference(let text): return keys(text, at: node.place).map { .result($0) }
            case .substituted:
                sink.error(node.place, "a reference cannot hold environment variables; write \"$$\" for a dollar")
                return nil
            }
        case .sequence(let elements):
            let nodes = elements.map(self.node)
            return nodes.contains { $0 == nil } ? nil : .array(nodes.compactMap { $0 })
        case .mapping(let members): return object(members)
        }
    }

    private func object(_ members: [SourceNode.Member]) -> ResultTemplate.Node? {
        var spreads: [[String]] = []
        var named: [(key: LiteralText, name: [UInt8], node: ResultTemplate.Node)] = []
        var isWhole = true
        for member in members {
            if member.key == "..." {
                for element in member.value.elements ?? [member.value] {
                    guard let scalar = element.scalar, case .reference(let text) = ReferenceText(scalar) else {
                        isWhole = false
                        sink.error(element.place, "\"...\" spreads $result or a part of it, not \(element.shown)")
                        continue
                    }
                    if let found = keys(text, at: element.place) { spreads.append(found) } else { isWhole = false }
                }
                continue
            }
            let name = member.key.hasPrefix("$$") ? String(member.key.dropFirst()) : member.key
            guard let node = node(member.value) else {
                isWhole = false
                continue
            }
            let key = LiteralText(Array((JSONValue.string(name).serialized() + ":").utf8))
            named.append((key, Array(name.utf8), node))
        }
        return isWhole ? .object(spreads: spreads, members: named) : nil
    }

    private func keys(_ text: String, at place: SourcePlace) -> [String]? {
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.first == "result", !parts.contains("") else {
            sink.error(
                place,
                "\"\(SourceNode.shortened(text))\" does not exist here; a response is made of $result and its parts")
            return nil
        }
        return Array(parts.dropFirst())
    }
}
