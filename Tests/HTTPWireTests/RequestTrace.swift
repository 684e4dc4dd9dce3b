import HTTPWire

/// What a parser made of a connection's bytes, as text that can stand in a table; drives the parser as a gateway would.
///
/// One line each: `head …`, `body "…"` (pieces joined), `end`, and last `idle`, `more` or `error code`.
struct RequestTrace: ~Copyable {
    private(set) var lines: [String] = []
    private(set) var error: HTTPWireError?
    private var parser: HTTP1RequestParser
    private var pending: [UInt8] = []
    private var body: [UInt8] = []
    private var inBody = false
    private let showsFields: Bool

    init(limits: HTTPLimits = .defaults, showsFields: Bool = false) {
        parser = HTTP1RequestParser(limits: limits)
        self.showsFields = showsFields
    }

    /// Runs bytes in the pieces that `cuts` (ascending offsets) make of them.
    static func run(
        _ bytes: [UInt8], cuts: some Sequence<Int> = EmptyCollection<Int>(), limits: HTTPLimits = .defaults,
        showsFields: Bool = false
    ) -> [String] {
        var trace = RequestTrace(limits: limits, showsFields: showsFields)
        var start = 0
        for cut in cuts where cut > start && cut < bytes.count {
            trace.feed(bytes[start..<cut])
            start = cut
        }
        trace.feed(bytes[start...])
        return trace.finished()
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        guard error == nil else { return }
        pending += bytes
        do throws(HTTPWireError) {
            while try step() {}
        } catch {
            self.error = error
        }
    }

    /// Calls everything that a failed parser may be asked; answers the errors.
    mutating func retry(_ bytes: [UInt8]) -> [HTTPWireError?] {
        func caught(_ body: () throws(HTTPWireError) -> Void) -> HTTPWireError? {
            do throws(HTTPWireError) {
                try body()
                return nil
            } catch {
                return error
            }
        }
        return [
            caught { () throws(HTTPWireError) in
                _ = try bytes.withParserBytes { bytes throws(HTTPWireError) in try parser.parseHead(bytes) }
            },
            caught { () throws(HTTPWireError) in
                _ = try bytes.withParserBytes { bytes throws(HTTPWireError) in try parser.parseBody(bytes) }
            },
            caught { () throws(HTTPWireError) in try parser.setBodyLimit(1 << 40) },
            caught { () throws(HTTPWireError) in try parser.checkAnnouncedLength() },
        ]
    }

    func finished() -> [String] {
        var result = lines
        if !body.isEmpty { result.append("body \(Escaped.text(body))") }
        if let error {
            result.append("error \(error.code)")
        } else {
            result.append(parser.isIdle ? "idle" : "more")
        }
        return result
    }

    /// One call of the parser; answers whether another one makes sense now.
    private mutating func step() throws(HTTPWireError) -> Bool {
        inBody ? try bodyStep() : try headStep()
    }

    private mutating func headStep() throws(HTTPWireError) -> Bool {
        let bytes = pending
        let consumed = try bytes.withParserBytes { bytes throws(HTTPWireError) in try parser.parseHead(bytes) }
        guard let consumed else { return false }
        precondition(consumed <= pending.count, "a head larger than its bytes")
        lines.append(describe(parser.head))
        pending.removeFirst(consumed)
        inBody = true
        return true
    }

    private mutating func bodyStep() throws(HTTPWireError) -> Bool {
        let bytes = pending
        let step = try bytes.withParserBytes { bytes throws(HTTPWireError) in try parser.parseBody(bytes) }
        switch step {
        case .data(let range, let consumed):
            precondition(!range.isEmpty && range.upperBound <= consumed && consumed <= pending.count)
            body += pending[range]
            pending.removeFirst(consumed)
            return true
        case .needMore(let consumed):
            precondition(consumed <= pending.count)
            pending.removeFirst(consumed)
            return false
        case .end(let consumed):
            precondition(consumed <= pending.count && parser.isComplete)
            pending.removeFirst(consumed)
            if !body.isEmpty { lines.append("body \(Escaped.text(body))") }
            body = []
            lines.append("end")
            parser.reset()
            inBody = false
            return true
        }
    }

    private func describe(_ head: borrowing HTTP1RequestHead) -> String {
        func text(_ range: Range<Int>) -> String { Escaped.text(pending[range], quotes: false) }
        var result = "head \(text(head.methodRange)) \(text(head.target)) 1.\(head.minorVersion)"
        result += " authority=\(head.authority.map(text) ?? "-")"
        switch head.bodyFraming {
        case .none: result += " none"
        case .length(let length): result += " length=\(length)"
        case .chunked: result += " chunked"
        }
        result += head.keepAlive ? " keep" : " close"
        if head.expectsContinue { result += " continue" }
        if head.targetForm != .origin { result += " \(head.targetForm)" }
        guard showsFields else { return result }
        result += " path=\(text(head.path)) query=\(head.query.map(text) ?? "-")"
        result += " type=\(head.contentType.map(text) ?? "-") accept=\(head.accept.map(text) ?? "-")"
        for field in head.fields { result += " [\(text(field.name)): \(text(field.value))]" }
        return result
    }
}

extension Array where Element == UInt8 {
    /// Lends the bytes with a typed throw; also an empty array has an address then.
    func withParserBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(HTTPWireError) -> Result
    ) throws(HTTPWireError) -> Result {
        let outcome = withUnsafeBytes { bytes -> Swift.Result<Result, HTTPWireError> in
            do throws(HTTPWireError) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// Bytes as text with `\r \n \t \0 \\ \" \xHH`, both ways.
enum Escaped {
    static func text(_ bytes: some Sequence<UInt8>, quotes: Bool = true) -> String {
        var result = quotes ? "\"" : ""
        for byte in bytes {
            switch byte {
            case 0x0D: result += "\\r"
            case 0x0A: result += "\\n"
            case 0x5C: result += "\\\\"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        return quotes ? result + "\"" : result
    }

    static func bytes(_ text: some StringProtocol) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x5C, let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case 0x72: result.append(0x0D)
            case 0x6E: result.append(0x0A)
            case 0x74: result.append(0x09)
            case 0x30: result.append(0x00)
            case 0x78:
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                result.append(UInt8(digits, radix: 16) ?? 0x3F)
            default: result.append(escape)
            }
        }
        return result
    }
}
