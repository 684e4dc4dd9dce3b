/// The request methods a route can be written for, as one byte.
package struct MethodSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let get = MethodSet(rawValue: 1)
    package static let head = MethodSet(rawValue: 2)
    package static let post = MethodSet(rawValue: 4)
    package static let put = MethodSet(rawValue: 8)
    package static let patch = MethodSet(rawValue: 16)
    package static let delete = MethodSet(rawValue: 32)
    package static let options = MethodSet(rawValue: 64)

    /// Methods whose body is the payload by default.
    package static let withBody: MethodSet = [.post, .put, .patch]

    package static let named: [(name: String, method: MethodSet)] = [
        ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
        ("OPTIONS", .options),
    ]

    /// The names in one fixed order, as `Allow` lists them.
    package var names: [String] { Self.named.filter { contains($0.method) }.map(\.name) }

    /// The method of a request; empty for one that no route can name (methods are case-sensitive).
    ///
    /// Spec: RFC 9110 §9.1
    @inline(__always)
    package init(token: UnsafeRawBufferPointer) {
        switch token.count {
        case 3: self = Self.matches(token, "GET") ? .get : Self.matches(token, "PUT") ? .put : []
        case 4: self = Self.matches(token, "POST") ? .post : Self.matches(token, "HEAD") ? .head : []
        case 5: self = Self.matches(token, "PATCH") ? .patch : []
        case 6: self = Self.matches(token, "DELETE") ? .delete : []
        case 7: self = Self.matches(token, "OPTIONS") ? .options : []
        default: self = []
        }
    }

    @inline(__always)
    private static func matches(_ token: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        for index in 0..<token.count where token[index] != name.utf8Start[index] { return false }
        return true
    }
}
