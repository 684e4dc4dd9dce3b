import NIOCore

/// Puts U+FFFD in the place of bytes that are no UTF-8, one for each maximal part of a sequence.
///
/// Spec: WHATWG Encoding §8.1.1 (UTF-8 decoder)
enum UTF8Repair {
    /// Appends `bytes` to `buffer`, repaired. An unfinished sequence at the very end is appended as it is: more may come.
    static func write(_ bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        guard let base = bytes.baseAddress else { return }
        var runStart = 0
        var index = 0
        while index < bytes.count {
            guard bytes[index] >= 0x80 else {
                index &+= 1
                continue
            }
            let length = UTF8Sequence.measure(base, at: index, end: bytes.count)
            if length > 0 {
                index &+= length
            } else if length == 0 {
                break
            } else {
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[runStart..<index]))
                buffer.writeStaticString("\u{FFFD}")
                index &-= length
                runStart = index
            }
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[runStart...]))
    }
}
