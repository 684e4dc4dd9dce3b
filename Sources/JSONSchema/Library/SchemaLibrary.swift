import MessageWire

/// A place in a document: what a node of the plan is made from.
struct SchemaPlace: Hashable, Sendable {
    /// The document's number in the library.
    let document: Int
    /// JSON pointer into the document.
    let pointer: String

    static func == (one: SchemaPlace, other: SchemaPlace) -> Bool {
        one.document == other.document && one.pointer.hasSameBytes(as: other.pointer)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(document)
        hasher.combine(bytesOf: pointer)
    }

    /// The place below this one.
    func below(_ name: String) -> SchemaPlace {
        SchemaPlace(document: document, pointer: "\(pointer)/\(JSONPointer.escaped(name))")
    }
}

/// All documents that a schema may refer to, with the names that are given to places in them.
///
/// Load time only, never shared. Documents are walked when they are added; the meta-schemas when something refers to
/// them.
final class SchemaLibrary {
    /// A schema with a name of its own: a document, or a schema with `$id` in one. Anchors are names inside of it.
    struct Resource {
        /// What references in it are resolved against.
        let base: URIReference
        let root: SchemaPlace
        let value: JSONValue
        /// The meta-schema it names; nil for the standard one.
        let metaSchema: String?
        var anchors: [String: SchemaPlace] = [:]
        var dynamicAnchors: [String: SchemaPlace] = [:]
    }

    /// What a reference leads to.
    struct Target {
        let place: SchemaPlace
        let value: JSONValue
        /// The resource that the place is in.
        let resource: Int
        /// The name, if the reference is one of an anchor that `$dynamicRef` looks for.
        let dynamicAnchor: String?
    }

    /// The documents: their URIs and their trees, equal names removed.
    private(set) var documents: [(uri: String, root: JSONValue)] = []
    private(set) var resources: [Resource] = []
    private var resourcesByURI: [String: Int] = [:]
    /// Each schema that was walked, with its resource.
    private var schemas: [SchemaPlace: (value: JSONValue, owner: Int)] = [:]
    /// The schemas that were walked, document by document, in their order.
    private(set) var places: [SchemaPlace] = []
    /// What is wrong with the names in the first document: two schemas or anchors have the same.
    private(set) var firstError: SchemaError?

    init(_ document: JSONValue, base: String, others: [String: JSONValue]) {
        add(document, uri: base)
        for (uri, other) in others.sorted(by: { $0.key < $1.key }) { add(other, uri: uri) }
    }

    func resource(of place: SchemaPlace) -> Int? { schemas[place]?.owner }

    func value(at place: SchemaPlace) -> JSONValue? { schemas[place]?.value }

    func uri(of place: SchemaPlace) -> String { documents[place.document].uri }

    // MARK: Walking

    private func add(_ document: JSONValue, uri: String) {
        let name = URIReference(uri).withoutFragment
        let place = SchemaPlace(document: documents.count, pointer: "")
        let survey = ValueSurvey(document)
        let value = survey.isTooDeep ? false : survey.hasEqualNames ? document.withoutShadowedMembers : document
        documents.append((name.text, value))
        if survey.isTooDeep { report(place, "the document is nested too deeply") }
        let index = addResource(at: place, value, id: value["$id"]?.stringValue, in: name, metaSchema: nil)
        // A document is also known by where it was found.
        if resourcesByURI[name.text] == nil { resourcesByURI[name.text] = index }
        walk(value, at: place, in: index, isRoot: true)
    }

    private func addResource(
        at place: SchemaPlace, _ value: JSONValue, id: String?, in base: URIReference, metaSchema: String?
    ) -> Int {
        let uri = id.map { URIReference($0).resolved(against: base).withoutFragment } ?? base
        let named = value["$schema"]?.stringValue.map { URIReference($0).withoutFragment.text }
        resources.append(Resource(base: uri, root: place, value: value, metaSchema: named ?? metaSchema))
        let index = resources.count - 1
        guard let known = resourcesByURI[uri.text] else {
            resourcesByURI[uri.text] = index
            return index
        }
        if resources[known].root.document == place.document {
            report(place.below("$id"), "another schema is called \"\(uri.text)\" already")
        }
        return index
    }

