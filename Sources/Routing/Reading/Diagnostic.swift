/// A place in a route file: what every message about the file begins with.
///
/// Lines and columns count from 1; a column is one Unicode scalar, as editors show it for anything but combining marks.
package struct SourcePlace: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }

    /// For settings that are compared whatever place they stand at.
    package static let nowhere = SourcePlace(file: "", line: 0, column: 0)
}

/// One message about a route file, in the form `file:line:column: text`.
package struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// An error refuses the whole configuration; a warning is shown and the file is used.
    package enum Severity: Sendable, Hashable {
        case error
        case warning
    }

    package let severity: Severity
    package let place: SourcePlace
    package let message: String

    package init(_ severity: Severity, _ place: SourcePlace, _ message: String) {
        self.severity = severity
        self.place = place
        self.message = message
    }

    package var description: String {
        severity == .error ? "\(place): \(message)" : "\(place): warning: \(message)"
    }
}

/// Why a configuration is refused: every error of every file, in reading order.
package struct RouteFileError: Error, Sendable, CustomStringConvertible {
    /// Never empty, and all of severity ``Diagnostic/Severity/error``.
    package let errors: [Diagnostic]
    package let warnings: [Diagnostic]

    package init(errors: [Diagnostic], warnings: [Diagnostic]) {
        self.errors = errors
        self.warnings = warnings
    }

    /// One line per error.
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Collects what is wrong with a configuration while it is read, so that all of it can be told in one go.
///
/// Load time only, never shared between tasks.
final class DiagnosticSink {
    /// More errors than this help nobody; the rest is counted in one last line.
    static let limit = 200

    private var seen: Set<Diagnostic> = []
    private(set) var errors: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []
    private var suppressed = 0
    private var unknown: Set<SourcePlace> = []
    /// Grows with every fault, also with those that are not told (again). What was read while it stood still is sound.
    private(set) var faultCount = 0

    /// Says that the value at a place could not be made, and that this was told: what else there is to say of it is a
    /// consequence, and is not told.
    func markUnknown(_ place: SourcePlace) { unknown.insert(place) }

    /// Whether a value could not be made. To ask is to meet a fault.
    func isUnknown(_ node: SourceNode) -> Bool {
        guard unknown.contains(node.place) else { return false }
        faultCount += 1
        return true
    }

    /// Reports an error; the same one (an anchored node is read once per alias) is told once.
    func error(_ place: SourcePlace, _ message: String) {
        faultCount += 1
        guard !unknown.contains(place) else { return }
        let diagnostic = Diagnostic(.error, place, message)
        guard seen.insert(diagnostic).inserted else { return }
        if errors.count < Self.limit { errors.append(diagnostic) } else { suppressed += 1 }
    }

    func warning(_ place: SourcePlace, _ message: String) {
        let diagnostic = Diagnostic(.warning, place, message)
        guard warnings.count < Self.limit, seen.insert(diagnostic).inserted else { return }
        warnings.append(diagnostic)
    }

    /// What to throw when anything was wrong: by file in reading order, and by line and column inside a file.
    func failure(fileOrder: [String]) -> RouteFileError? {
        guard let first = errors.first else { return nil }
        let rank = Dictionary(fileOrder.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var sorted = errors.enumerated().sorted { left, right in
            let (a, b) = (left.element.place, right.element.place)
            let (fileA, fileB) = (rank[a.file] ?? .max, rank[b.file] ?? .max)
            return (fileA, a.line, a.column, left.offset) < (fileB, b.line, b.column, right.offset)
        }.map(\.element)
        if suppressed > 0 {
            sorted.append(Diagnostic(.error, sorted.last?.place ?? first.place, "and \(suppressed) more errors"))
        }
        return RouteFileError(errors: sorted, warnings: warnings)
    }
}
