import JSONSchema
import MessageWire

/// Schemas and values as JSON texts.
extension CompiledSchema {
    /// A schema without any document beside it.
    convenience init(text: String, assertsFormats: Bool = true) throws {
        try self.init(JSONValue.parse(text), assertsFormats: assertsFormats)
    }

    func isValid(text: String) throws -> Bool { isValid(try JSONValue.parse(text)) }

    func faults(text: String, limit: Int = 50) throws -> [SchemaFault] {
        validate(try JSONValue.parse(text), limit: limit)
    }

    func messages(text: String) throws -> [String] { try faults(text: text).map(\.message) }
}