    private func walk(_ value: JSONValue, at place: SchemaPlace, in owner: Int, isRoot: Bool = false) {
        var owner = owner
        places.append(place)
        guard case .object(let members) = value else {
            schemas[place] = (value, owner)
            return
        }
        if !isRoot, let id = value["$id"]?.stringValue {
            let outer = resources[owner]
            owner = addResource(at: place, value, id: id, in: outer.base, metaSchema: outer.metaSchema)
        }
        schemas[place] = (value, owner)
        addAnchors(value, at: place, in: owner)
        for member in members {
            guard let keyword = Keyword.all[member.name] else { continue }
            let content = Self.schemas(in: member.value, content: keyword.content, at: place.below(member.name))
            for (below, schema) in content { walk(schema, at: below, in: owner) }
        }
    }

    private func addAnchors(_ value: JSONValue, at place: SchemaPlace, in owner: Int) {
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let name = value[keyword]?.stringValue else { continue }
            if let other = resources[owner].anchors[name], other != place {
                report(place.below(keyword), "another schema has the anchor \"\(name)\" already")
                continue
            }
            resources[owner].anchors[name] = place
            if keyword == "$dynamicAnchor" { resources[owner].dynamicAnchors[name] = place }
        }
    }

    private func report(_ place: SchemaPlace, _ reason: String) {
        guard place.document == 0, firstError == nil else { return }
        firstError = SchemaError(document: uri(of: place), pointer: place.pointer, reason: reason)
    }

    /// The schemas that a keyword's value has in it.
    static func schemas(
        in value: JSONValue, content: Keyword.Content, at place: SchemaPlace
    ) -> [(SchemaPlace, JSONValue)] {
        switch (content, value) {
        case (.schema, .object), (.schema, .bool): [(place, value)]
        case (.list, .array(let elements)): elements.enumerated().map { (place.below(String($0)), $1) }
        case (.map, .object(let members)): members.map { (place.below($0.name), $0.value) }
        case (.dependencies, .object(let members)):
            members.filter { $0.value.kind != .array }.map { (place.below($0.name), $0.value) }
        default: []
        }
    }

    // MARK: Finding

    /// The resource of that name; reads a meta-schema in if it is one.
    func resource(named uri: String) -> Int? {
        if let known = resourcesByURI[uri] { return known }
        guard let text = MetaSchema.texts[uri], let document = try? JSONValue.parse(text) else { return nil }
        add(document, uri: uri)
        return resourcesByURI[uri]
    }

    /// Follows a reference.
    ///
    /// - Parameters:
    ///   - reference: as it stands in the schema.
    ///   - owner: the resource it stands in.
    /// - Returns: where it leads to, or why it leads nowhere.
    func follow(_ reference: String, from owner: Int) -> Result<Target, ReferenceFault> {
        let uri = URIReference(reference).resolved(against: resources[owner].base)
        let name = uri.withoutFragment.text
        guard let index = resource(named: name) else {
            return .failure(ReferenceFault("there is no schema \"\(name)\""))
        }
        guard let fragment = JSONPointer.percentDecoded(uri.fragment ?? "") else {
            return .failure(ReferenceFault("the percent-encoding of \"\(reference)\" is broken"))
        }
        let resource = resources[index]
        if let names = JSONPointer.names(of: fragment) { return target(names, in: index, reference) }
        guard let place = resource.anchors[fragment], let schema = schemas[place] else {
            return .failure(ReferenceFault("there is no anchor \"\(fragment)\" in \"\(name)\""))
        }
        let isDynamic = resource.dynamicAnchors[fragment] != nil
        return .success(
            Target(
                place: place, value: schema.value, resource: schema.owner,
                dynamicAnchor: isDynamic ? fragment : nil))
    }

    private func target(_ names: [String], in resource: Int, _ reference: String) -> Result<Target, ReferenceFault> {
        let place = names.reduce(resources[resource].root) { $0.below($1) }
        if let schema = schemas[place] { return .success(target(place, schema)) }
        // A place that no keyword makes a schema; the reference does.
        var (at, value, owner) = (resources[resource].root, resources[resource].value, resource)
        for name in names {
            guard let next = JSONPointer.step(name, in: value) else {
                return .failure(ReferenceFault("\"\(reference)\" leads nowhere: there is no \"\(name)\""))
            }
            (at, value) = (at.below(name), next)
            owner = schemas[at]?.owner ?? owner
        }
        walk(value, at: place, in: owner)
        return .success(target(place, schemas[place] ?? (value, owner)))
    }

    private func target(_ place: SchemaPlace, _ schema: (value: JSONValue, owner: Int)) -> Target {
        Target(place: place, value: schema.value, resource: schema.owner, dynamicAnchor: nil)
    }
}

/// Why a reference leads nowhere.
struct ReferenceFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
