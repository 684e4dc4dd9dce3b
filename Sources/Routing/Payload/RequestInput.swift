import MessageWire
import Pipeline

/// A request's body after it was checked: JSON text, its value's bounds, kind and size.
package struct JSONBody {
    package let bytes: UnsafeRawBufferPointer
    package let scan: JSONScan

    /// - Parameters:
    ///   - bytes: the whole text; valid for the call only.
    ///   - scan: what ``JSONScanner`` said of it under ``JSONRules/untrusted``.
    package init(bytes: UnsafeRawBufferPointer, scan: JSONScan) {
        self.bytes = bytes
        self.scan = scan
    }

    /// The value without what stands around it.
    package var value: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[scan.value]) }
}

/// Everything a payload can be made of.
struct RequestInput {
    let request: RequestView
    let match: RouteMatch
    let parameters: [PathTemplate.Parameter]
    let body: JSONBody?

    /// What a reference leads to, without a copy where there is one already.
    enum Found {
        case nothing
        /// UTF-8, to be quoted.
        case text(UnsafeRawBufferPointer)
        case ownText(String)
        /// Checked JSON text.
        case json(UnsafeRawBufferPointer, utf16Count: Int)
        case value(JSONValue)
    }

    /// Looks up anything but `$path` and `$query` as a whole.
    func find(_ value: ValuePlan) throws(PayloadError) -> Found {
        switch value.reference {
        case .path(let index): return .text(match.bytes(of: parameters[index], in: request))
        case .query(let name): return try query(name, value)
        case .header(let name): return header(name)
        case .cookie(let name): return CookieHeader.value(of: name, in: request.fields).map { .ownText($0) } ?? .nothing
        case .body(let keys): return bodyValue(keys)
        case .tls(let fact): return self.fact(fact)
        case .claim(let name, let keys): return request.claims?.find(name, keys).map { .value($0) } ?? .nothing
        case .request(let fact): return self.fact(fact)
        case .wholePath, .wholeQuery: return .nothing
        }
    }

    private func query(_ name: String, _ value: ValuePlan) throws(PayloadError) -> Found {
        var pairs = QueryPairs(request.query)
        var found: UnsafeRawBufferPointer?
        while let pair = pairs.next() {
            guard FormText.means(pair.name, name) else { continue }
            guard found == nil else {
                throw .query("The query parameter is given more than once.", parameter: value.name)
            }
            found = pair.value
        }
        guard let found else { return .nothing }
        if FormText.isLiteral(found) { return .text(found) }
        return .ownText(try decoded(found, value.name))
    }

    func decoded(_ text: UnsafeRawBufferPointer, _ name: String?) throws(PayloadError) -> String {
        guard let text = FormText.decoded(text) else {
            throw .query("The query is not well-formed: a bad \"%\" escape or no UTF-8.", parameter: name)
        }
        return text
    }

    /// All values of a repeated parameter.
    func all(_ value: ValuePlan) throws(PayloadError) -> [JSONValue] {
        var values: [JSONValue] = []
        switch value.reference {
        case .query(let name):
            var pairs = QueryPairs(request.query)
            while let pair = pairs.next() {
                if FormText.means(pair.name, name) { values.append(.string(try decoded(pair.value, value.name))) }
            }
        case .header(let name):
            request.fields.forEachValue(of: name) { values.append(.string(String(decoding: $0, as: UTF8.self))) }
        default: break
        }
        return values
    }

    /// Several fields of a name are joined, as Node.js does.
    private func header(_ name: String) -> Found {
        guard let first = request.fields.firstValue(of: name) else { return .nothing }
        var count = 0
        var joined = ""
        request.fields.forEachValue(of: name) { value in
            if count > 0 { joined += name == "cookie" ? "; " : ", " }
            joined += String(decoding: value, as: UTF8.self)
            count += 1
        }
        return count > 1 ? .ownText(joined) : .text(first)
    }

