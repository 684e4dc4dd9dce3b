import MessageWire
import Pipeline

extension PayloadPlan {
    /// Writes the payload of one request.
    ///
    /// A reference that leads nowhere is left out of an object and null in an array, as `JSON.stringify` treats
    /// `undefined`; as the whole payload it is `{}`, because Nest's client refuses to send nothing.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - match: what the lookup filled in for it.
    ///   - body: its checked body, `nil` when there is none (no bytes at all).
    ///   - writer: receives one JSON text. After a throw it holds a part of one: reset it.
    /// - Throws: ``PayloadError``: what the client has to change.
    package func render(
        _ request: RequestView, _ match: RouteMatch, body: JSONBody?, into writer: inout JSONWriter
    ) throws(PayloadError) {
        if case .literal(let text) = node {
            writer.literal(text)
            return
        }
        let input = RequestInput(request: request, match: match, parameters: path.parameters, body: body)
        if case .value(let value) = node {
            if try !writer.write(value, input) { writer.ascii("{}") }
            return
        }
        _ = try writer.write(node, input)
    }
}

extension JSONWriter {
    mutating func literal(_ text: LiteralText) {
        text.bytes.withUnsafeBytes { raw($0, utf16Count: text.utf16Count) }
    }

    /// - Returns: whether anything was written; `false` for a reference that leads nowhere.
    fileprivate mutating func write(_ node: PayloadNode, _ input: RequestInput) throws(PayloadError) -> Bool {
        switch node {
        case .literal(let text): literal(text)
        case .value(let value): return try write(value, input)
        case .array(let elements):
            ascii("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { ascii(",") }
                if try !write(element, input) { null() }
            }
            ascii("]")
        case .object(let object): try write(object, input)
        }
        return true
    }

    fileprivate mutating func write(_ value: ValuePlan, _ input: RequestInput) throws(PayloadError) -> Bool {
        try write(value, key: nil, isFirst: true, input)
    }

    /// Writes a value, behind a comma and its key when it is a member.
    private mutating func write(
        _ value: ValuePlan, key: LiteralText?, isFirst: Bool, _ input: RequestInput
    ) throws(PayloadError) -> Bool {
        guard value.isPlain, value.reference != .wholePath, value.reference != .wholeQuery else {
            guard let result = try input.evaluate(value).json else { return false }
            begin(key, isFirst: isFirst)
            self.value(result)
            return true
        }
        let found = try input.find(value)
        if case .nothing = found { return false }
        begin(key, isFirst: isFirst)
        switch found {
        case .nothing: return false
        case .text(let bytes): string(bytes)
        case .ownText(let text): string(text)
        case .json(let text, let units): raw(text, utf16Count: units)
        case .value(let value): self.value(value)
        }
        return true
    }

    private mutating func begin(_ key: LiteralText?, isFirst: Bool) {
        guard let key else { return }
        if !isFirst { ascii(",") }
        literal(key)
    }

    private mutating func write(_ object: ObjectPlan, _ input: RequestInput) throws(PayloadError) {
        ascii("{")
        var isFirst = true
        for spread in object.spreads {
            try write(spread, isFirst: &isFirst, input)
        }
        for member in object.members {
            switch member.node {
            case .value(let value):
                if try write(value, key: member.key, isFirst: isFirst, input) { isFirst = false }
            default:
                begin(member.key, isFirst: isFirst)
                isFirst = false
                _ = try write(member.node, input)
            }
        }
        ascii("}")
    }

    private mutating func write(
        _ spread: ObjectPlan.Spread, isFirst: inout Bool, _ input: RequestInput
    ) throws(PayloadError) {
        var taken: Set<[UInt8]> = []
        for later in spread.laterSpreads { try input.collectNames(of: later, into: &taken) }
        switch spread.value.reference {
        case .wholePath:
            for parameter in input.parameters where !spread.leavesOut(parameter.name, taken) {
                if !isFirst { ascii(",") }
                isFirst = false
                string(parameter.name)
                ascii(":")
                string(input.match.bytes(of: parameter, in: input.request))
            }
        case .wholeQuery:
            for member in try input.queryMembers() where !spread.leavesOut(member.name, taken) {
                if !isFirst { ascii(",") }
                isFirst = false
                string(member.name)
                ascii(":")
                string(member.value)
            }
        case .body, .claim:
            try input.withObject(spread.value) { text in
                copyMembers(of: text, spread, taken, isFirst: &isFirst)
            }
        default: return
        }
    }

    /// Copies a body's members as they are written, except those that something stronger has.
    private mutating func copyMembers(
        of text: UnsafeRawBufferPointer, _ spread: ObjectPlan.Spread, _ taken: Set<[UInt8]>, isFirst: inout Bool
    ) {
        JSONScanner.forEachMember(of: text) { key, value in
            let rawKey = UnsafeRawBufferPointer(rebasing: text[key])
            if spread.leavesOut(rawKey: rawKey, taken) { return }
            if !isFirst { ascii(",") }
            isFirst = false
            raw(rawKey, utf16Count: UTF16Count.of(rawKey))
            ascii(":")
            let rawValue = UnsafeRawBufferPointer(rebasing: text[value])
            raw(rawValue, utf16Count: UTF16Count.of(rawValue))
        }
    }
}

extension ObjectPlan.Spread {
    func leavesOut(_ name: String, _ taken: Set<[UInt8]>) -> Bool {
        if excluded.isEmpty, taken.isEmpty { return false }
        for candidate in excluded where candidate.elementsEqual(name.utf8) { return true }
        return !taken.isEmpty && taken.contains(Array(name.utf8))
    }

    /// The same for a key with its quotes and escapes.
    func leavesOut(rawKey: UnsafeRawBufferPointer, _ taken: Set<[UInt8]>) -> Bool {
        if excluded.isEmpty, taken.isEmpty { return false }
        if rawKey.contains(UInt8(ascii: "\\")) {
            return leavesOut(JSONScanner.unescape(rawKey), taken)
        }
        let name = UnsafeRawBufferPointer(rebasing: rawKey.dropFirst().dropLast())
        for candidate in excluded where candidate.count == name.count && candidate.elementsEqual(name) { return true }
        return !taken.isEmpty && taken.contains(Array(name))
    }
}

extension RequestInput {
    /// Lends the text of an object to spread; does nothing when there is none, which spreads like `undefined`.
    func withObject(
        _ value: ValuePlan, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(PayloadError) {
        switch try find(value) {
        case .json(let text, _):
            guard JSONScanner.kind(of: text) == .object else {
                let name = value.reference == .body([]) ? nil : value.name
                throw .body("The body must be a JSON object.", parameter: name)
            }
            body(text)
        case .value(.object(let members)):
            Array(JSONValue.object(members).serialized().utf8).withUnsafeBytes { body($0) }
        case .nothing, .text, .ownText, .value: return
        }
    }

    func collectNames(of spread: ValuePlan, into names: inout Set<[UInt8]>) throws(PayloadError) {
        if spread.reference == .wholeQuery {
            for member in try queryMembers() { names.insert(Array(member.name.utf8)) }
        } else {
            var found = names
            try withObject(spread) { text in
                JSONScanner.forEachMember(of: text) { key, _ in
                    found.insert(Array(JSONScanner.unescape(UnsafeRawBufferPointer(rebasing: text[key])).utf8))
                }
            }
            names = found
        }
    }
}
