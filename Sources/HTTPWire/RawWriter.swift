/// Appends to reserved space; going beyond it would be our own fault and traps.
struct RawWriter {
    private let space: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    @inline(__always) init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    @inline(__always) mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = space.baseAddress else { return }
        precondition(bytes.count <= space.count - count, "reserved too little for a response head")
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    @inline(__always) mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always) mutating func put(_ text: borrowing String) {
        text.utf8.span.withUnsafeBytes { put($0) }
    }

    mutating func put(decimal value: Int) {
        // The digits are made backwards in space of their own; 20 are enough for any Int.
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = UInt(max(value, 0))
            var start = 20
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            put(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    mutating func put(hexadecimal value: Int) {
        var shift = max(0, (63 - value.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> shift) & 0xF
            withUnsafeBytes(of: digit < 10 ? 0x30 + digit : 0x57 + digit) { put($0) }
            shift -= 4
        }
    }

    mutating func put(framing: HTTP1ResponseHead.Framing) {
        switch framing {
        case .length(let length):
            put("\r\ncontent-length: ")
            put(decimal: length)
        case .chunked: put("\r\ntransfer-encoding: chunked")
        case .untilClose: break
        }
    }

    @inline(__always) mutating func put(requestID: UnsafeRawBufferPointer?) {
        guard let requestID, FieldValidation.isVisible(requestID) else { return }
        put("\r\nx-request-id: ")
        put(requestID)
    }
}
