// libFuzzer entry for the HTTP/1.1 request parser.
//
// The first four bytes choose limits and cuts, the rest is what a client sends. The same bytes are parsed whole, byte by
// byte and in pieces; any difference traps, as does whatever traps in the parser itself.

import HTTPWire

/// Called by libFuzzer for every input.
///
/// - Parameters:
///   - data: the input; borrowed.
///   - count: its size in bytes.
/// - Returns: always zero, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP1Parser(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 4 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 4, count: count - 4))
    let limits = limits(small: data[0] & 1 == 1, seed: Int(data[1]))
    let whole = Outcome.of(bytes, limits: limits) { _ in bytes.count }
    let single = Outcome.of(bytes, limits: limits) { _ in 1 }
    let step = Int(data[2]) + 1
    let second = Int(data[3]) + 1
    let pieces = Outcome.of(bytes, limits: limits) { $0 % 2 == 0 ? step : second }
    precondition(whole == single, "byte by byte differs from whole")
    precondition(whole == pieces, "pieces differ from whole")
    return 0
}

private func limits(small: Bool, seed: Int) -> HTTPLimits {
    var limits = HTTPLimits.defaults
    guard small else { return limits }
    limits.maxRequestLineBytes = 10 + seed % 64
    limits.maxHeaderBytes = 10 + seed % 200
    limits.maxHeaderCount = seed % 8
    limits.maxBodyBytes = seed % 50
    limits.maxChunkLineBytes = seed % 20
    limits.maxTrailerBytes = seed % 40
    limits.maxChunkOverheadBytes = seed % 60
    return limits
}

/// What a connection came to: every request with all its ranges as text, its body, and the end.
private struct Outcome: Equatable {
    var requests: [[[UInt8]?]] = []
    var body: [UInt8] = []
    var error: HTTPWireError?
    var isIdle = false
    var unread = 0

    /// Feeds pieces of the sizes that `size` gives for their numbers.
    static func of(_ bytes: [UInt8], limits: HTTPLimits, size: (Int) -> Int) -> Outcome {
        var outcome = Outcome()
        var parser = HTTP1RequestParser(limits: limits)
        var pending: [UInt8] = []
        var start = 0
        var number = 0
        var inBody = false
        while start < bytes.count, outcome.error == nil {
            let end = min(bytes.count, start + max(size(number), 1))
            pending += bytes[start..<end]
            start = end
            number += 1
            // A copy of its own for each call, so that the sanitizer sees any read past the end.
            while outcome.error == nil {
                let copy = Array(pending)
                let consumed = copy.withUnsafeBytes { outcome.step(&parser, $0, &inBody) }
                guard let consumed else { break }
                precondition(consumed.count <= pending.count, "consumed more than there was")
                pending.removeFirst(consumed.count)
                if !consumed.goesOn { break }
            }
        }
        outcome.isIdle = parser.isIdle
        outcome.unread = outcome.error == nil ? pending.count : 0
        return outcome
    }

    private mutating func step(
        _ parser: inout HTTP1RequestParser, _ bytes: UnsafeRawBufferPointer, _ inBody: inout Bool
    ) -> (count: Int, goesOn: Bool)? {
        do throws(HTTPWireError) {
            guard inBody else {
                guard let consumed = try parser.parseHead(bytes) else { return nil }
                precondition(consumed > 0, "a head of no bytes")
                note(parser.head, bytes)
                inBody = true
                return (consumed, true)
            }
            switch try parser.parseBody(bytes) {
            case .data(let range, let consumed):
                precondition(!range.isEmpty && range.upperBound <= consumed, "data outside of what was consumed")
                body += bytes[range]
                return (consumed, true)
            case .needMore(let consumed): return (consumed, false)
            case .end(let consumed):
                requests.append([body])
                body = []
                parser.reset()
                inBody = false
                return (consumed, true)
            }
        } catch {
            self.error = error
            return nil
        }
    }

    private mutating func note(_ head: borrowing HTTP1RequestHead, _ bytes: UnsafeRawBufferPointer) {
        func text(_ range: Range<Int>?) -> [UInt8]? { range.map { Array(bytes[$0]) } }
        var facts: [[UInt8]?] = [
            text(head.methodRange), text(head.target), text(head.path), text(head.query), text(head.authority),
            text(head.contentType), text(head.accept), Array("\(head.bodyFraming)".utf8),
            [
                head.method.rawValue, head.targetForm.rawValue, UInt8(head.minorVersion), head.keepAlive ? 1 : 0,
                head.expectsContinue ? 1 : 0,
            ],
        ]
        for field in head.fields { facts += [text(field.name), text(field.value)] }
        requests.append(facts)
    }
}
