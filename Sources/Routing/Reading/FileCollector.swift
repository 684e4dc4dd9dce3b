/// What all files of a configuration say, section by section, before any of it is understood.
struct FileSections {
    struct Named {
        let name: String
        let place: SourcePlace
        let node: SourceNode
    }

    var gateway: SourceNode?
    var errors: SourceNode?
    /// Enhancers of every route.
    var use: SourceNode?
    /// Reusable lists of enhancers.
    var sets: SourceNode?
    var services: [Named] = []
    var routes: [SourceNode] = []
    var tests: [SourceNode] = []
    /// Where a message about the whole stands.
    var place = SourcePlace(file: "", line: 1, column: 1)
}

/// Reads the files of a configuration and follows `include:`.
struct FileCollector {
    /// More files than this are a mistake in a glob.
    static let maxFiles = 1000

    let source: any FileSource
    let environment: Environment
    let sink: DiagnosticSink

    private(set) var sections = FileSections()
    /// In reading order, each once, by the name that led to it first.
    private(set) var files: [String] = []
    private var canonicalFiles: Set<String> = []
    private var firstPlaces: [String: SourcePlace] = [:]

    init(source: any FileSource, environment: Environment, sink: DiagnosticSink) {
        self.source = source
        self.environment = environment
        self.sink = sink
    }

    mutating func collect(root path: String) {
        let path = FilePath.normalized(path)
        let here = SourcePlace(file: path, line: 1, column: 1)
        sections.place = here
        switch source.kind(of: path.isEmpty ? "." : path) {
        case .missing: sink.error(here, "no such file or folder")
        case .file: read(path, isIncluded: false, from: here, chain: [])
        case .folder:
            do {
                let names = try source.list(path.isEmpty ? "." : path).filter {
                    !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml"))
                }
                let paths = names.sorted().map { FilePath.join(path, $0) }.filter { source.kind(of: $0) == .file }
                if paths.isEmpty { sink.error(here, "the folder holds no .yaml or .yml file") }
                for file in paths { read(file, isIncluded: false, from: here, chain: []) }
            } catch {
                sink.error(here, "cannot be listed: \(error.reason)")
            }
        }
    }

    private mutating func read(_ path: String, isIncluded: Bool, from place: SourcePlace, chain: [String]) {
        let canonical = source.canonical(path)
        if chain.contains(where: { source.canonical($0) == canonical }) {
            sink.error(place, "include cycle: \((chain + [path]).joined(separator: " -> "))")
            return
        }
        guard !canonicalFiles.contains(canonical) else { return }
        guard files.count < Self.maxFiles else {
            sink.error(place, "more than \(Self.maxFiles) files")
            return
        }
        canonicalFiles.insert(canonical)
        files.append(path)
        let start = SourcePlace(file: path, line: 1, column: 1)
        let bytes: [UInt8]
        do {
            bytes = try source.read(path)
        } catch {
            sink.error(start, "cannot be read: \(error.reason)")
            return
        }
        guard let root = YAMLReader.read(bytes, file: path, environment: environment, sink: sink) else { return }
        if root.isNull {
            sink.error(start, "the file is empty")
            return
        }
        guard let reader = MappingReader(root, what: isIncluded ? "an included file" : "the route file", sink: sink)
        else { return }
        checkVersion(reader, isRequired: !isIncluded)
        take(reader, isIncluded: isIncluded)
        include(reader, in: path, chain: chain + [path])
        reader.finish(notYet: ["schemas"])
    }

    private func checkVersion(_ reader: MappingReader, isRequired: Bool) {
        guard let node = isRequired ? reader.require("version") : reader.take("version") else { return }
        guard let scalar = node.scalar, scalar.text == String(RouteFile.version) else {
            sink.error(node.place, "\"version\" must be \(RouteFile.version), not \(node.shown)")
            return
        }
    }

    private mutating func take(_ reader: MappingReader, isIncluded: Bool) {
        sections.gateway = single("gateway", reader, isIncluded, before: sections.gateway)
        sections.errors = single("errors", reader, isIncluded, before: sections.errors)
        sections.use = single("use", reader, isIncluded, before: sections.use)
        sections.sets = single("sets", reader, isIncluded, before: sections.sets)
        if let node = reader.take("services"), !node.isNull {
            if let members = node.members {
                for member in members { add(member) }
            } else {
                sink.error(node.place, "\"services\" must be a mapping of names, not \(node.shown)")
            }
        }
        if let node = reader.take("routes"), !node.isNull {
            if let elements = node.elements {
                sections.routes += elements
            } else {
                sink.error(node.place, "\"routes\" must be a list, not \(node.shown)")
            }
        }
        if isIncluded { return }
        if let node = reader.take("tests"), !node.isNull {
            if let elements = node.elements {
                sections.tests += elements
            } else {
                sink.error(node.place, "\"tests\" must be a list, not \(node.shown)")
            }
        }
    }

    private mutating func single(
        _ key: String, _ reader: MappingReader, _ isIncluded: Bool, before: SourceNode?
    ) -> SourceNode? {
        guard let member = reader.takeMember(key) else { return before }
        if isIncluded {
            sink.error(
                member.keyPlace, "\"\(key)\" cannot stand in an included file; only \"services\" and \"routes\" can")
            return before
        }
        if let before {
            sink.error(member.keyPlace, "\"\(key)\" stands already at \(before.place)")
            return before
        }
        return member.value
    }

    private mutating func add(_ member: SourceNode.Member) {
        if let first = firstPlaces[member.key] {
            sink.error(member.keyPlace, "service \"\(member.key)\" stands already at \(first)")
            return
        }
        firstPlaces[member.key] = member.keyPlace
        sections.services.append(.init(name: member.key, place: member.keyPlace, node: member.value))
    }

    private mutating func include(_ reader: MappingReader, in path: String, chain: [String]) {
        for (pattern, place) in reader.texts("include") ?? [] {
            let full = FilePath.normalized(FilePath.join(FilePath.folder(of: path), pattern))
            do {
                let found = try FilePath.expand(full, from: source)
                if found.isEmpty {
                    if FilePath.isGlob(pattern) {
                        sink.warning(place, "\"\(pattern)\" names no file")
                    } else {
                        sink.error(place, "\"\(pattern)\" names no file")
                    }
                }
                for file in found { read(file, isIncluded: true, from: place, chain: chain) }
            } catch {
                sink.error(place, "\"\(pattern)\" cannot be searched: \(error.reason)")
            }
        }
    }
}
