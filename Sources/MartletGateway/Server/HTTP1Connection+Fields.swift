import HTTPWire
import Pipeline

/// The request being read, as routing and mapping see it; valid while ``HTTP1Connection/requestBytes`` is set.
extension HTTP1Connection: RequestHead {
    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        parser.head.value(of: lowercaseName, in: requestBytes).map(slice)
    }

    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        parser.head.forEachValue(of: lowercaseName, in: requestBytes) { body(slice($0)) }
    }

    func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        for field in parser.head.fields { body(slice(field.name), slice(field.value)) }
    }

    /// The value of Content-Type; `nil` if absent.
    var contentType: UnsafeRawBufferPointer? { parser.head.contentType.map(slice) }

    var methodBytes: UnsafeRawBufferPointer { slice(parser.head.methodRange) }
    var path: UnsafeRawBufferPointer { slice(parser.head.path) }
    var authority: UnsafeRawBufferPointer? { parser.head.authority.map(slice) }

    func view(body: UnsafeRawBufferPointer, facts: borrowing any RequestFacts) -> RequestView {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        return RequestView(
            method: methodBytes, path: path, query: parser.head.query.map(slice) ?? none, authority: authority ?? none,
            body: body, fields: self, facts: facts)
    }

    private func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: requestBytes[range])
    }
}

extension HTTP1Connection: RequestFacts {}
