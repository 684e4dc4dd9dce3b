import ArgumentParser
import MessageWire
import Routing

/// `martlet routes`
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the routes of a route file as a table.",
        discussion: """
            Example:
              martlet routes Routes/demo.yaml
            """)

    @Argument(help: "A route file, or a folder of route files.")
    var path: String

    func run() throws {
        let file = try CommandFailure.loadRoutes(path)
        let header = ["METHOD", "PATH", "", "SERVICE", "PATTERN", "ID", "DECLARED AT"]
        let rows = file.routes.map { route in
            [
                route.methods.names.joined(separator: "|"), (route.host?.text ?? "") + route.path.text,
                route.kind == .send ? "send" : "emit", file.services[route.service].name,
                route.pattern.variants.map { $0.serialized() }.joined(separator: " | "), route.id, "\(route.place)",
            ]
        }
        for line in Self.layout([header] + rows) { print(line) }
    }

    /// Pads every column but the last to its widest cell.
    static func layout(_ rows: [[String]]) -> [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == columns - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }
    }
}
