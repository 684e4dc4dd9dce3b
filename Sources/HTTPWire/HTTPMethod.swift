/// A request method as one byte: cheap to compare, store and index by.
///
/// A method that is none of the well-known ones is `other`; its text is found through the head's `methodRange`.
/// Methods are case-sensitive: `get` is `other`.
///
/// Spec: RFC 9110 §9, RFC 5789 (PATCH)
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, head, post, put, patch, delete, options, connect, trace, other

    /// The method as it stands on the wire; empty for `other`.
    package var text: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: ""
        }
    }

    /// Finds the method of a name; the name is compared as it is, with its case.
    ///
    /// - Parameter name: the bytes of the method, one token.
    package init(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 3 where name.equals("GET"): self = .get
        case 3 where name.equals("PUT"): self = .put
        case 4 where name.equals("POST"): self = .post
        case 4 where name.equals("HEAD"): self = .head
        case 5 where name.equals("PATCH"): self = .patch
        case 5 where name.equals("TRACE"): self = .trace
        case 6 where name.equals("DELETE"): self = .delete
        case 7 where name.equals("OPTIONS"): self = .options
        case 7 where name.equals("CONNECT"): self = .connect
        default: self = .other
        }
    }

    /// Finds the method of a name, as a route file writes it.
    ///
    /// - Parameter name: the method, with its case.
    package init(_ name: String) {
        var name = name
        self = name.withUTF8 { HTTPMethod(UnsafeRawBufferPointer($0)) }
    }
}
