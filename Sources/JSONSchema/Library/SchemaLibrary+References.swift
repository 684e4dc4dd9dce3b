import MessageWire

/// What a document refers to.
extension SchemaLibrary {
    /// The URIs of documents that the first one refers to and that are not here.
    func missingDocuments() -> Set<String> {
        var missing: Set<String> = []
        var index = 0
        // To follow a reference may bring in places that no keyword leads to.
        while index < places.count {
            let place = places[index]
            index += 1
            guard place.document == 0, let owner = resource(of: place), let schema = value(at: place) else { continue }
            for keyword in ["$ref", "$dynamicRef"] {
                guard let reference = schema[keyword]?.stringValue else { continue }
                let uri = URIReference(reference).resolved(against: resources[owner].base).withoutFragment.text
                if resource(named: uri) == nil { missing.insert(uri) } else { _ = follow(reference, from: owner) }
            }
        }
        return missing
    }
}
