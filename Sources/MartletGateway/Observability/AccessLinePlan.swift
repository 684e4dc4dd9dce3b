import Routing

/// How access lines look, the same for all loops.
struct AccessLogForm: Sendable {
    var format: LogFormat
    var fields: [AccessField]

    init(_ format: LogFormat, fields: [AccessField]?) {
        self.format = format
        self.fields = fields ?? (format == .text ? AccessField.standardText : AccessField.standardJSON)
    }
}

/// A form worked out: what stands around each value of a line, ready to be copied.
///
/// Every value ends with what separates it from the next one, whether there is a next one or not; the end of a line takes the place of
/// the last separator. So nobody has to know which value is the first.
///
/// World: one event loop.
struct AccessLinePlan: ~Copyable {
    /// One value of a line.
    struct Step {
        let field: AccessField
        /// Has its place also when there is nothing to say.
        let isAlways: Bool
        let before: LinePiece
        let behind: LinePiece
    }

    let format: LogFormat
    /// What every line begins with; may be empty.
    let opening: LinePiece
    /// Takes the place of the last separator.
    let closing: LinePiece
    let steps: UnsafeMutableBufferPointer<Step>
    /// Room for a line whose texts that are not noted are ``maxText`` bytes at most.
    let room: Int
    private let pieces: LinePieces

    /// A separator is one byte.
    static let separatorBytes = 1
    /// Longer texts go a longer way.
    static let maxText = 64

    init(_ form: AccessLogForm) {
        format = form.format
        // Room is made for each noted text once.
        var fields: [AccessField] = []
        for field in form.fields where !fields.contains(field) { fields.append(field) }
        let texts = form.format == .json ? Self.json(fields) : Self.text(fields)
        let pieces = LinePieces(texts)
        (opening, closing) = (pieces[0], pieces[1])
        steps = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            let isAlways = field == .route || form.format == .text && field.isColumn
            let step = Step(
                field: field, isAlways: isAlways, before: pieces[2 + 2 * index], behind: pieces[3 + 2 * index])
            steps.initializeElement(at: index, to: step)
        }
        self.pieces = pieces
        room =
            texts.reduce(LinePiece.slack) { $0 + $1.utf8.count }
            + fields.count * max(Self.maxText, LineCursor.millisecondsBytes)
    }

    deinit { steps.deallocate() }

    /// The opening, the closing, and for each field what stands before and behind it.
    private static func json(_ fields: [AccessField]) -> [String] {
        // The order of all other lines: when, how bad, what.
        let facts = "\"level\":\"info\",\"msg\":\"request\","
        let beginsWithTime = fields.first == .time
        var texts = [beginsWithTime ? "" : "{\(facts)", "}\n"]
        for field in fields {
            let quote = field.isNumber ? "" : "\""
            texts += ["\"\(field.key)\":\(quote)", "\(quote),"]
        }
        if beginsWithTime {
            texts[2] = "{" + texts[2]
            texts[3] += facts
        }
        return texts
    }

    private static func text(_ fields: [AccessField]) -> [String] {
        ["", "\n"]
            + fields.flatMap { field in
                [
                    field.isColumn ? "" : "\(field.textName)=",
                    field == .duration ? "ms " : field == .bytesOut ? "B " : " ",
                ]
            }
    }
}

/// The names of a generation's routes or services as lines have them, ready to be copied.
///
/// World: one event loop.
struct LineNames: ~Copyable {
    private let inJSON: LinePieces
    private let inText: LinePieces

    init(_ names: [String]) {
        inJSON = LinePieces(names.map { name in Self.escaped(name) { $0.jsonContents($1) } })
        inText = LinePieces(names.map { name in Self.escaped(name) { $0.word($1) } })
    }

    private static func escaped(
        _ name: String, _ write: (inout LineBuffer, UnsafeRawBufferPointer) -> Void
    ) -> String {
        var name = name
        var lines = LineBuffer(capacity: 0)
        name.withUTF8 { write(&lines, UnsafeRawBufferPointer($0)) }
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    @inline(__always)
    func piece(_ index: Int, _ format: LogFormat) -> LinePiece { format == .json ? inJSON[index] : inText[index] }
}

extension AccessField {
    /// Has its place in every line of text, also when there is nothing to say, and needs no name.
    fileprivate var isColumn: Bool {
        switch self {
        case .time, .status, .method, .path, .duration, .bytesOut, .client: true
        default: false
        }
    }

    fileprivate var isNumber: Bool {
        switch self {
        case .status, .duration, .bytesIn, .bytesOut, .queueTime, .firstReplyTime, .upstreamTime: true
        default: false
        }
    }

    /// What stands before the value in a line of text.
    fileprivate var textName: String {
        // As lines of text have always called it.
        self == .requestId ? "id" : key
    }
}
