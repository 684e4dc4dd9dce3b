import MessageWire

/// What a route takes as parts of a multipart form; anything else is refused.
package struct MultipartRules: Sendable, Hashable {
    package enum Form: String, Sendable, Hashable, CaseIterable {
        /// UTF-8, becomes a string.
        case text
        /// Becomes a string in base64.
        case base64
        /// Becomes `{"filename":...,"type":...,"data":base64}`.
        case file
        /// JSON text, checked like a body and put in as it is.
        case json
    }

    package struct Part: Sendable, Hashable {
        package let name: String
        package let form: Form
        /// Bytes. Beyond: 413.
        package let max: Int
        package let isRequired: Bool
    }

    package var parts: [Part]
}

/// Takes a `multipart/form-data` body apart and writes it as one JSON object.
///
/// Strict: no preamble, CRLF line ends, one `Content-Disposition` for each part, no part twice, no transfer encodings.
///
/// Spec: RFC 7578, RFC 2046 §5.1
struct MultipartDecoder {
    /// Bytes of one part's header fields.
    static let maxHeaderBytes = 4096

    private let bytes: UnsafeRawBufferPointer
    private let delimiter: [UInt8]
    private let rules: MultipartRules
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer, boundary: String, rules: MultipartRules) {
        self.bytes = bytes
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.rules = rules
    }

    mutating func decode(into writer: inout JSONWriter) throws(PayloadError) {
        // The first delimiter has no line end before it.
        guard starts(with: delimiter.dropFirst(2), at: 0) else {
            throw malformed("it does not begin with its boundary")
        }
        index = delimiter.count - 2
        var seen: Set<String> = []
        writer.ascii("{")
        while try !isClosed() {
            guard starts(with: "\r\n".utf8, at: index) else {
                throw malformed("a boundary is followed by something else")
            }
            index += 2
            let head = try partHead()
            guard let end = find(delimiter, from: index) else { throw malformed("the last boundary is missing") }
            let content = UnsafeRawBufferPointer(rebasing: bytes[index..<end])
            index = end + delimiter.count
            guard let rule = rules.parts.first(where: { $0.name.utf8.elementsEqual(head.name.utf8) }) else {
                throw .body("The part \"\(SourceNode.shortened(head.name))\" is not taken here.")
            }
            if !seen.isEmpty { writer.ascii(",") }
            guard seen.insert(rule.name).inserted else {
                throw .body("The part is given more than once.", parameter: "body." + rule.name)
            }
            writer.string(rule.name)
            writer.ascii(":")
            try write(content, head, rule, into: &writer)
        }
        writer.ascii("}")
        if let missing = rules.parts.first(where: { $0.isRequired && !seen.contains($0.name) }) {
            throw .body("The part is missing.", parameter: "body." + missing.name)
        }
    }

    /// Whether the delimiter just read was the last.
    private func isClosed() throws(PayloadError) -> Bool {
        guard starts(with: "--".utf8, at: index) else { return false }
        var rest = index + 2
        if starts(with: "\r\n".utf8, at: rest) { rest += 2 }
        guard rest == bytes.count else { throw malformed("something follows the last boundary") }
        return true
    }

    private struct Head {
        var name: String
        var fileName: String?
        var type: String?
    }

    private mutating func partHead() throws(PayloadError) -> Head {
        let start = index
        var head: Head?
        var type: String?
        while true {
            guard let end = find(Array("\r\n".utf8), from: index), end - start <= Self.maxHeaderBytes else {
                throw malformed("the header of a part is too long or has no end")
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[index..<end])
            index = end + 2
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw malformed("a part has a bad header line")
            }
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                guard head == nil, let found = disposition(value) else {
                    throw malformed("a part has a bad Content-Disposition")
                }
                head = found
            case "content-type":
                var reader = FieldReader(bytes: value)
                reader.skipBlanks()
                if let major = reader.token(), reader.take("/"), let minor = reader.token() {
                    type = "\(major)/\(minor)"
                }
            case "content-transfer-encoding": throw malformed("a part has a transfer encoding")
            default: break
            }
        }
        guard var head else { throw malformed("a part has no Content-Disposition") }
        head.type = type
        return head
    }

    private func disposition(_ value: UnsafeRawBufferPointer) -> Head? {
        var reader = FieldReader(bytes: value)
        reader.skipBlanks()
        guard reader.token()?.lowercased() == "form-data" else { return nil }
        var (name, fileName): (String?, String?)
        reader.skipBlanks()
        while reader.take(";") {
            reader.skipBlanks()
            guard let key = reader.token(), reader.take("="), let value = reader.quoted() ?? reader.token() else {
                return nil
            }
            switch key.lowercased() {
            case "name": name = value
            case "filename": fileName = value
            default: break
            }
            reader.skipBlanks()
        }
        guard reader.isAtEnd, let name else { return nil }
        return Head(name: name, fileName: fileName, type: nil)
    }

    private func write(
        _ content: UnsafeRawBufferPointer, _ head: Head, _ rule: MultipartRules.Part, into writer: inout JSONWriter
    ) throws(PayloadError) {
        guard content.count <= rule.max else {
            throw PayloadError(
                status: 413, code: "part_too_large",
                message: "The part has \(content.count) bytes; at most \(rule.max) are taken.",
                parameter: "body." + rule.name)
        }
        switch rule.form {
        case .text:
            guard PercentDecoding.isUTF8(content) else {
                throw .body("The part is not UTF-8.", parameter: "body." + rule.name)
            }
            writer.string(content)
        case .base64:
            Base64.write(content, into: &writer)
        case .file:
            writer.ascii("{\"filename\":")
            head.fileName.map { writer.string($0) } ?? writer.null()
            writer.ascii(",\"type\":")
            head.type.map { writer.string($0) } ?? writer.null()
            writer.ascii(",\"data\":")
            Base64.write(content, into: &writer)
            writer.ascii("}")
        case .json:
            do throws(JSONScanError) {
                let scan = try JSONScanner.scan(content, rules: .untrusted)
                writer.raw(UnsafeRawBufferPointer(rebasing: content[scan.value]), utf16Count: scan.utf16Count)
            } catch {
                throw .body("The part is not JSON: \(error.reason.sentence)", parameter: "body." + rule.name)
            }
        }
    }

    private func malformed(_ reason: String) -> PayloadError {
        .body("The multipart body is not well-formed: \(reason).")
    }

    private func starts<Bytes: Collection<UInt8>>(with prefix: Bytes, at start: Int) -> Bool {
        guard start + prefix.count <= bytes.count else { return false }
        return bytes[start..<start + prefix.count].elementsEqual(prefix)
    }

    /// The next place where `needle` stands; its first byte (CR) is rare in texts.
    private func find(_ needle: [UInt8], from start: Int) -> Int? {
        var position = start
        while position + needle.count <= bytes.count {
            if bytes[position] == needle[0], starts(with: needle, at: position) { return position }
            position += 1
        }
        return nil
    }
}
