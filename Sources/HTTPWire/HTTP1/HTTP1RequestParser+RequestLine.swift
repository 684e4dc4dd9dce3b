// The request line: `METHOD SP target SP HTTP/1.1 CRLF`, and at most one empty line before it.
//
// Each function continues its part from `cursor`, answers whether the part is whole, and judges byte by byte, so that a
// line that can no longer become good is refused at once.

extension HTTP1RequestParser {
    mutating func parseRequestLine(_ base: UnsafeRawPointer, _ count: Int) throws(HTTPWireError) -> Bool {
        if phase == .start {
            guard try skipEmptyLine(base, count) else { return false }
            phase = .method
        }
        // A line that fills the limit can still end in it; a byte beyond is one too many.
        let limit = lineStart + limits.maxRequestLineBytes
        if phase == .method {
            guard try parseMethod(base, count, limit: limit) else { return false }
            phase = .target
        }
        if phase == .target {
            guard try parseTarget(base, count, limit: limit) else { return false }
            phase = .version
        }
        guard try parseVersion(base, count) else { return false }
        phase = .fieldName
        lineStart = cursor
        fieldsStart = cursor
        return true
    }

    /// Old clients send a CRLF after a body. Spec: RFC 9112 §2.2
    private mutating func skipEmptyLine(_ base: UnsafeRawPointer, _ count: Int) throws(HTTPWireError) -> Bool {
        if cursor == 0, ByteScan.byte(base, 0) == ASCII.carriageReturn {
            guard count > 1 else { return false }
            guard ByteScan.byte(base, 1) == ASCII.lineFeed else { throw .bareCarriageReturn }
            cursor = 2
        }
        lineStart = cursor
        return cursor < count
    }

    private mutating func parseMethod(
        _ base: UnsafeRawPointer, _ count: Int, limit: Int
    ) throws(HTTPWireError) -> Bool {
        let end = min(count, limit)
        let index = ByteScan.nonToken(base, from: cursor, to: end)
        guard index < end else {
            cursor = index
            if count > limit { throw .requestLineTooLong }
            return false
        }
        guard ByteScan.byte(base, index) == ASCII.space, index > lineStart else {
            switch ByteScan.byte(base, index) {
            case ASCII.lineFeed: throw .bareLineFeed
            case ASCII.space, ASCII.carriageReturn: throw .malformedRequestLine
            default: throw .malformedMethod
            }
        }
        head.methodSpan = .init(lineStart, to: index)
        head.method = HTTPMethod(UnsafeRawBufferPointer(start: base + lineStart, count: index &- lineStart))
        cursor = index + 1
        head.targetSpan = .init(cursor, to: cursor)
        return true
    }

    private mutating func parseTarget(
        _ base: UnsafeRawPointer, _ count: Int, limit: Int
    ) throws(HTTPWireError) -> Bool {
        let end = min(count, limit)
        var index = cursor
        while true {
            index = ByteScan.targetStop(base, from: index, to: end)
            guard index < end else {
                cursor = index
                if count > limit { throw .requestLineTooLong }
                return false
            }
            switch ByteScan.byte(base, index) {
            case ASCII.space:
                try finishTarget(base, end: index)
                cursor = index + 1
                // What follows is eight bytes of version.
                guard cursor + 8 <= limit else { throw .requestLineTooLong }
                return true
            case 0x3F:  // The first `?` starts the query, in every form.
                if !head.querySpan.isPresent { head.querySpan = .init(index &+ 1, to: index &+ 1) }
            case 0x5C where head.querySpan.isPresent:  // `\` is data in a query; in a path some read it as `/`.
                break
            case ASCII.lineFeed: throw .bareLineFeed
            case ASCII.carriageReturn: throw .malformedVersion  // HTTP/0.9
            default: throw .malformedTarget
            }
            index &+= 1
        }
    }

