import MessageWire

/// How a route's payload is made, compiled when the file is loaded.
///
/// The shape comes from the route file alone; a client only fills in values (rule 2 of the format).
package struct PayloadPlan: Sendable {
    let node: PayloadNode
    let path: PathTemplate
    /// Whether the body is part of the payload, so that it must be read and checked.
    package let usesBody: Bool
    /// The payload is the request's body, byte for byte; ``render(_:_:body:into:)`` does the same, but there is
    /// nothing to do.
    package let isBodyPassthrough: Bool
    /// The payload when it never changes.
    package let constant: LiteralText?

    init(_ node: PayloadNode, path: PathTemplate) {
        self.node = node
        self.path = path
        usesBody = node.usesBody
        constant = node.literal
        if case .value(let value) = node, value.isPlain, value.reference == .body([]) {
            isBodyPassthrough = true
        } else {
            isBodyPassthrough = false
        }
    }

    /// Rule 3 of the format.
    static func standard(hasBody: Bool, path: PathTemplate) -> PayloadPlan {
        let wholePath = ValuePlan(reference: .wholePath, name: "path")
        let body = ValuePlan(reference: .body([]), name: "body")
        if hasBody, path.parameters.isEmpty { return PayloadPlan(.value(body), path: path) }
        let first = hasBody ? body : ValuePlan(reference: .wholeQuery, name: "query")
        let spreads = path.parameters.isEmpty ? [first] : [first, wholePath]
        return PayloadPlan(.object(ObjectPlan(spreads: spreads, members: [], path: path)), path: path)
    }

}

/// JSON text that is known when the file is loaded.
package struct LiteralText: Sendable, Hashable {
    package let bytes: [UInt8]
    package let utf16Count: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        utf16Count = bytes.withUnsafeBytes { UTF16Count.of($0) }
    }

    init(_ value: JSONValue) {
        self.init(Array(value.serialized().utf8))
    }
}

/// One node of a payload's tree.
indirect enum PayloadNode: Sendable {
    case literal(LiteralText)
    case value(ValuePlan)
    case object(ObjectPlan)
    case array([PayloadNode])

    var usesBody: Bool {
        switch self {
        case .literal: false
        case .value(let value): value.reference.usesBody
        case .object(let object):
            object.spreads.contains { $0.value.reference.usesBody } || object.members.contains { $0.node.usesBody }
        case .array(let elements): elements.contains { $0.usesBody }
        }
    }

    var literal: LiteralText? {
        guard case .literal(let text) = self else { return nil }
        return text
    }
}

/// An object of a payload: named members, which always win, and what is spread under them.
struct ObjectPlan: Sendable {
    struct Member: Sendable {
        let name: String
        /// `"name":`
        let key: LiteralText
        let node: PayloadNode
    }

    struct Spread: Sendable {
        let value: ValuePlan
        /// Names this spread must leave out because something stronger has them: all named members, and the path's
        /// parameters when `$path` is spread later.
        let excluded: [[UInt8]]
        /// Later spreads whose names are known only with the request.
        let laterSpreads: [ValuePlan]
    }

    let spreads: [Spread]
    let members: [Member]

    init(spreads: [ValuePlan], members: [(name: String, node: PayloadNode)], path: PathTemplate) {
        self.members = members.map { name, node in
            Member(name: name, key: LiteralText(Array((JSONValue.string(name).serialized() + ":").utf8)), node: node)
        }
        self.spreads = spreads.enumerated().map { index, value in
            let later = spreads[(index + 1)...]
            var excluded = members.map { Array($0.name.utf8) }
            if later.contains(where: { $0.reference == .wholePath }) {
                excluded += path.parameters.map { Array($0.name.utf8) }
            }
            return Spread(
                value: value, excluded: excluded, laterSpreads: later.filter { $0.reference != .wholePath })
        }
    }
}
