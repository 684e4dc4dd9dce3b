/// What `Accept` says of answers of several values: SSE, NDJSON, or neither.
///
/// A stream is chosen only by its own name: `*/*` and `text/*` come from clients that never heard of streams. Of two streams
/// the one with the higher weight wins, of equal weights the one named first; a weight of 0 refuses. Plain JSON goes before
/// a stream only where its weight is higher.
///
/// Runs for every request that has an `Accept`, and allocates nothing.
///
/// Spec: RFC 9110 §12.4.2 (weights), §12.5.1 (Accept)
struct StreamPreference {
    /// Weights in thousandths, as the grammar has at most three digits.
    private var stream: (form: ResponseSpec.Form, weight: Int)?
    private var json: (specificity: Int, weight: Int) = (0, 0)

    /// `nil` where no stream is asked for.
    var form: ResponseSpec.Form? {
        guard let stream, stream.weight >= json.weight else { return nil }
        return stream.form
    }

    /// Takes one line of the field. A range that is not well-formed does not count.
    mutating func read(_ field: UnsafeRawBufferPointer) {
        var reader = FieldReader(bytes: field)
        while !reader.isAtEnd {
            reader.skipBlanks()
            if let (kind, weight) = Self.range(&reader) {
                note(kind, weight)
            } else {
                reader.skip(to: ",")
            }
            _ = reader.take(",")
        }
    }

    private mutating func note(_ kind: Kind, _ weight: Int) {
        switch kind {
        case .stream(let form): if weight > stream?.weight ?? 0 { stream = (form, weight) }
        case .json(let specificity): if specificity > json.specificity { json = (specificity, weight) }
        case .other: break
        }
    }

    // MARK: One range

    private enum Kind {
        case stream(ResponseSpec.Form)
        /// JSON itself (3), `application/*` (2) or `*/*` (1): the most specific range has JSON's weight.
        case json(specificity: Int)
        case other
    }

    /// Reads a range up to its comma or the end; `nil` when it is not well-formed.
    private static func range(_ reader: inout FieldReader) -> (kind: Kind, weight: Int)? {
        guard let type = reader.tokenBytes(), reader.take("/"), let subtype = reader.tokenBytes() else { return nil }
        var weight = 1000
        reader.skipBlanks()
        while reader.take(";") {
            reader.skipBlanks()
            guard let name = reader.tokenBytes() else { continue }
            guard reader.take("=") else { return nil }
            if name.count == 1, name[0] | 0x20 == UInt8(ascii: "q") {
                guard let value = reader.tokenBytes().flatMap(thousandths) else { return nil }
                weight = value
            } else {
                guard reader.tokenBytes() != nil || reader.skipQuoted() else { return nil }
            }
            reader.skipBlanks()
        }
        guard reader.isAtEnd || reader.isAt(",") else { return nil }
        return (kind(type, subtype), weight)
    }

    private static func kind(_ type: UnsafeRawBufferPointer, _ subtype: UnsafeRawBufferPointer) -> Kind {
        switch (type.count, subtype.count) {
        case (4, 12) where type.means("text") && subtype.means("event-stream"): .stream(.sse)
        case (11, 8) where type.means("application") && subtype.means("x-ndjson"): .stream(.ndjson)
        case (11, 6) where type.means("application") && subtype.means("ndjson"): .stream(.ndjson)
        case (11, 4) where type.means("application") && subtype.means("json"): .json(specificity: 3)
        case (11, 1) where type.means("application") && subtype.means("*"): .json(specificity: 2)
        case (1, 1) where type.means("*") && subtype.means("*"): .json(specificity: 1)
        default: .other
        }
    }

    /// `0`, `1`, `0.5`, `0.125`, `1.000`.
    private static func thousandths(_ text: UnsafeRawBufferPointer) -> Int? {
        guard let first = text.first, text.count <= 5, first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else {
            return nil
        }
        guard text.count > 1 else { return first == UInt8(ascii: "1") ? 1000 : 0 }
        guard text[1] == UInt8(ascii: ".") else { return nil }
        var value = Int(first - 0x30) * 1000
        var unit = 100
        for digit in text[2...] {
            guard (0x30...0x39).contains(digit) else { return nil }
            value += Int(digit - 0x30) * unit
            unit /= 10
        }
        return value <= 1000 ? value : nil
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are a word, upper and lower case being the same.
    ///
    /// - Parameter word: ASCII in lower case, as long as the bytes are.
    /// - Returns: true if every letter is the same.
    fileprivate func means(_ word: StaticString) -> Bool {
        let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for (mine, other) in zip(self, word) {
            let lower = (0x41...0x5A).contains(mine) ? mine | 0x20 : mine
            guard lower == other else { return false }
        }
        return true
    }
}
