import MessageWire

/// Nest's `ParseBoolPipe`: `true` and `false`, as a text or already as a truth value.
package struct ParseBool: ScalarPipe {
    package init() {}

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        switch value {
        case .bool: return value
        case .string("true"): return .bool(true)
        case .string("false"): return .bool(false)
        default: throw PipeError("Validation failed (boolean string is expected)")
        }
    }
}

/// Nest's `ParseEnumPipe`: one of the listed texts.
package struct ParseEnum: ScalarPipe {
    package let values: [String]

    package init(_ values: [String]) {
        self.values = values
    }

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        if case .string(let text) = value, values.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { return value }
        throw PipeError("Validation failed (enum string is expected)")
    }
}

/// Nest's `DefaultValuePipe`: stands in for a value that is missing or null.
package struct DefaultValue: ValuePipe {
    package let value: JSONValue

    package init(_ value: JSONValue) {
        self.value = value
    }

    package func transform(_ value: PipeValue, _ context: PipeContext) throws(PipeError) -> PipeValue {
        switch value {
        case .missing, .one(.null): .one(self.value)
        case .many(let values) where values.isEmpty: .one(self.value)
        default: value
        }
    }
}

/// Takes white space off both ends of a text; leaves everything else alone.
package struct Trim: ScalarPipe {
    package init() {}

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        guard case .string(let text) = value else { return value }
        return .string(JavaScriptText.trimmed(text))
    }
}
