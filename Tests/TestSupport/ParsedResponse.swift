/// An HTTP/1.1 response taken apart by a reader that has nothing in common with the product's code.
public struct ParsedResponse: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// Field lines, names as sent.
    public var fields: [String: String]
    /// The body, decoded when it was chunked.
    public var body: String
    /// Whether the body ended as it should.
    public var isComplete: Bool

    /// Reads as many responses as stand in a text.
    ///
    /// - Parameters:
    ///   - text: What came over the connection.
    ///   - bodiless: Indexes of responses without a body whatever their fields say (to HEAD).
    /// - Returns: The responses in their order.
    public static func parse(_ text: String, bodiless: Set<Int> = []) -> [ParsedResponse] {
        var bytes = Array(text.utf8)[...]
        var responses: [ParsedResponse] = []
        while let head = takeHead(&bytes) {
            let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
            guard let status = lines.first.flatMap({ Int($0.split(separator: " ")[1]) }) else { break }
            var fields: [String: String] = [:]
            for line in lines.dropFirst() where !line.isEmpty {
                let parts = line.split(separator: ":", maxSplits: 1)
                fields[String(parts[0])] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            }
            var response = ParsedResponse(status: status, fields: fields, body: "", isComplete: true)
            if status >= 200 && status != 204 && status != 304 && !bodiless.contains(responses.count) {
                takeBody(&bytes, &response)
            }
            responses.append(response)
        }
        return responses
    }

    private static func takeHead(_ bytes: inout ArraySlice<UInt8>) -> String? {
        let end = Array("\r\n\r\n".utf8)
        var index = bytes.startIndex
        while index + 4 <= bytes.endIndex {
            if bytes[index] == end[0], bytes[index..<index + 4].elementsEqual(end) {
                defer { bytes = bytes[(index + 4)...] }
                return String(decoding: bytes[..<index], as: UTF8.self)
            }
            index += 1
        }
        return nil
    }

    private static func takeBody(_ bytes: inout ArraySlice<UInt8>, _ response: inout ParsedResponse) {
        if response.fields["transfer-encoding"] == "chunked" {
            var body: [UInt8] = []
            response.isComplete = false
            while let lineEnd = bytes.firstIndex(of: 13),
                let size = Int(String(decoding: bytes[..<lineEnd], as: UTF8.self), radix: 16)
            {
                bytes = bytes[(lineEnd + 2)...]
                guard bytes.count >= size + 2 else { break }
                body += bytes.prefix(size)
                bytes = bytes.dropFirst(size + 2)
                if size == 0 {
                    response.isComplete = true
                    break
                }
            }
            response.body = String(decoding: body, as: UTF8.self)
        } else {
            let length = response.fields["content-length"].flatMap(Int.init) ?? bytes.count
            response.isComplete = bytes.count >= length
            response.body = String(decoding: bytes.prefix(length), as: UTF8.self)
            bytes = bytes.dropFirst(length)
        }
    }
}
