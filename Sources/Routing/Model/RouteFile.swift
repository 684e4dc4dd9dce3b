import MessageWire

/// A whole configuration: what one route file, or a folder of them, says, checked and compiled.
package struct RouteFile: Sendable {
    package let gateway: GatewaySettings
    package let services: [ServiceSettings]
    package let table: RouteTable
    /// For errors that happen before a route is known, and the base of every route's own.
    package let errors: ErrorSpec
    /// Every enhancer that stands in the file, once.
    package let enhancers: [EnhancerEntry]
    /// Things that are probably not meant: routes nobody can reach, services nobody uses, globs without files.
    package let warnings: [Diagnostic]
    /// Every file that was read, in reading order: what to watch.
    package let files: [String]
    /// What `tests:` asks for.
    package let tests: [RouteTest]

    /// In the order of the files.
    package var routes: [Route] { table.routes }

    package static let version = 1

    /// Reads a route file, or all `*.yaml` and `*.yml` of a folder in order of their names, with everything they
    /// include.
    ///
    /// - Parameters:
    ///   - path: a file or a folder; messages name files as seen from it.
    ///   - source: reads the files.
    ///   - custom: names of enhancers that are registered beside the built-in ones.
    ///   - environment: the value of an environment variable, `nil` when it is not set.
    /// - Returns: the configuration, its warnings included.
    /// - Throws: ``RouteFileError`` with every error of every file. An empty or missing file is an error too.
    package static func load(
        _ path: String, from source: any FileSource, custom: [EnhancerKind: Set<String>] = [:],
        environment: @escaping (String) -> String?
    ) throws(RouteFileError) -> RouteFile {
        let sink = DiagnosticSink()
        var collector = FileCollector(source: source, environment: Environment(value: environment), sink: sink)
        collector.collect(root: path)
        let surroundings = EnhancerSurroundings(custom: custom) { path throws(FileSourceError) in
            try source.read(path)
        }
        let file = RouteFileBuilder(collector.sections, sink: sink, surroundings: surroundings)
            .build(files: collector.files)
        if let failure = sink.failure(fileOrder: collector.files) { throw failure }
        return file
    }
}

extension RouteFile {
    /// The names of the built-in enhancers of a kind, as route files write them.
    package static func builtInNames(_ kind: EnhancerKind) -> [String] { EnhancerEntryReader.names(kind) }
}
