// Field lines: `name ":" OWS value OWS CRLF`, until an empty line, and what the well-known ones mean for the framing.

extension HTTP1RequestParser {
    /// Continues with the field lines; answers whether the empty line after them was reached.
    mutating func parseFields(_ base: UnsafeRawPointer, _ count: Int) throws(HTTPWireError) -> Bool {
        let limit = fieldsStart &+ limits.maxHeaderBytes
        let end = min(count, limit)
        var index = cursor
        while true {
            if phase == .fieldName {
                if index == lineStart {
                    guard index < count else { break }
                    let byte = ByteScan.byte(base, index)
                    if byte == ASCII.carriageReturn {
                        guard index &+ 1 < count else { break }
                        guard ByteScan.byte(base, index &+ 1) == ASCII.lineFeed else { throw .bareCarriageReturn }
                        cursor = index &+ 2
                        return true
                    }
                    if byte == ASCII.space || byte == ASCII.tab { throw .foldedField }
                    guard head.fields.count < limits.maxHeaderCount else { throw .tooManyFields }
                }
                index = ByteScan.nonToken(base, from: index, to: end)
                guard index < end else {
                    if count > limit { throw .headersTooLarge }
                    break
                }
                guard ByteScan.byte(base, index) == ASCII.colon, index > lineStart else {
                    throw Self.nameError(ByteScan.byte(base, index))
                }
                nameEnd = index
                index &+= 1
                phase = .fieldValue
            }
            index = ByteScan.control(base, from: index, to: end)
            guard index < end else {
                if count > limit { throw .headersTooLarge }
                break
            }
            let byte = ByteScan.byte(base, index)
            guard byte == ASCII.carriageReturn else {
                throw byte == ASCII.lineFeed ? .bareLineFeed : .controlCharacter
            }
            guard index &+ 1 < count else { break }
            guard ByteScan.byte(base, index &+ 1) == ASCII.lineFeed else { throw .bareCarriageReturn }
            guard index &+ 2 <= limit else { throw .headersTooLarge }
            try fieldEnded(base, valueEnd: index)
            index &+= 2
            lineStart = index
            phase = .fieldName
        }
        cursor = index
        return false
    }

    private static func nameError(_ byte: UInt8) -> HTTPWireError {
        switch byte {
        case ASCII.lineFeed: .bareLineFeed
        case ASCII.space, ASCII.tab: .whitespaceBeforeColon
        default: .malformedFieldName
        }
    }

    /// Takes one whole line: notes its ranges, and what it means if its name is a well-known one.
    @inline(__always)
    private mutating func fieldEnded(_ base: UnsafeRawPointer, valueEnd: Int) throws(HTTPWireError) {
        var start = nameEnd &+ 1
        var end = valueEnd
        while start < end, Self.isBlank(ByteScan.byte(base, start)) { start &+= 1 }
        while end > start, Self.isBlank(ByteScan.byte(base, end &- 1)) { end &-= 1 }
        let name = HTTP1RequestHead.Span(lineStart, to: nameEnd)
        let value = HTTP1RequestHead.Span(start, to: end)
        if head.fields.capacity == 0 { head.fields.reserveCapacity(10) }
        head.fields.append(
            .init(nameStart: name.start, nameCount: name.count, valueStart: value.start, valueCount: value.count))
        try judgeField(base + lineStart, nameCount: nameEnd &- lineStart, value, base)
    }

    @inline(__always) private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