    private func bodyValue(_ keys: [String]) -> Found {
        guard let body else { return .nothing }
        let whole = body.value
        if keys.isEmpty { return .json(whole, utf16Count: body.scan.utf16Count) }
        guard let range = JSONScanner.find(keys, in: whole) else { return .nothing }
        let found = UnsafeRawBufferPointer(rebasing: whole[range])
        return .json(found, utf16Count: UTF16Count.of(found))
    }

    private func fact(_ fact: Reference.RequestFact) -> Found {
        switch fact {
        case .id: .ownText(request.facts.requestID)
        case .ip: .ownText(request.facts.clientAddress)
        case .time: .ownText(request.facts.receivedAt)
        case .method: .text(request.method)
        case .path: .text(request.path)
        case .host: .text(HostPattern.host(of: request.authority))
        }
    }

    private func fact(_ fact: Reference.TLSFact) -> Found {
        switch fact {
        case .subject: request.facts.tlsSubject.map { .ownText($0) } ?? .nothing
        }
    }

    /// The pairs of the query as texts; a repeated one is refused, and so are the names that are prototypes to Node.
    func queryMembers() throws(PayloadError) -> [(name: String, value: String)] {
        guard !request.query.isEmpty else { return [] }
        var members: [(name: String, value: String)] = []
        var seen: Set<[UInt8]> = []
        var pairs = QueryPairs(request.query)
        while let pair = pairs.next() {
            let name = try decoded(pair.name, nil)
            guard name != "__proto__", name != "constructor" else {
                throw .query("The query parameter \"\(name)\" is not allowed.")
            }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw .query("The query parameter is given more than once.", parameter: "query." + name)
            }
            members.append((name, try decoded(pair.value, "query." + name)))
        }
        return members
    }

    /// What comes out of a reference and its pipes.
    func evaluate(_ value: ValuePlan) throws(PayloadError) -> PipeValue {
        var result: PipeValue
        if value.isAll {
            result = .many(try all(value))
        } else if value.reference == .wholeQuery {
            result = .one(.object(try queryMembers().map { .init(name: $0.name, value: .string($0.value)) }))
        } else if value.reference == .wholePath {
            result = .one(
                .object(
                    parameters.map {
                        .init(
                            name: $0.name,
                            value: .string(String(decoding: match.bytes(of: $0, in: request), as: UTF8.self)))
                    }))
        } else {
            switch try find(value) {
            case .nothing: result = .missing
            case .text(let bytes): result = .one(.string(String(decoding: bytes, as: UTF8.self)))
            case .ownText(let text): result = .one(.string(text))
            case .json(let text, _): result = .one(JSONValue(checked: text))
            case .value(let value): result = .one(value)
            }
        }
        let context = PipeContext(name: value.name)
        for pipe in value.pipes {
            do throws(PipeError) {
                result = try pipe.transform(result, context)
            } catch {
                throw .invalid(value.name, error.message)
            }
        }
        if value.choices != nil || value.shape != nil { try check(result, value) }
        return result
    }

    /// `enum` and `pattern` speak of what the service will get, so they come last; a missing value fulfils both.
    private func check(_ result: PipeValue, _ value: ValuePlan) throws(PayloadError) {
        let items: [JSONValue]
        switch result {
        case .missing: return
        case .one(.array(let values)), .many(let values): items = values
        case .one(let one): items = [one]
        }
        for item in items {
            if let choices = value.choices {
                guard choices.index(of: item, comparesTexts: value.comparesTexts) != nil else {
                    throw .invalid(value.name, "Validation failed (enum string is expected)")
                }
            }
            if let shape = value.shape {
                guard let text = item.scalarText, shape.matches(text) else {
                    throw .invalid(value.name, "Validation failed (text matching \(shape.source) is expected)")
                }
            }
        }
    }
}

extension JSONValue {
    /// A scalar as one would write it without quotes; `nil` for null, arrays and objects.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
