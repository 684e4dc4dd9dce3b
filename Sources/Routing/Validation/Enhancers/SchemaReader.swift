import JSONSchema
import MessageWire

/// Understands `Schema`: JSON Schemas for parts of a request, written out or in files.
struct SchemaReader {
    let sink: DiagnosticSink
    let surroundings: EnhancerSurroundings
    let files: EnhancerEntryReader.ReadFiles

    func read(_ reader: MappingReader) -> SchemaSettings? {
        let body = reader.take("body").map(schema)
        let query = reader.take("query").map(schema)
        let path = reader.take("path").map(schema)
        let maxErrors = reader.integer("maxErrors", in: 1...1000, default: 20)
        let status = reader.integer("status", in: 400...499, default: 400)
        guard body != nil || query != nil || path != nil else {
            sink.error(reader.place, "\"Schema\" needs one of \"body\", \"query\" and \"path\"")
            return nil
        }
        return SchemaSettings(
            body: body ?? nil, query: (query ?? nil).map(SchemaPart.init), path: (path ?? nil).map(SchemaPart.init),
            maxErrors: maxErrors, status: status)
    }

    private func schema(_ node: SourceNode) -> CompiledSchema? {
        if node.members != nil {
            guard let document = sink.json(node) else { return nil }
            return compile(document, base: node.place.file, at: node.place)
        }
        guard let name = sink.text(node, named: "Schema") else { return nil }
        let path = FilePath.normalized(FilePath.join(FilePath.folder(of: node.place.file), name))
        guard let document = read(path, at: node.place) else { return nil }
        return compile(document, base: path, at: node.place)
    }

    private func read(_ path: String, at place: SourcePlace) -> JSONValue? {
        do throws(FileSourceError) {
            let bytes = try surroundings.read(path)
            if !files.names.contains(path) { files.names.append(path) }
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(JSONScanError) {
                return try JSONValue.parse(text)
            } catch {
                throw FileSourceError(reason: "it is not JSON: \(error)")
            }
        } catch {
            sink.error(place, "schema \"\(SourceNode.shortened(path))\": \(error.reason)")
            return nil
        }
    }

    /// Compiles a schema with all files that it refers to.
    private func compile(_ document: JSONValue, base: String, at place: SourcePlace) -> CompiledSchema? {
        var others: [String: JSONValue] = [:]
        var waiting = [document]
        let root = "file:///" + (base.hasPrefix("/") ? String(base.dropFirst()) : base)
        // A relative reference is a file beside the one that has it; every other document must be at hand.
        var bases = [root]
        while let next = waiting.popLast(), let current = bases.popLast() {
            for reference in CompiledSchema.externalReferences(of: next, base: current)
            where others[reference] == nil && reference.hasPrefix("file:///") {
                let name = String(reference.dropFirst(base.hasPrefix("/") ? 7 : 8))
                guard let other = read(name, at: place) else { return nil }
                others[reference] = other
                waiting.append(other)
                bases.append(reference)
            }
        }
        do throws(SchemaError) {
            let schema = try CompiledSchema(document, base: root, others: others)
            for warning in schema.warnings {
                sink.warning(place, "schema: \(warning)")
            }
            return schema
        } catch {
            let spot = error.pointer.isEmpty ? "" : " at \(error.pointer)"
            sink.error(place, "schema\(spot): \(error.reason)")
            return nil
        }
    }
}
