import MessageWire

/// A whole configuration: what one route file, or a folder of them, says, checked and compiled.
package struct RouteFile: Sendable {
    package let gateway: GatewaySettings
    package let services: [ServiceSettings]
    package let table: RouteTable
    /// For errors that happen before a route is known, and the base of every route's own.
    package let errors: ErrorSpec
    /// Every guard that stands in the file, once.
    package let guards: [GuardEntry]
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
    ///   - environment: the value of an environment variable, `nil` when it is not set.
    /// - Returns: the configuration, its warnings included.
    /// - Throws: ``RouteFileError`` with every error of every file. An empty or missing file is an error too.
    package static func load(
        _ path: String, from source: any FileSource, environment: @escaping (String) -> String?
    ) throws(RouteFileError) -> RouteFile {
        let sink = DiagnosticSink()
        var collector = FileCollector(source: source, environment: Environment(value: environment), sink: sink)
        collector.collect(root: path)
        let file = RouteFileBuilder(collector.sections, sink: sink).build(files: collector.files)
        if let failure = sink.failure(fileOrder: collector.files) { throw failure }
        return file
    }
}
