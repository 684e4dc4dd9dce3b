import ArgumentParser
import Routing

/// `martlet check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check route files, without starting anything.",
        discussion: """
            Prints every error with file, line and column, and exits with 2 if there is one.

            Examples:
              martlet check Routes/
              martlet check Routes/shop.yaml
            """)

    @Argument(help: "A route file, or a folder of route files.")
    var path: String

    func run() throws {
        let file = try CommandFailure.loadRoutes(path)
        print("\(path): \(file.routes.count) routes to \(file.services.count) services, no errors")
    }
}
