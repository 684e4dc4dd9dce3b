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
        for line in Self.layout(Self.table(rows)) { print(line) }
    }

    /// The header and a line for each route; what no route has is no column.
    static func table(_ rows: [RouteRow]) -> [[String]] {
        let columns: [(title: String, isOptional: Bool, cell: (RouteRow) -> String)] = [
            ("METHOD", false, { $0.methods.joined(separator: "|") }),
            ("PATH", false, { ($0.host ?? "") + $0.path }),
            ("WHEN", true, { $0.conditions.map(condition).joined(separator: ", ") }),
            ("PRIORITY", true, { $0.priority == 0 ? "" : String($0.priority) }),
            ("", false, \.verb),
            ("SERVICE", false, \.service),
            ("PATTERN", false, { $0.patterns.joined(separator: " | ") }),
            ("ID", false, \.id),
            ("DECLARED AT", false, { "\($0.place)" }),
        ]
        let shown = columns.filter { column in !column.isOptional || rows.contains { !column.cell($0).isEmpty } }
        return [shown.map(\.title)] + rows.map { row in shown.map { $0.cell(row) } }
    }

    /// `header x-api-version=2`, `query format=csv|json`; a value that is no plain word is quoted.
    private static func condition(_ condition: RouteCondition) -> String {
        let values = condition.values.map { value in
            isWord(value) ? value : JSONValue.string(value).serialized()
        }
        return "\(condition.source.rawValue) \(condition.name)=\(values.joined(separator: "|"))"
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_./+:*".unicodeScalars.contains($0)
            }
    }

    /// Pads every column but the last to its widest cell.
    static func layout(_ rows: [[String]]) -> [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == columns - 1 ? cell : cell.padded(to: widths[column])
            }.joined(separator: "  ")
        }
    }
}
