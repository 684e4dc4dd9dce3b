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
              martlet routes --json Routes/ | jq .path
            """)

    @Argument(help: "A route file, or a folder of route files.")
    var path: String

    @Flag(help: "One JSON object for each route instead of the table.")
    var json = false

    func run() throws {
        let rows = try CommandFailure.loadRoutes(path).rows
        if json {
            for row in rows { print(row.json.serialized()) }
            return
        }
        let header = ["METHOD", "PATH", "", "SERVICE", "PATTERN", "ID", "DECLARED AT"]
        let cells = rows.map { row in
            [
                row.methods.joined(separator: "|"), (row.host ?? "") + row.path, row.verb, row.service,
                row.patterns.joined(separator: " | "), row.id, "\(row.place)",
            ]
        }
        for line in Self.layout([header] + cells) { print(line) }
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
