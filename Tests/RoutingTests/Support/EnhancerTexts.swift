@testable import Routing

/// Loads a file with one entry in one list of its `use:`; the entry begins in line 3, column 5.
func enhancer(_ kind: EnhancerKind, _ entry: String, files: [String: String] = [:]) -> LoadResult {
    let text = """
        version: 1
        use: { \(kind.rawValue): [
            \(entry)
          ] }
        services: { s: { endpoints: ["h:1"] } }
        routes: []
        """
    return load(files: files.merging(["r.yaml": text]) { _, text in text }, path: "r.yaml")
}

/// What an entry of `interceptors:` was understood as.
func interceptor(_ entry: String) -> InterceptorSettings? {
    guard case .interceptor(let settings) = enhancer(.interceptors, entry).file?.enhancers.first?.settings else {
        return nil
    }
    return settings
}
