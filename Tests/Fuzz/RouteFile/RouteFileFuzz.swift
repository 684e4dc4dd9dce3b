// libFuzzer entry for the route file: any bytes give a table or diagnostics, and any table answers any request.

import MessageWire
import NIOCore
import Pipeline
import Routing

/// Called by libFuzzer for every input.
///
/// - Parameters:
///   - data: a route file; behind a NUL byte, a path, a query and a body, separated by NUL bytes. Borrowed.
///   - count: its size in bytes.
/// - Returns: always zero, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRouteFile(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let parts = UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : count)
        .split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map { Array($0) }
    do throws(RouteFileError) {
        let file = try RouteFile.load("r.yaml", from: OneFile(bytes: parts[0])) { $0 == "A" ? "value:1" : nil }
        for route in file.routes {
            FuzzedRequest(parts).send(to: file, as: route.methods.names.first ?? "GET")
        }
        _ = file.runTests()
        _ = file.rows
    } catch {
        precondition(!error.errors.isEmpty, "refused without a reason")
        for diagnostic in error.errors {
            precondition(diagnostic.place.line >= 1 && diagnostic.place.column >= 1 && !diagnostic.message.isEmpty)
        }
    }
    return 0
}

private struct OneFile: FileSource {
    let bytes: [UInt8]

    func kind(of path: String) -> FileKind { path == "r.yaml" ? .file : path == "." ? .folder : .missing }
    func read(_ path: String) throws(FileSourceError) -> [UInt8] { bytes }
    func list(_ folder: String) throws(FileSourceError) -> [String] { ["r.yaml"] }
}

private final class FuzzedRequest: RequestFields, RequestFacts {
    let requestID = "id"
    let clientAddress = "::1"
    let receivedAt = "2026-01-01T00:00:00.000Z"
    let tlsSubject: String? = nil
    private let parts: [[UInt8]]
    private let value: UnsafeMutableRawBufferPointer

    init(_ parts: [[UInt8]]) {
        self.parts = parts
        let text = parts.count > 2 ? parts[2] : []
        value = .allocate(byteCount: text.count, alignment: 1)
        value.copyBytes(from: text)
    }

    deinit {
        value.deallocate()
    }

    func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? { UnsafeRawBufferPointer(value) }

    func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        body(UnsafeRawBufferPointer(value))
    }

    func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        body(UnsafeRawBufferPointer(value), UnsafeRawBufferPointer(value))
    }

    func send(to file: RouteFile, as method: String) {
        let path = parts.count > 1 ? parts[1] : Array("/".utf8)
        let body = parts.count > 3 ? parts[3] : []
        let match = RouteMatch()
        Array(method.utf8).withUnsafeBytes { method in
            path.withUnsafeBytes { path in
                body.withUnsafeBytes { body in
                    let value = UnsafeRawBufferPointer(value)
                    let view = RequestView(
                        method: method, path: path, query: value, authority: value, body: body, fields: self,
                        facts: self)
                    guard case .matched = file.table.lookup(view, into: match) else { return }
                    render(file.routes[match.route], view, match)
                }
            }
        }
    }

    private func render(_ route: Route, _ view: RequestView, _ match: RouteMatch) {
        let scan = try? JSONScanner.scan(view.body, rules: .untrusted)
        let body = scan.map { JSONBody(bytes: view.body, scan: $0) }
        var writer = JSONWriter(buffer: ByteBuffer())
        guard (try? route.payload.render(view, match, body: body, into: &writer)) != nil else { return }
        let written = writer.buffer.withUnsafeReadableBytes { try? JSONScanner.scan($0, rules: .rfc8259) }
        precondition(written?.utf16Count == writer.utf16Count, "a payload is no JSON text, or was measured wrong")
        guard let selection = try? route.consumes.select(contentType: UnsafeRawBufferPointer(value)), selection != .json
        else { return }
        var decoded = JSONWriter(buffer: ByteBuffer())
        guard let scan = try? BodyDecoder.decode(view.body, as: selection, formats: route.consumes, into: &decoded)
        else { return }
        let checked = decoded.buffer.withUnsafeReadableBytes { try? JSONScanner.scan($0, rules: .rfc8259) }
        precondition(checked == scan, "a decoded body is no JSON text, or was measured wrong")
    }
}
