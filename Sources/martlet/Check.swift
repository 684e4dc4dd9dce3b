import ArgumentParser
import Routing

/// `martlet check`
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check route files, without starting anything.",
        discussion: """
            Prints every error with file, line and column, reads the certificates and keys that are named, runs the files' own
            `tests:` (no service is needed), and exits with 2 if anything is wrong. Files with keys or secrets that everybody
            on the machine may read are warned of; with --strict they are errors.

            Examples:
              martlet check Routes/
              martlet check Routes/shop.yaml
            """)

    @Argument(help: "A route file, or a folder of route files.")
    var path: String

    @Flag(help: "Take warnings about file permissions for errors.")
    var strict = false

    func run() async throws {
        let file = try CommandFailure.loadRoutes(path)
        try await CommandFailure.checkFiles(file)
        let findings = KeyPermissions.findings(file)
        for finding in findings { CommandFailure.printError(finding) }
        let results = file.runTests()
        let failed = results.filter { !$0.failures.isEmpty }
        for result in failed {
            for failure in result.failures {
                CommandFailure.printError("\(result.place): \(result.request): \(failure)")
            }
        }
        let tests = results.isEmpty ? "" : ", \(results.count - failed.count) of \(results.count) tests passed"
        let routes = Self.count(file.routes.count, "route"), services = Self.count(file.services.count, "service")
        print("\(path): \(routes) to \(services)\(tests)")
        if !failed.isEmpty || (strict && !findings.isEmpty) { throw ExitCode(2) }
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