    /// Recognises names by length, then by words with the case folded; a token holds no byte that folding confuses.
    @inline(__always)
    private mutating func judgeField(
        _ name: UnsafeRawPointer, nameCount: Int, _ value: HTTP1RequestHead.Span, _ base: UnsafeRawPointer
    ) throws(HTTPWireError) {
        func word(_ offset: Int) -> UInt64 { ByteScan.word(name, offset) | 0x2020_2020_2020_2020 }
        func half(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: name.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) | 0x2020_2020
        }
        switch nameCount {
        case 4:
            if half(0) == 0x7473_6F68 { try sawHost(value, base) }  // host
        case 6:
            if half(0) == 0x6563_6361, half(2) == 0x7470_6563 {  // acce cept
                if !head.acceptSpan.isPresent { head.acceptSpan = value }
            } else if half(0) == 0x6570_7865, half(2) == 0x7463_6570 {  // expe pect
                try sawExpect(bytes(value, base))
            }
        case 10:
            if word(0) == 0x6974_6365_6E6E_6F63, half(6) == 0x6E6F_6974 {  // connecti tion
                sawConnection(bytes(value, base))
            }
        case 12:
            if word(0) == 0x2D74_6E65_746E_6F63, half(8) == 0x6570_7974 {  // content- type
                guard !head.contentTypeSpan.isPresent else { throw .repeatedContentType }
                head.contentTypeSpan = value
            }
        case 14:
            if word(0) == 0x2D74_6E65_746E_6F63, word(6) == 0x6874_676E_656C_2D74 {  // content- t-length
                try sawContentLength(bytes(value, base))
            }
        case 17:
            if word(0) == 0x7265_6673_6E61_7274, word(9) == 0x676E_6964_6F63_6E65 {  // transfer encoding
                guard ByteScan.byte(name, 8) == 0x2D else { break }
                try sawTransferEncoding(bytes(value, base))
            }
        default: break
        }
    }

    @inline(__always)
    private func bytes(_ span: HTTP1RequestHead.Span, _ base: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(span.start), count: Int(span.count))
    }

    private mutating func sawHost(
        _ value: HTTP1RequestHead.Span, _ base: UnsafeRawPointer
    ) throws(HTTPWireError) {
        guard !seen.contains(.host) else { throw .repeatedHost }
        guard Authority.isValid(bytes(value, base)) else { throw .malformedHost }
        seen.insert(.host)
        // The authority of an absolute target wins. Spec: RFC 9112 §3.2.2
        if !head.authoritySpan.isPresent { head.authoritySpan = value }
    }

    private mutating func sawExpect(_ value: UnsafeRawBufferPointer) throws(HTTPWireError) {
        guard value.equalsFolded("100-continue") else { throw .expectationFailed }
        seen.insert(.expectContinue)
    }

    private mutating func sawContentLength(_ value: UnsafeRawBufferPointer) throws(HTTPWireError) {
        guard !seen.contains(.contentLength) else { throw .repeatedContentLength }
        guard !seen.contains(.transferEncoding) else { throw .conflictingFraming }
        guard !value.isEmpty else { throw .malformedContentLength }
        var length = 0
        for byte in value {
            guard byte &- 0x30 < 10 else { throw .malformedContentLength }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte &- 0x30))
            guard !overflow, !carry else { throw .malformedContentLength }
            length = sum
        }
        seen.insert(.contentLength)
        head.framing = .length
        head.contentLength = length
    }

    private mutating func sawTransferEncoding(_ value: UnsafeRawBufferPointer) throws(HTTPWireError) {
        guard !seen.contains(.contentLength) else { throw .conflictingFraming }
        guard head.minorVersion > 0, !seen.contains(.transferEncoding), value.equalsFolded("chunked") else {
            throw .unsupportedTransferCoding
        }
        seen.insert(.transferEncoding)
        head.framing = .chunked
    }

    /// A list of options; only two concern us, and whatever else stands there changes nothing. Spec: RFC 9110 §7.6.1
    private mutating func sawConnection(_ value: UnsafeRawBufferPointer) {
        var start = 0
        while start < value.count {
            var end = start
            while end < value.count, value[end] != 0x2C { end += 1 }
            var last = end
            while start < last, Self.isBlank(value[start]) { start += 1 }
            while last > start, Self.isBlank(value[last - 1]) { last -= 1 }
            let option = UnsafeRawBufferPointer(rebasing: value[start..<last])
            if option.equalsFolded("close") {
                seen.insert(.close)
            } else if option.equalsFolded("keep-alive") {
                seen.insert(.keepAlive)
            }
            start = end + 1
        }
    }

    /// What only the whole head can tell.
    mutating func finishHead() throws(HTTPWireError) {
        guard head.minorVersion == 0 || seen.contains(.host) else { throw .missingHost }
        head.keepAlive = !seen.contains(.close) && (head.minorVersion > 0 || seen.contains(.keepAlive))
        let awaitsBody = head.framing == .chunked || (head.framing == .length && head.contentLength > 0)
        head.expectsContinue = seen.contains(.expectContinue) && awaitsBody && head.minorVersion > 0
        body.remaining = head.framing == .length ? head.contentLength : 0
        phase = awaitsBody ? .body : .complete
    }
}