    /// Decides the form of the whole target and cuts it up. Spec: RFC 9112 §3.2
    private mutating func finishTarget(_ base: UnsafeRawPointer, end: Int) throws(HTTPWireError) {
        let start = Int(head.targetSpan.start)
        guard end > start else { throw .malformedRequestLine }
        head.targetSpan = .init(start, to: end)
        var pathEnd = end
        if head.querySpan.isPresent {
            head.querySpan = .init(Int(head.querySpan.start), to: end)
            pathEnd = Int(head.querySpan.start) &- 1
        }
        let first = ByteScan.byte(base, start)
        if head.method == .connect {
            guard Authority.isValid(.init(start: base + start, count: end - start), requiresPort: true) else {
                throw .malformedTarget
            }
            head.targetForm = .authority
            head.authoritySpan = head.targetSpan
            head.pathSpan = .init(start, to: start)
        } else if first == ASCII.slash {
            head.targetForm = .origin
            head.pathSpan = .init(start, to: pathEnd)
        } else if first == 0x2A, end == start + 1 {  // `*`; parseVersion() knows of HTTP/2's `PRI *`
            guard head.method == .options || isPreface(base) else { throw .malformedTarget }
            head.targetForm = .asterisk
            head.pathSpan = .init(start, to: start)
        } else {
            try finishAbsoluteTarget(base, start: start, pathEnd: pathEnd)
        }
    }

    private mutating func finishAbsoluteTarget(
        _ base: UnsafeRawPointer, start: Int, pathEnd: Int
    ) throws(HTTPWireError) {
        let target = UnsafeRawBufferPointer(start: base + start, count: pathEnd - start)
        let schemeCount: Int
        if target.count > 7, UnsafeRawBufferPointer(rebasing: target[..<7]).equalsFolded("http://") {
            schemeCount = 7
        } else if target.count > 8, UnsafeRawBufferPointer(rebasing: target[..<8]).equalsFolded("https://") {
            schemeCount = 8
        } else {
            throw .malformedTarget
        }
        let rest = target[schemeCount...]
        let slash = rest.firstIndex(of: ASCII.slash) ?? target.count
        guard Authority.isValid(UnsafeRawBufferPointer(rebasing: target[schemeCount..<slash])) else {
            throw .malformedTarget
        }
        head.targetForm = .absolute
        head.authoritySpan = .init(start + schemeCount, to: start + slash)
        head.pathSpan =
            slash < target.count
            ? .init(start + slash, to: pathEnd)
            : .init(start + schemeCount - 1, to: start + schemeCount)
    }

    private func isPreface(_ base: UnsafeRawPointer) -> Bool {
        head.method == .other
            && UnsafeRawBufferPointer(start: base + Int(head.methodSpan.start), count: Int(head.methodSpan.count))
                .equals("PRI")
    }

    private mutating func parseVersion(_ base: UnsafeRawPointer, _ count: Int) throws(HTTPWireError) -> Bool {
        let start = Int(head.targetSpan.start) &+ Int(head.targetSpan.count) &+ 1
        // "HTTP/1.1" as a little-endian word, then CR LF: what nearly every request has.
        if cursor == start, count &- start >= 10, ByteScan.word(base, start) == 0x312E_312F_5054_5448,
            ByteScan.byte(base, start &+ 8) == ASCII.carriageReturn,
            ByteScan.byte(base, start &+ 9) == ASCII.lineFeed, head.method != .other
        {
            head.minorVersion = 1
            cursor = start &+ 10
            return true
        }
        while cursor < count {
            let byte = ByteScan.byte(base, cursor)
            let position = cursor &- start
            cursor &+= 1
            if position == 9 {
                guard byte == ASCII.lineFeed else { throw .bareCarriageReturn }
                return true
            }
            if byte == ASCII.lineFeed { throw .bareLineFeed }
            try judgeVersionByte(byte, at: position, base, start)
        }
        return false
    }

    /// Judges one byte of `HTTP/d.d CR`.
    private mutating func judgeVersionByte(
        _ byte: UInt8, at position: Int, _ base: UnsafeRawPointer, _ start: Int
    ) throws(HTTPWireError) {
        let isDigit = byte &- 0x30 < 10
        switch position {
        case 0..<5:
            let expected = UInt8(truncatingIfNeeded: 0x2F_5054_5448 as UInt64 >> UInt64(8 &* position))  // "HTTP/"
            guard byte == expected else { throw .malformedVersion }
        case 5: guard isDigit else { throw .malformedVersion }
        case 6: guard byte == 0x2E else { throw .malformedVersion }
        case 7:
            guard isDigit else { throw .malformedVersion }
            let isAsterisk = head.targetForm == .asterisk && head.method == .other
            let major = ByteScan.byte(base, start &+ 5)
            if isAsterisk { throw major == 0x32 && byte == 0x30 ? .http2Preface : .malformedTarget }
            guard major == 0x31 else { throw .unsupportedVersion }
            head.minorVersion = byte == 0x30 ? 0 : 1
        default:
            guard byte == ASCII.carriageReturn else { throw .malformedRequestLine }
        }
    }
}
