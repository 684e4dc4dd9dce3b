/// Writes one chunk of a JSON string: plain runs in one piece, what is between them byte by byte.
///
/// Spec: ECMA-262 §25.5.2.3 (QuoteJSONString)
struct StringWriter {
    /// Bytes of a string that are written at once.
    static let chunkBytes = 1024

    /// The string.
    let source: UnsafeRawBufferPointer
    /// The first byte that was not read.
    private(set) var index = 0
    /// UTF-16 code units written.
    private(set) var units = 0
    private var written = 0

    init(source: UnsafeRawBufferPointer) { self.source = source }

    /// Bytes that a chunk of `count` bytes may become: six for each, a character that reaches over its end, two quotes.
    static func room(for count: Int) -> Int { 6 &* (count &+ 4) &+ 2 }

    /// Writes the bytes `from..<to`, or a few more to complete a character; with the opening quote in front of the string's
    /// first byte and the closing one behind its last.
    ///
    /// `room` has at least the size that ``room(for:)`` asks for. Returns the number of bytes written.
    mutating func write(from: Int, to end: Int, into room: UnsafeMutableRawBufferPointer) -> Int {
        precondition(room.count >= Self.room(for: end &- from), "room for a chunk of a string is missing")
        index = from
        if from == 0 { put(0x22, room) }
        if let base = source.baseAddress { content(base, to: end, room) }
        if index >= source.count { put(0x22, room) }
        return written
    }

    @inline(__always)
    private mutating func content(_ base: UnsafeRawPointer, to end: Int, _ room: UnsafeMutableRawBufferPointer) {
        var runStart = index
        while index < end {
            index = ASCIIWord.firstStop(base, from: index, end: end)
            while index < end, base.load(fromByteOffset: index, as: UInt8.self) >= 0x80 {
                let length = UTF8Sequence.measure(base, at: index, end: source.count)
                if length > 0 {
                    units &-= UTF8Sequence.surplus(ofLength: length)
                    index &+= length
                } else {
                    run(base, runStart, room)
                    put(0xEF, room)
                    put(0xBF, room)
                    put(0xBD, room)
                    units &-= 2
                    index = length == 0 ? source.count : index &- length
                    runStart = index
                }
            }
            guard index < end else { break }
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            guard ASCIIWord.stops(byte) else { continue }
            run(base, runStart, room)
            escape(byte, room)
            index &+= 1
            runStart = index
        }
        run(base, runStart, room)
    }

    /// Writes what lies between `start` and `index`. The surplus of longer sequences was taken off before.
    @inline(__always)
    private mutating func run(_ base: UnsafeRawPointer, _ start: Int, _ room: UnsafeMutableRawBufferPointer) {
        let count = index &- start
        guard count > 0 else { return }
        UnsafeMutableRawBufferPointer(rebasing: room[written..<written &+ count])
            .copyMemory(from: UnsafeRawBufferPointer(start: base + start, count: count))
        written &+= count
        units &+= count
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8, _ room: UnsafeMutableRawBufferPointer) {
        room[written] = byte
        written &+= 1
        units &+= 1
    }

    private mutating func escape(_ byte: UInt8, _ room: UnsafeMutableRawBufferPointer) {
        put(0x5C, room)
        switch byte {
        case 0x22, 0x5C: put(byte, room)
        case 0x08: put(0x62, room)
        case 0x09: put(0x74, room)
        case 0x0A: put(0x6E, room)
        case 0x0C: put(0x66, room)
        case 0x0D: put(0x72, room)
        default:
            let low = byte & 0x0F
            put(0x75, room)
            put(0x30, room)
            put(0x30, room)
            put(0x30 | byte &>> 4, room)
            put(low < 10 ? 0x30 | low : 0x57 &+ low, room)
        }
    }
}
