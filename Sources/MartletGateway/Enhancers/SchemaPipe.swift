import JSONSchema
import MessageWire
import Pipeline
import Routing

/// `Schema`: refuses requests whose body, query or path is not what a JSON Schema says.
///
/// Parameters of query and path are texts; one that the schema wants to be a number, integer, boolean or array is read as such
/// for the check. The payload is not changed: that is what the pipes behind references are for.
///
/// World: any event loop.
struct SchemaPipe: Sendable {
    private let settings: SchemaSettings

    init(_ settings: SchemaSettings) { self.settings = settings }

    /// Checks a request.
    ///
    /// - Parameters:
    ///   - request: What was asked.
    ///   - parameters: Of the path, decoded.
    ///   - body: Checked JSON text; `nil` when there is none.
    /// - Returns: The refusal; `nil` when all is well.
    func refusal(
        _ request: RequestView, parameters: () -> [(name: String, value: String)], body: UnsafeRawBufferPointer?
    ) -> GatewayError? {
        var faults: [(place: String, fault: SchemaFault)] = []
        if let path = settings.path {
            let value = path.object(of: parameters().map { ($0.name, [$0.value]) })
            faults += check(path.schema, value, "path", faults.count)
        }
        if let query = settings.query, !query.isSurelyValid(query: request.query) {
            guard let members = request.queryMembers() else {
                return GatewayError(
                    status: 400, code: "invalid_query",
                    detail: "The query is not well-formed: a bad \"%\" escape or no UTF-8.")
            }
            faults += check(query.schema, query.object(of: members), "query", faults.count)
        }
        if let schema = settings.body {
            guard let body else {
                return refusal(faults + [("body", SchemaFault.missingBody)])
            }
            if !schema.isValid(body) { faults += check(schema, JSONValue(checked: body), "body", faults.count) }
        }
        return faults.isEmpty ? nil : refusal(faults)
    }

    private func check(
        _ schema: CompiledSchema, _ value: JSONValue, _ place: String, _ known: Int
    ) -> [(place: String, fault: SchemaFault)] {
        guard known < settings.maxErrors else { return [] }
        return schema.validate(value, limit: settings.maxErrors - known).map { (place, $0) }
    }

    private func refusal(_ faults: [(place: String, fault: SchemaFault)]) -> GatewayError {
        let count = faults.count
        var error = GatewayError(
            status: settings.status, code: "validation_failed",
            detail: "The request is not valid: \(faults[0].fault.message)"
                + (count > 1 ? ", and \(count - 1) more." : "."))
        error.messages = faults.map(\.fault.message)
        error.errors = faults.map { place, fault in
            [
                "in": .string(place), "pointer": .string(fault.instance), "keyword": .string(fault.keyword),
                "detail": .string(fault.message),
            ]
        }
        return error
    }
}

extension SchemaFault {
    fileprivate static let missingBody = SchemaFault(
        instance: "", keyword: "required", schema: "", message: "body must not be empty")
}
