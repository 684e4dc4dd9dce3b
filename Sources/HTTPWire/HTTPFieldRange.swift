/// Where one field line's name and value stand, as offsets from the first byte of the request.
///
/// The value is without the white space around it.
package struct HTTPFieldRange: Sendable, Equatable {
    /// First byte of the name.
    package var nameStart: UInt32
    /// Bytes of the name, at least one.
    package var nameCount: UInt32
    /// First byte of the value.
    package var valueStart: UInt32
    /// Bytes of the value, perhaps none.
    package var valueCount: UInt32

    /// The name as a range of the request's bytes.
    package var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    /// The value as a range of the request's bytes.
    package var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }

    /// Makes one of offsets below 2^32.
    init(name: Range<Int>, value: Range<Int>) {
        nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
        nameCount = UInt32(truncatingIfNeeded: name.count)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueCount = UInt32(truncatingIfNeeded: value.count)
    }

    init(nameStart: UInt32, nameCount: UInt32, valueStart: UInt32, valueCount: UInt32) {
        self.nameStart = nameStart
        self.nameCount = nameCount
        self.valueStart = valueStart
        self.valueCount = valueCount
    }

    @inline(__always)
    func isNamed(_ lowercase: UnsafePointer<UInt8>, _ count: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        Int(nameCount) == count
            && UnsafeRawBufferPointer(rebasing: bytes[name]).equalsFolded(lowercase, count: count)
    }
}
