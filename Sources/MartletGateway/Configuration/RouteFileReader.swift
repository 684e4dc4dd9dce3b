import NetworkIO
import Pipeline
import Routing

/// Where a gateway's route files are, so that they can be read again.
package struct RouteFileReader: Sendable {
    /// A file or a folder.
    package let path: String
    private let variables: [String: String]
    private let custom: [EnhancerKind: Set<String>]

    /// - Parameters:
    ///   - path: A file or a folder.
    ///   - variables: Go before the environment's.
    ///   - custom: Names of enhancers that are registered beside the built-in ones.
    package init(path: String, variables: [String: String] = [:], custom: [EnhancerKind: Set<String>] = [:]) {
        self.path = path
        self.variables = variables
        self.custom = custom
    }

    /// Reads the files. Calls block.
    ///
    /// - Parameter observed: Gets the paths that were looked at, whether or not they could be read, and what was there before.
    /// - Returns: What they say.
    /// - Throws: `RouteFileError` with every error of every file.
    package func read(observed: ([String: FileStamp]) -> Void = { _ in }) throws(RouteFileError) -> RouteFileReading {
        try RouteFileReading.read(path, variables: variables, custom: custom, observed: observed)
    }
}
