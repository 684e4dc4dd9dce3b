import MessageWire
import NIOCore

/// Turns bodies that are not JSON into JSON text, so that everything behind sees only JSON.
package enum BodyDecoder {
    /// Pairs of a form, and parts of a multipart body.
    package static let maxMembers = 1000

    /// Writes a body as JSON.
    ///
    /// - Parameters:
    ///   - bytes: the whole body.
    ///   - selection: what ``BodyFormats/select(contentType:)`` said; not `.json`, which needs no decoding.
    ///   - formats: the route's formats, for the rules of a multipart body.
    ///   - writer: a fresh writer.
    /// - Returns: the scan of the written text, for a ``JSONBody`` over the writer's buffer.
    /// - Throws: ``PayloadError`` with status 400, or 413 for a part over its limit.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, as selection: BodyFormats.Selection, formats: BodyFormats,
        into writer: inout JSONWriter
    ) throws(PayloadError) -> JSONScan {
        let start = writer.buffer.writerIndex
        let unitsBefore = writer.utf16Count
        var kind = JSONKind.string
        switch selection {
        case .json:
            throw .body("JSON is not decoded.")
        case .form:
            kind = .object
            try form(bytes, into: &writer)
        case .text:
            guard PercentDecoding.isUTF8(bytes) else { throw .body("The body is not UTF-8.") }
            writer.string(bytes)
        case .binary:
            Base64.write(bytes, into: &writer)
        case .multipart(let boundary):
            kind = .object
            var decoder = MultipartDecoder(bytes, boundary: boundary, rules: formats.multipart)
            try decoder.decode(into: &writer)
        }
        let length = writer.buffer.writerIndex - start
        return JSONScan(kind: kind, value: 0..<length, utf16Count: writer.utf16Count - unitsBefore)
    }

    /// `a=1&b=x+y` as `{"a":"1","b":"x y"}`. A repeated name is refused: whether it means a list, nobody said.
    private static func form(_ bytes: UnsafeRawBufferPointer, into writer: inout JSONWriter) throws(PayloadError) {
        var pairs = QueryPairs(bytes)
        var seen: Set<[UInt8]> = []
        writer.ascii("{")
        while let pair = pairs.next() {
            guard let name = FormText.decoded(pair.name), let value = FormText.decoded(pair.value) else {
                throw .body("The form is not well-formed: a bad \"%\" escape or no UTF-8.")
            }
            try checkName(name)
            if !seen.isEmpty { writer.ascii(",") }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw .body("The form field is given more than once.", parameter: "body." + name)
            }
            guard seen.count <= maxMembers else { throw .body("The form has more than \(maxMembers) fields.") }
            writer.string(name)
            writer.ascii(":")
            writer.string(value)
        }
        writer.ascii("}")
    }

    static func checkName(_ name: String) throws(PayloadError) {
        guard name != "__proto__", name != "constructor" else {
            throw .body("The field name \"\(name)\" is not allowed.")
        }
    }
}

/// Base64 with padding.
///
/// Spec: RFC 4648 §4
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// Bytes encoded at a time.
    private static let block = 3 * 1024

    /// Writes bytes as a JSON string.
    static func write(_ bytes: UnsafeRawBufferPointer, into writer: inout JSONWriter) {
        writer.ascii("\"")
        var text: [UInt8] = []
        text.reserveCapacity(min(block, bytes.count) / 3 * 4 + 4)
        var start = 0
        while start < bytes.count {
            let end = min(start + block, bytes.count)
            text.removeAll(keepingCapacity: true)
            encode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: &text)
            text.withUnsafeBytes { writer.raw($0, utf16Count: $0.count) }
            start = end
        }
        writer.ascii("\"")
    }

    private static func encode(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            text.append(alphabet[Int(group >> 18 & 63)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(count > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(count > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
    }
}
