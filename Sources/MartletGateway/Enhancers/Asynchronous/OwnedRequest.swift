import MessageWire
import NIOCore
import Pipeline

/// A request with storage of its own: one whose enhancers take their time outlives the bytes it came in.
///
/// World: made on an event loop, then read anywhere.
final class OwnedRequest: RequestFields, RequestFacts, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything but `claims` is constant, the memory included; `claims` is touched on
    // the request's event loop only.
    let requestID: String
    let clientAddress: String
    let receivedAt: String
    let tlsSubject: String?
    /// What guards have found out so far.
    var claims: ClaimSet?
    let contentType: UnsafeRawBufferPointer?

    private let storage: UnsafeMutableRawBufferPointer
    private let parts: [Range<Int>]
    private let fieldRanges: [(name: Range<Int>, value: Range<Int>)]

    /// - Parameters:
    ///   - request: What is copied.
    ///   - contentType: The field's value.
    init(_ request: RequestView, contentType: UnsafeRawBufferPointer?) {
        requestID = request.facts.requestID
        clientAddress = request.facts.clientAddress
        receivedAt = request.facts.receivedAt
        tlsSubject = request.facts.tlsSubject
        claims = request.claims
        var bytes = ByteBuffer()
        func keep(_ part: UnsafeRawBufferPointer) -> Range<Int> {
            let start = bytes.writerIndex
            bytes.writeBytes(part)
            return start..<bytes.writerIndex
        }
        parts = [request.method, request.path, request.query, request.authority, request.body].map(keep)
        let contentTypeRange = contentType.map(keep)
        var ranges: [(name: Range<Int>, value: Range<Int>)] = []
        request.fields.forEachField { name, value in
            let folded = name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            let nameRange = folded.withUnsafeBytes(keep)
            ranges.append((nameRange, keep(value)))
        }
        fieldRanges = ranges
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.readableBytes, 1), alignment: 1)
        bytes.withUnsafeReadableBytes { storage.copyMemory(from: $0) }
        self.storage = storage
        let whole = UnsafeRawBufferPointer(storage)
        self.contentType = contentTypeRange.map { UnsafeRawBufferPointer(rebasing: whole[$0]) }
    }

    deinit { storage.deallocate() }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[range])
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes(range), as: UTF8.self) }

    /// The request as routing and mapping see it; valid as long as this object.
    var view: RequestView {
        var view = RequestView(
            method: bytes(parts[0]), path: bytes(parts[1]), query: bytes(parts[2]), authority: bytes(parts[3]),
            body: bytes(parts[4]), fields: self, facts: self)
        view.claims = claims
        return view
    }

    /// The request as custom enhancers see it.
    var published: HTTPRequest {
        HTTPRequest(
            id: requestID, method: text(parts[0]), path: text(parts[1]), query: text(parts[2]), host: text(parts[3]),
            headers: HTTPHeaders(fieldRanges.map { (text($0.name), text($0.value)) }), body: Array(bytes(parts[4])),
            clientAddress: clientAddress, tlsSubject: tlsSubject)
    }

    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        fieldRanges.first { bytes($0.name).elementsEqual(lowercaseName.utf8) }.map { bytes($0.value) }
    }

    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        for field in fieldRanges where bytes(field.name).elementsEqual(lowercaseName.utf8) { body(bytes(field.value)) }
    }

    func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        for field in fieldRanges { body(bytes(field.name), bytes(field.value)) }
    }
}
