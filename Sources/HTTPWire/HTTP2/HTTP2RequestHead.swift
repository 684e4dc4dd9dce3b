/// One request head that came over HTTP/2: its fields, copied out of the decoder, and what the well-known ones mean.
///
/// Used again for one stream after another. Two kinds of faults are told apart: what makes a message *malformed* by HTTP/2's
/// own rules (``isMalformed``: the stream is reset), and what HTTP/1.1's parser would refuse too (``fault``: answered with
/// the same status), so that a request means the same whichever version carries it.
///
/// Spec: RFC 9113 §8.1.1, §8.2, §8.3; RFC 9110 §4, §7, §10.1.1
package final class HTTP2RequestHead {
    /// The method; `other` is told apart by ``methodBytes``.
    package private(set) var method = HTTPMethod.other
    /// The regular fields in order.
    package private(set) var fields: [HTTPFieldRange] = []
    /// What Content-Length announces; nil if absent.
    package private(set) var contentLength: Int?
    /// Whether the client waits for `100 Continue`.
    package private(set) var expectsContinue = false
    /// The message is not one by the rules of HTTP/2.
    package private(set) var isMalformed = false
    /// The first fault that was found; the rest of the head is not kept then.
    package private(set) var fault: HTTPWireError?
    /// Bytes of names and values that were decoded, kept or not.
    package private(set) var decodedBytes = 0

    /// Which pseudo-headers were seen, and whether a regular field was.
    private struct Seen: OptionSet {
        let rawValue: UInt8
        static let method = Seen(rawValue: 1)
        static let scheme = Seen(rawValue: 2)
        static let path = Seen(rawValue: 4)
        static let authority = Seen(rawValue: 8)
        static let regular = Seen(rawValue: 16)
    }

    private var storage: UnsafeMutableRawBufferPointer
    private var used = 0
    private var seen: Seen = []
    private var methodRange = 0..<0
    private var pathRange = 0..<0
    private var queryRange: Range<Int>?
    private var authorityRange: Range<Int>?
    private var hostRange: Range<Int>?
    private var contentTypeRange: Range<Int>?
    private var fieldBytes = 0
    private var cookies = 0

    private static let initialCapacity = 512
    /// A head that grew larger gives its memory back.
    private static let maxKeptCapacity = 4096

    package init() {
        storage = .allocate(byteCount: Self.initialCapacity, alignment: 8)
    }

    deinit { storage.deallocate() }

    // MARK: What it holds

    /// All bytes; ranges are of these, valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<used]) }
    /// The method's bytes.
    package var methodBytes: UnsafeRawBufferPointer { slice(methodRange) }
    /// The path, still percent-encoded, without the query; empty for `*` and CONNECT.
    package var path: UnsafeRawBufferPointer { slice(pathRange) }
    /// What follows the first `?`; nil without one.
    package var query: UnsafeRawBufferPointer? { slice(ifAny: queryRange) }
    /// `:authority`, or Host without one; nil for neither, which is a fault.
    package var authority: UnsafeRawBufferPointer? { slice(ifAny: authorityRange ?? hostRange) }
    /// The value of Content-Type; nil if absent.
    package var contentType: UnsafeRawBufferPointer? { slice(ifAny: contentTypeRange) }

    /// Finds the first field of a name in lower case. `host` is `:authority` where there is no such field, so that it means the
    /// same as on HTTP/1.1.
    package func value(of lowercaseName: String) -> UnsafeRawBufferPointer? {
        var name = lowercaseName
        return name.withUTF8 { name in
            // A loop over the array itself would count it.
            let value = fields.withUnsafeBufferPointer { fields in
                fields.first { isNamed($0, name) }?.value
            }
            if let value { return slice(value) }
            return UnsafeRawBufferPointer(name).equals("host") ? authority : nil
        }
    }

    /// Visits every field of a name in lower case, in the order sent.
    package func forEachValue(of lowercaseName: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        var name = lowercaseName
        name.withUTF8 { name in
            for field in fields where isNamed(field, name) { body(slice(field.value)) }
            if hostRange == nil, let authority, UnsafeRawBufferPointer(name).equals("host") { body(authority) }
        }
    }

    /// Visits every field, in the order sent; the authority as `host` when there is no such field.
    package func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        for field in fields { body(slice(field.name), slice(field.value)) }
        guard hostRange == nil, let authority else { return }
        let host: StaticString = "host"
        body(UnsafeRawBufferPointer(start: host.utf8Start, count: host.utf8CodeUnitCount), authority)
    }

    private func isNamed(_ field: HTTPFieldRange, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = name.baseAddress else { return false }
        return field.isNamed(base, name.count, in: UnsafeRawBufferPointer(storage))
    }

    private func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage[range])
    }

    private func slice(ifAny range: Range<Int>?) -> UnsafeRawBufferPointer? {
        guard let range else { return nil }
        return slice(range)
    }

    // MARK: How it is filled

    /// Ready for the next request.
    package func reset() {
        method = .other
        fields.removeAll(keepingCapacity: fields.capacity <= 48)
        contentLength = nil
        expectsContinue = false
        fault = nil
        isMalformed = false
        seen = []
        decodedBytes = 0
        used = 0
        methodRange = 0..<0
        pathRange = 0..<0
        queryRange = nil
        authorityRange = nil
        hostRange = nil
        contentTypeRange = nil
        fieldBytes = 0
        cookies = 0
        if storage.count > Self.maxKeptCapacity {
            storage.deallocate()
            storage = .allocate(byteCount: Self.initialCapacity, alignment: 8)
        }
    }

    /// Takes one field of the header block, in the order of the block.
    ///
    /// - Parameters:
    ///   - name: as it was sent; one that begins with a colon is a pseudo-header.
    ///   - value: as it was sent.
    ///   - limits: what is kept at most; beyond, ``fault`` says what was exceeded.
    package func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, limits: HTTPLimits) {
        decodedBytes += name.count + value.count
        guard fault == nil, !isMalformed else { return }
        if name.first == ASCII.colon {
            appendPseudo(name, value, limits)
            return
        }
        seen.insert(.regular)
        guard HTTP2Fields.areWellFormed(name, value) else { return isMalformed = true }
        // As HTTP/1.1 counts a line: with its colon, blank and CRLF.
        fieldBytes += name.count + value.count + 4
        guard fieldBytes <= limits.maxHeaderBytes else { return fail(.headersTooLarge) }
        // The pieces of a cookie are one field.
        guard fields.count &- max(0, cookies &- 1) < limits.maxHeaderCount else { return fail(.tooManyFields) }
        if fields.capacity == 0 { fields.reserveCapacity(10) }
        let nameRange = put(name)
        let valueRange = put(value)
        fields.append(HTTPFieldRange(name: nameRange, value: valueRange))
        judge(name, valueRange)
    }

    /// Judges what only the whole head can tell; see ``isMalformed`` and ``fault`` then.
    package func finish() {
        // CONNECT names an authority and nothing else; everything else names a scheme and a path. Spec: RFC 9113 §8.3.1, §8.5
        let needed: Seen = method == .connect ? [.method, .authority] : [.method, .scheme, .path]
        let forbidden: Seen = method == .connect ? [.scheme, .path] : []
        guard fault == nil, !isMalformed else { return }
        guard seen.isSuperset(of: needed), seen.isDisjoint(with: forbidden) else { return isMalformed = true }
        if pathRange.isEmpty && method != .options && method != .connect { return fail(.malformedTarget) }
        if let hostRange, let authorityRange, !Self.isSameHost(slice(hostRange), slice(authorityRange)) {
            fail(.conflictingHost)
        } else if let authority {
            if !Authority.isValid(authority, requiresPort: method == .connect) { fail(.malformedHost) }
        } else {
            fail(.missingHost)
        }
        if cookies > 1 { joinCookies() }
    }

    private func fail(_ error: HTTPWireError) { fault = fault ?? error }

    /// Recognises the four names, by two words that overlap.
    @inline(__always)
    private static func pseudoHeader(_ name: UnsafeRawBufferPointer) -> Seen? {
        guard let base = name.baseAddress else { return nil }
        func half(_ offset: Int) -> UInt32 { base.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian }
        switch name.count {
        case 5:  // :pat path
            return half(0) == 0x7461_703A && half(1) == 0x6874_6170 ? .path : nil
        case 7:  // :met thod, :sch heme
            if half(0) == 0x7465_6D3A, half(3) == 0x646F_6874 { return .method }
            return half(0) == 0x6863_733A && half(3) == 0x656D_6568 ? .scheme : nil
        case 10:  // :aut hori rity
            return half(0) == 0x7475_613A && half(4) == 0x6972_6F68 && half(6) == 0x7974_6972 ? .authority : nil
        default: return nil
        }
    }

    /// Pseudo-headers come first, each once, and there are four of them. Spec: RFC 9113 §8.3
    private func appendPseudo(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ limits: HTTPLimits) {
        guard let kind = Self.pseudoHeader(name) else { return isMalformed = true }
        guard seen.isDisjoint(with: [kind, .regular]) else { return isMalformed = true }
        seen.insert(kind)
        switch kind {
        case .method:
            guard FieldValidation.isToken(value) else { return isMalformed = true }
            guard value.count <= limits.maxRequestLineBytes else { return fail(.requestLineTooLong) }
            methodRange = put(value)
            method = HTTPMethod(methodBytes)
        case .path:
            guard !value.isEmpty else { return isMalformed = true }
            guard value.count <= limits.maxRequestLineBytes else { return fail(.requestLineTooLong) }
            let range = put(value)
            pathRange = range
            judgePath(range)
        case .authority:
            // An empty authority is as good as none.
            guard !value.isEmpty else { return }
            guard value.count <= limits.maxRequestLineBytes else { return fail(.malformedHost) }
            authorityRange = put(value)
        default:
            if !value.equals("http") && !value.equals("https") { fail(.malformedTarget) }
        }
    }

    /// Cuts the target up, by the rules of HTTP/1.1's request line. Spec: RFC 9113 §8.3.1
    private func judgePath(_ range: Range<Int>) {
        guard let base = UnsafeRawPointer(storage.baseAddress), let first = slice(range).first else {
            return fail(.malformedTarget)
        }
        guard first == ASCII.slash else {
            // `*`: the server as a whole; only with OPTIONS, as the whole head will tell.
            guard first == 0x2A, range.count == 1 else { return isMalformed = true }
            pathRange = range.lowerBound..<range.lowerBound
            return
        }
        var index = range.lowerBound
        while true {
            index = ByteScan.targetStop(base, from: index, to: range.upperBound)
            guard index < range.upperBound else { break }
            switch ByteScan.byte(base, index) {
            case 0x3F: if queryRange == nil { queryRange = index + 1..<range.upperBound }
            case 0x5C where queryRange != nil: break
            default: return fail(.malformedTarget)
            }
            index += 1
        }
        if let queryRange { pathRange = range.lowerBound..<queryRange.lowerBound - 1 }
    }

    private func judge(_ name: UnsafeRawBufferPointer, _ value: Range<Int>) {
        switch name.count {
        case 4 where name.equals("host"):
            guard hostRange == nil else { return fail(.repeatedHost) }
            hostRange = value
        case 6 where name.equals("cookie"):
            cookies += 1
        case 6 where name.equals("expect"):
            guard slice(value).equalsFolded("100-continue") else { return fail(.expectationFailed) }
            expectsContinue = true
        case 12 where name.equals("content-type"):
            guard contentTypeRange == nil else { return fail(.repeatedContentType) }
            contentTypeRange = value
        case 2 where name.equals("te"):
            // Spec: RFC 9113 §8.2.2
            if !slice(value).equalsFolded("trailers") { isMalformed = true }
        case 14 where name.equals("content-length"):
            guard contentLength == nil, let length = Self.decimal(slice(value)) else { return isMalformed = true }
            contentLength = length
        default: break
        }
    }

    private static func decimal(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for byte in digits {
            guard byte &- 0x30 < 10 else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = product.addingReportingOverflow(Int(byte &- 0x30))
            guard !isTooLarge, !isOver else { return nil }
            number = sum
        }
        return number
    }

    /// A client may cut its cookies into several fields; everybody else wants them in one. Spec: RFC 9113 §8.2.3
    private func joinCookies() {
        let all = fields.filter { slice($0.name).equals("cookie") }
        guard let first = all.first else { return }
        reserve(all.reduce(0) { $0 + Int($1.valueCount) + 2 })
        let start = used
        for field in all {
            if used > start { _ = put("; ") }
            _ = put(slice(field.value))
        }
        let joined = HTTPFieldRange(name: first.name, value: start..<used)
        var isFirst = true
        fields = fields.compactMap { field in
            guard slice(field.name).equals("cookie") else { return field }
            defer { isFirst = false }
            return isFirst ? joined : nil
        }
    }

    /// Whether two authorities are the same but for the case of letters.
    private static func isSameHost(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count {
            let (a, b) = (one[index], other[index])
            guard a == b || (a | 0x20 == b | 0x20 && (a | 0x20) &- 0x61 < 26) else { return false }
        }
        return true
    }

    // MARK: Storage

    private func put(_ text: StaticString) -> Range<Int> {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    private func put(_ source: UnsafeRawBufferPointer) -> Range<Int> {
        if storage.count &- used < source.count { reserve(source.count) }
        let start = used
        if let from = source.baseAddress, let to = storage.baseAddress {
            (to + start).copyMemory(from: from, byteCount: source.count)
        }
        used = start &+ source.count
        return Range(uncheckedBounds: (start, used))
    }

    private func reserve(_ count: Int) {
        guard storage.count - used < count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(storage.count * 2, used + count), alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<used]))
        storage.deallocate()
        storage = larger
    }
}

/// What HTTP/2 asks of every field, in heads and trailers.
enum HTTP2Fields {
    /// Whether name and value may stand in a message: a token in lower case that does not speak of the connection, and a value
    /// without control characters and without white space at its ends. Spec: RFC 9113 §8.2.1, §8.2.2
    static func areWellFormed(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        FieldValidation.isLowercaseToken(name) && !isOfConnection(name) && FieldValidation.isValue(value)
    }

    private static func isOfConnection(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 7: name.equals("upgrade")
        case 10: name.equals("connection") || name.equals("keep-alive")
        case 16: name.equals("proxy-connection")
        case 17: name.equals("transfer-encoding")
        default: false
        }
    }
}
