import MessageWire

/// Which keywords a schema's meta-schema lets count.
extension SchemaLibrary {
    /// What a resource's `$schema` means.
    struct Dialect {
        var vocabularies: Vocabularies
        /// What to tell the author.
        var warning: String?
    }

    /// The dialect of a resource. A meta-schema that is not known is taken for the standard one, with a warning.
    ///
    /// - Throws: it demands a vocabulary that nobody here understands.
    ///
    /// Spec: JSON Schema Core 2020-12 §8.1
    func dialect(of index: Int) throws(SchemaError) -> Dialect {
        guard let uri = resources[index].metaSchema, uri != MetaSchema.uri else {
            return Dialect(vocabularies: .standard)
        }
        guard let meta = resource(named: uri) else {
            let name = "the meta-schema \"\(uri)\" is not known"
            return Dialect(vocabularies: .standard, warning: "\(name); the schema is read as draft 2020-12")
        }
        guard case .object(let members)? = resources[meta].value["$vocabulary"] else {
            return Dialect(vocabularies: .standard)
        }
        var vocabularies: Vocabularies = .core
        for member in members {
            let last = String(member.name.dropFirst(Vocabularies.prefix.count))
            if member.name.hasPrefix(Vocabularies.prefix), let known = Vocabularies.named[last] {
                vocabularies.formUnion(known)
            } else if member.value == true {
                throw SchemaError(
                    document: documents[resources[index].root.document].uri,
                    pointer: resources[index].root.below("$schema").pointer,
                    reason: "the meta-schema demands the vocabulary \"\(member.name)\", which is not supported")
            }
        }
        return Dialect(vocabularies: vocabularies)
    }
}
