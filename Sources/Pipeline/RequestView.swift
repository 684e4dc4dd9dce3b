/// A request as routing and mapping see it: the connection's own bytes, nothing copied.
///
/// Valid only during the call it is passed to; nobody keeps it. The bytes are those of the wire: the path is still
/// percent-encoded, the authority may carry a port, field values are trimmed.
package struct RequestView {
    package let method: UnsafeRawBufferPointer
    /// From the first `/` up to, not including, `?`.
    package let path: UnsafeRawBufferPointer
    /// Behind `?`; empty when there is none.
    package let query: UnsafeRawBufferPointer
    /// `Host`, or the authority of an absolute target; empty when unknown.
    package let authority: UnsafeRawBufferPointer
    /// The whole body as it was received; empty when there is none.
    package let body: UnsafeRawBufferPointer
    /// Not retained: whoever makes a view keeps both objects alive for the length of the call.
    package unowned(unsafe) let fields: any RequestFields
    package unowned(unsafe) let facts: any RequestFacts
    /// What guards have found out; not retained either.
    package unowned(unsafe) var claims: ClaimSet?

    package init(
        method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer,
        authority: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, fields: borrowing any RequestFields,
        facts: borrowing any RequestFacts
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.authority = authority
        self.body = body
        self.fields = copy fields
        self.facts = copy facts
    }

    /// The same with another method.
    package func with(method: UnsafeRawBufferPointer) -> RequestView {
        var view = RequestView(
            method: method, path: path, query: query, authority: authority, body: body, fields: fields, facts: facts)
        view.claims = claims
        return view
    }

    /// The same with other facts.
    package func with(facts: any RequestFacts) -> RequestView {
        var view = RequestView(
            method: method, path: path, query: query, authority: authority, body: body, fields: fields, facts: facts)
        view.claims = claims
        return view
    }
}

/// The header fields of a request.
package protocol RequestFields: AnyObject {
    /// The first value of a field, trimmed; `nil` when the field is absent. Valid as long as the view.
    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer?

    /// Hands every value of a field to `body`, in order.
    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void)

    /// Hands every field to `body`, in order: its name, in any case, and its value.
    func forEachField(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void)
}

/// What is known of a request beside its bytes: `$request.id`, `$request.ip` and so on. Asked only by routes that use
/// it.
package protocol RequestFacts: AnyObject {
    /// The request id, as answers and logs show it.
    var requestID: String { get }
    /// The client's address without port.
    var clientAddress: String { get }
    /// The subject of the client's certificate (RFC 2253); `nil` when it showed none.
    var tlsSubject: String? { get }
    /// When the request was received, as `2026-01-31T12:00:00.000Z`.
    var receivedAt: String { get }
}
