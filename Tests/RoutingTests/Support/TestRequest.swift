import MessageWire
import NIOCore
import Pipeline
import Routing

/// A request made of texts.
final class TestRequest: RequestFields, RequestFacts {
    let method: [UInt8]
    let path: [UInt8]
    let query: [UInt8]
    let authority: [UInt8]
    let headers: [(name: String, value: UnsafeRawBufferPointer)]
    let body: [UInt8]?

    let requestID = "id-1"
    let clientAddress = "192.0.2.7"
    let receivedAt = "2026-01-31T12:00:00.000Z"
    let tlsSubject: String? = "CN=test"

    init(_ line: String, host: String = "", headers: [(String, String)] = [], body: String? = nil) {
        let parts = line.split(separator: " ", maxSplits: 1)
        let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        method = Array(parts[0].utf8)
        path = Array(target[0].utf8)
        query = target.count > 1 ? Array(target[1].utf8) : []
        authority = Array(host.utf8)
        self.headers = headers.map { name, value in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: value.utf8.count, alignment: 1)
            copy.copyBytes(from: value.utf8)
            return (name, UnsafeRawBufferPointer(copy))
        }
        self.body = body.map { Array($0.utf8) }
    }

    deinit {
        for header in headers { header.value.deallocate() }
    }

    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        headers.first { $0.name == lowercaseName }?.value
    }

    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        for header in headers where header.name == lowercaseName { body(header.value) }
    }

    func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        for header in headers { Array(header.name.utf8).withUnsafeBytes { body($0, header.value) } }
    }

    /// Runs `body` with a view of this request.
    func view<Result>(_ run: (RequestView) -> Result) -> Result {
        method.withUnsafeBytes { method in
            path.withUnsafeBytes { path in
                query.withUnsafeBytes { query in
                    authority.withUnsafeBytes { authority in
                        (body ?? []).withUnsafeBytes { body in
                            run(
                                RequestView(
                                    method: method, path: path, query: query, authority: authority, body: body,
                                    fields: self,
                                    facts: self))
                        }
                    }
                }
            }
        }
    }

    /// What a table says: the id of the route with its parameters, or the refusal.
    func looked(up table: RouteTable) -> String {
        let match = RouteMatch()
        return view { view in
            switch table.lookup(view, into: match) {
            case .matched:
                let route = table.routes[match.route]
                let values = route.path.parameters.indices.map { index in
                    "\(route.path.parameters[index].name)=\(match.parameter(index, of: route, in: view))"
                }
                return ([route.id + (match.isHeadOfGet ? "(HEAD)" : "")] + values).joined(separator: " ")
            case .notFound: return "404"
            case .methodNotAllowed(let allow): return "405 \(allow)"
            case .options(let allow): return "204 \(allow)"
            case .badPath(let fault): return "400 \(fault)"
            }
        }
    }

    /// The payload text of the route this request meets, or `status code detail`.
    func payload(of file: RouteFile?) -> String {
        guard let file else { return "not loaded" }
        let match = RouteMatch()
        return view { view in
            guard case .matched = file.table.lookup(view, into: match) else { return "no route" }
            let route = file.routes[match.route]
            var writer = JSONWriter(buffer: ByteBuffer())
            do throws(PayloadError) {
                let json = try self.json(view)
                _ = try route.pattern.select(view, match, path: route.path, body: json)
                try route.payload.render(view, match, body: json, into: &writer)
            } catch {
                return "\(error.status) \(error.code) \(error.detail)"
            }
            let text = String(buffer: writer.buffer)
            return text.utf16.count == writer.utf16Count ? text : "counted \(writer.utf16Count) units: \(text)"
        }
    }

    private func json(_ view: RequestView) throws(PayloadError) -> JSONBody? {
        guard body != nil, let scan = try? JSONScanner.scan(view.body, rules: .untrusted) else { return nil }
        return JSONBody(bytes: view.body, scan: scan)
    }
}

extension RequestView {
    /// The same with another path.
    func with(path: UnsafeRawBufferPointer) -> RequestView {
        RequestView(
            method: method, path: path, query: query, authority: authority, body: body, fields: fields, facts: facts)
    }
}
