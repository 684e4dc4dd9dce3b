import MessageWire
import Pipeline

/// What requests are told apart by: one reference to the request, without its body.
package struct RequestKey: Sendable, Hashable {
    let reference: Reference
    /// Without its dollar.
    let name: String

    /// As the file has it: `$request.ip`.
    package var text: String { "$" + name }

    /// Whose claims it looks at.
    var claims: String? {
        guard case .claim(let name, _) = reference else { return nil }
        return name
    }

    /// The value's hash, seeded once per process so that nobody can prepare collisions. Requests that lack the value have one in
    /// common.
    ///
    /// - Parameter request: the request; its facts are those of its connection.
    /// - Returns: never zero.
    package func hash(of request: RequestView) -> UInt64 {
        var hasher = Hasher()
        switch reference {
        case .header(let name):
            request.fields.forEachValue(of: name) { bytes in
                hasher.combine(bytes.count)
                hasher.combine(bytes: bytes)
            }
        case .cookie(let name): hasher.combine(CookieHeader.value(of: name, in: request.fields))
        case .query(let name):
            for value in request.queryValues(of: name) { hasher.combine(value) }
        case .request(.ip): hasher.combine(IPAddress(request.facts.clientAddress))
        case .request(.host):
            // As the route table has it: upper and lower case are one host.
            for byte in HostPattern.host(of: request.authority) { hasher.combine(HostPattern.lowercased(byte)) }
        case .request(.method): hasher.combine(bytes: request.method)
        case .request(.path):
            // However it is escaped, it is one path to the routes.
            var decoded: [UInt8] = []
            if PercentDecoding.append(request.path, plusIsSpace: false, to: &decoded) {
                hasher.combine(decoded)
            } else {
                hasher.combine(bytes: request.path)
            }
        case .tls(.subject): hasher.combine(request.facts.tlsSubject)
        case .claim(let name, let keys):
            let found = request.claims?.find(name, keys)
            if var text = found?.stringValue {
                text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            } else {
                hasher.combine(found)
            }
        case .path, .wholePath, .wholeQuery, .body, .request(.id), .request(.time): break
        }
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }
}

extension Reference {
    /// Whether a guard may tell requests apart by it: it is known before the body is read, and not another one each time.
    var isKey: Bool {
        switch self {
        case .header, .cookie, .query, .tls, .claim, .request(.ip), .request(.host), .request(.method), .request(.path):
            true
        case .path, .wholePath, .wholeQuery, .body, .request(.id), .request(.time): false
        }
    }
}
