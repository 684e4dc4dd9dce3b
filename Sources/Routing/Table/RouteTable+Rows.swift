import MessageWire

/// One route as a line of a listing.
package struct RouteRow: Sendable, Hashable {
    package let id: String
    package let methods: [String]
    package let path: String
    package let host: String?
    package let conditions: [RouteCondition]
    /// 0 unless given.
    package let priority: Int
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
        if !conditions.isEmpty { members.append(.init(name: "when", value: conditionsJSON)) }
        if priority != 0 { members.append(.init(name: "priority", value: .number(String(priority)))) }
        members += [
            .init(name: "service", value: .string(service)),
            .init(name: "verb", value: .string(verb)),
            .init(name: "patterns", value: .array(patterns.map { .string($0) })),
        ]
        if let summary { members.append(.init(name: "description", value: .string(summary))) }
        if !tags.isEmpty { members.append(.init(name: "tags", value: .array(tags.map { .string($0) }))) }
        members += [
            .init(name: "file", value: .string(place.file)),
            .init(name: "line", value: .number(String(place.line))),
        ]
        return .object(members)
    }

    /// As the route file has them: names and lists of values, by where they stand in a request.
    private var conditionsJSON: JSONValue {
        .object(
            RouteCondition.Source.allCases.compactMap { source in
                let own = conditions.filter { $0.source == source }
                guard !own.isEmpty else { return nil }
                let members = own.map { condition in
                    JSONValue.Member(name: condition.name, value: .array(condition.values.map { .string($0) }))
                }
                return .init(name: source.rawValue, value: .object(members))
            })
    }
}

extension RouteFile {
    /// All routes in the order of the files.
    package var rows: [RouteRow] {
        routes.map { route in
            RouteRow(
                id: route.id, methods: route.methods.names, path: route.path.text, host: route.host?.text,
                conditions: route.conditions, priority: route.priority, service: services[route.service].name,
                verb: route.kind == .send ? "send" : "emit",
                patterns: route.pattern.variants.map { $0.serialized() }, summary: route.summary, tags: route.tags,
                place: route.place)
        }
    }
}
