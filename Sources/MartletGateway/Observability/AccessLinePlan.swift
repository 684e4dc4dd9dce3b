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
/// the last separator, which is one byte. So nobody has to know which value is the first.
///
/// World: one event loop.
struct AccessLinePlan: ~Copyable {
    /// One value of a line.
    struct Step {
        let before: LinePiece
        let behind: ShortText
        let field: AccessField
        /// Has its place also when there is nothing to say.
        let isAlways: Bool
    }

    let format: LogFormat
    /// What every line begins with; may be empty. Behind it stands the time, if that comes first.
    let opening: LinePiece
    let beginsWithTime: Bool
    /// What stands behind a time that comes first.
    let behindTime: LinePiece
    /// Takes the place of the last separator.
    let closing: ShortText
    /// All other values.
    let steps: UnsafeMutableBufferPointer<Step>
    /// Room for a line whose texts that are not noted are ``maxText`` bytes at most.
    let room: Int
    private let pieces: LinePieces
    private let protocols: LinePieces

    /// Longer texts go a longer way.
    static let maxText = 64
    /// More than ``behind(_:_:)`` is.
    private static let maxBehind = 4

    init(_ form: AccessLogForm) {
        format = form.format
        // Room is made for each noted text once.
        var fields: [AccessField] = []
        for field in form.fields where !fields.contains(field) { fields.append(field) }
        beginsWithTime = fields.first == .time
        if beginsWithTime { fields.removeFirst() }
        // The order of all other lines: when, how bad, what.
        let isJSON = form.format == .json
        let facts = "\"level\":\"info\",\"msg\":\"request\","
        let texts =
            [
                isJSON ? "{" + (beginsWithTime ? "\"\(AccessField.time.key)\":\"" : facts) : "",
                isJSON ? "\",\(facts)" : " ",
            ] + fields.map { Self.before($0, form.format) }
        let pieces = LinePieces(texts)
        (opening, behindTime) = (pieces[0], pieces[1])
        closing = ShortText(isJSON ? "}\n" : "\n")
        steps = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            let isAlways = field == .route || !isJSON && field.isColumn
            let step = Step(
                before: pieces[2 + index], behind: Self.behind(field, form.format), field: field, isAlways: isAlways)
            steps.initializeElement(at: index, to: step)
        }
        self.pieces = pieces
        protocols = LinePieces(Self.protocolNames)
        room =
            texts.reduce(LinePiece.slack) { $0 + $1.utf8.count }
            + (fields.count + 1) * (max(Self.maxText, LineCursor.millisecondsBytes) + Self.maxBehind)
    }

    deinit { steps.deallocate() }

    private static func before(_ field: AccessField, _ format: LogFormat) -> String {
        switch format {
        case .json: "\"\(field.key)\":" + (field.isNumber ? "" : "\"")
        case .text: field.isColumn ? "" : "\(field.textName)="
        }
    }

    private static func behind(_ field: AccessField, _ format: LogFormat) -> ShortText {
        switch (format, field) {
        case (.json, _): ShortText(field.isNumber ? "," : "\",")
        case (.text, .duration): ShortText("ms ")
        case (.text, .bytesOut): ShortText("B ")
        case (.text, _): ShortText(" ")
        }
    }

    static let protocolNames = ["HTTP/1.0", "HTTP/1.1", "HTTP/2"]

    /// The one of ``protocolNames`` with an index.
    @inline(__always)
    func protocolName(_ index: Int) -> LinePiece { protocols[index] }
}

/// Names as lines have them, ready to be copied.
///
/// World: one event loop.
struct LineNames: ~Copyable {
    private let inJSON: LinePieces
    private let inText: LinePieces

    init(_ names: [String]) {
        inJSON = LinePieces(
            names.map { name in LineBuffer.text { text in Array(name.utf8).withUnsafeBytes { text.jsonContents($0) } } }
        )
        inText = LinePieces(
            names.map { name in LineBuffer.text { text in Array(name.utf8).withUnsafeBytes { text.word($0) } } })
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
