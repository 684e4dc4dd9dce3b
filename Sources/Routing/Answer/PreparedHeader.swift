import MessageWire
import Pipeline

/// A header of an answer in which everything that the request brings is filled in, so that only the result is missing.
///
/// The request's bytes are gone when its answer comes; this is what is kept of them.
package struct PreparedHeader: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case result([String])
    }

    /// Lower-case.
    package let name: String
    private let pieces: [Piece]

    fileprivate init(name: String, text: [HeaderTemplate.Piece], fill: (HeaderTemplate.Piece) -> String) {
        self.name = name
        pieces = text.map { piece in
            if case .result(let keys) = piece { .result(keys) } else { .text(fill(piece)) }
        }
    }

    /// The header's value for one answer.
    ///
    /// - Parameter result: checked JSON text of the answer's value; `nil` when there is none.
    /// - Returns: `nil` when a piece leads nowhere or to an object or array: the header is left out then.
    package func value(result: UnsafeRawBufferPointer?) -> String? {
        var value = ""
        for piece in pieces {
            switch piece {
            case .text(let text): value += text
            case .result(let keys):
                guard let result, let range = JSONScanner.find(keys, in: result),
                    let text = JSONValue(checked: UnsafeRawBufferPointer(rebasing: result[range])).scalarText
                else { return nil }
                value += HeaderTemplate.encoded(text)
            }
        }
        return value
    }
}

extension HeaderTemplate {
    /// Fills in what the request brings.
    package func prepared(
        request: borrowing RequestView, match: RouteMatch, path: PathTemplate
    ) -> PreparedHeader {
        let (request, match) = (copy request, copy match)
        return PreparedHeader(name: name, text: pieces) { piece in
            switch piece {
            case .text(let text): text
            case .requestID: Self.encoded(request.facts.requestID)
            case .path(let index):
                Self.encoded(String(decoding: match.bytes(of: path.parameters[index], in: request), as: UTF8.self))
            case .result: ""
            }
        }
    }
}
