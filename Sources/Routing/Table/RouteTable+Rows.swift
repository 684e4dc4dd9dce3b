import MessageWire

/// One route as a line of a listing.
package struct RouteRow: Sendable, Hashable {
    package let id: String
    package let methods: [String]
    package let path: String
    package let host: String?
    package let service: String
    /// `send` or `emit`.
    package let verb: String
    /// JSON text; with a choice in it, all variants.
    package let patterns: [String]
    package let summary: String?
    package let tags: [String]
    package let place: SourcePlace

    /// For `--json`.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .string(id)),
            .init(name: "methods", value: .array(methods.map { .string($0) })),
            .init(name: "path", value: .string(path)),
        ]
        if let host { members.append(.init(name: "host", value: .string(host))) }
        members += [
            .init(name: "service", value: .string(service)),
            .init(name: "verb", value: .string(verb)),
            .init(name: "patterns", value: .array(patterns.map { .string($0) })),
            .init(name: "file", value: .string(place.file)),
            .init(name: "line", value: .number(String(place.line))),
        ]
        return .object(members)
    }
}

extension RouteFile {
    /// All routes in the order of the files.
    package var rows: [RouteRow] {
        routes.map { route in
            RouteRow(
                id: route.id, methods: route.methods.names, path: route.path.text, host: route.host?.text,
                service: services[route.service].name, verb: route.kind == .send ? "send" : "emit",
                patterns: route.pattern.variants.map { $0.serialized() }, summary: route.summary, tags: route.tags,
                place: route.place)
        }
    }
}
