import NIOCore

/// Cuts the bytes of a connection into frames: `<length>#<JSON text>`, the length in UTF-16 code units of the text.
///
/// Bytes may come cut anywhere, also within a character; what was counted is never counted again. Bytes that are no UTF-8
/// become U+FFFD before they are counted, one for each maximal part of a sequence, as NestJS does it: so the text of a
/// frame is valid UTF-8 in any case. Whether it is JSON is left to the packet that is read from it.
///
/// Order of calls: ``received(_:)``, ``next()`` until it gives nil, ``reclaim()``; the ranges that `next` gave are good
/// until `reclaim` or `received`, whichever comes first. After an error every further `next` throws it again.
///
/// Spec: docs/wire-protocol.md, "Frames"
package struct FrameDecoder {
    /// What was received and not yet given back; the ranges of ``next()`` are absolute indexes of it.
    package private(set) var storage = ByteBuffer()
    private let limits: FrameLimits
    /// The first byte that belongs to no frame given so far.
    private var start = 0
    /// Bytes from `start` up to here were looked at.
    private var scanned = 0
    /// UTF-16 units of the frame that starts at `start`, nil as long as its length text was not read.
    private var length: Int?
    /// Units of the bytes from `start` to `scanned`. Zero as long as the length text was not read.
    private var counted = 0
    private var failure: MessageWireError?

    /// A decoder at the start of a connection.
    package init(limits: FrameLimits) {
        self.limits = limits
    }

    /// Whether a peer that goes away now goes away between two frames.
    package var isEmpty: Bool { length == nil && start == storage.writerIndex }

    /// Bytes received that belong to no frame given so far.
    package var pendingBytes: Int { storage.writerIndex - start }

    /// Those bytes; without the length of the frame they begin, if that was read.
    package var rest: ByteBuffer { storage.getSlice(at: start, length: pendingBytes) ?? ByteBuffer() }

    /// Units the current frame still waits for, nil when its length is not known yet.
    package var missingUnits: Int? { length.map { $0 - counted } }

    /// Takes bytes from the connection. The buffer is taken over as it is when nothing is left from before.
    package mutating func received(_ bytes: consuming ByteBuffer) {
        guard failure == nil else { return }
        if start == storage.writerIndex {
            storage = bytes
            start = storage.readerIndex
            scanned = start
        } else {
            guard bytes.readableBytes <= Int(Int32.max) - storage.readableBytes else {
                failure = .bufferTooFull
                return
            }
            makeRoom()
            storage.writeImmutableBuffer(bytes)
        }
        if isOverLimit() { failure = .bufferTooFull }
    }

    /// The text of the next whole frame.
    ///
    /// - Returns: its range in ``storage``, absolute; it may be empty, which is no JSON. Nil when more bytes are needed.
    /// - Throws: what is wrong with the length or the limits; the connection is to be ended without an answer.
    package mutating func next() throws(MessageWireError) -> Range<Int>? {
        if let failure { throw failure }
        do throws(MessageWireError) {
            if length == nil {
                guard try readLength() else { return nil }
            }
            return try readText()
        } catch {
            failure = error
            throw error
        }
    }

    /// The bytes of ``storage``, by absolute index; good until anything here is called that changes it.
    @inline(__always)
    package var bytes: UnsafeRawBufferPointer { storage.withVeryUnsafeBytes { $0 } }

    /// Lets go of what was given as frames.
    ///
    /// Usually that is everything, and the buffer goes back to the channel that read it. A small rest in a large buffer is
    /// copied for the same reason; a large one stays where it is.
    package mutating func reclaim() {
        let rest = storage.writerIndex - start
        if rest == 0 {
            storage = ByteBuffer()
            start = 0
            scanned = 0
        } else if rest <= Self.smallRest, storage.capacity > 2 * Self.smallRest {
            guard let view = storage.viewBytes(at: start, length: rest) else { return }
            storage = ByteBuffer(bytes: view)
            scanned -= start
            start = 0
        } else {
            storage.moveReaderIndex(to: start)
        }
    }

    /// A rest of at most this many bytes is copied, so that the large buffer it lies in gets free.
    private static let smallRest = 4096

    /// Drops consumed bytes in front when they are more than the rest, so that memory follows what is waiting.
    private mutating func makeRoom() {
        storage.moveReaderIndex(to: start)
        guard start > storage.readableBytes, storage.discardReadBytes() else { return }
        scanned -= start
        start = 0
    }

    // MARK: Length

    /// Looks for the `#` and reads what stands in front of it. False when there is none yet.
    private mutating func readLength() throws(MessageWireError) -> Bool {
        let end = storage.writerIndex
        // A unit has at most three bytes, and a character may be unfinished.
        let searchEnd = min(end, start + 3 * limits.maxLengthTextUnits + 4)
        let (hash, value) = storage.withVeryUnsafeBytes { bytes in
            var index = scanned
            while index < searchEnd, bytes[index] != 0x23 { index &+= 1 }
            guard index < searchEnd else { return (searchEnd, Int?.none) }
            return (index, FrameLengthText.read(UnsafeRawBufferPointer(rebasing: bytes[start..<index])))
        }
        guard !isLengthTextTooLong(end: hash, isWhole: hash < searchEnd) else { throw .lengthTextTooLong }
        guard hash < searchEnd else {
            scanned = searchEnd
            return false
        }
        guard let value else { throw .corruptedLength }
        // NestJS waits for a frame that it will refuse in the end; there is no reason to.
        guard value <= limits.maxFrameUnits else { throw .frameTooLong(announced: value) }
        length = value
        start = hash + 1
        scanned = start
        counted = 0
        return true
    }

    /// Whether the length text, which goes up to `end` so far, has too many units. They are counted as those of frames are,
    /// so it does not matter whether bad bytes were replaced already.
    private func isLengthTextTooLong(end: Int, isWhole: Bool) -> Bool {
        guard end - start > limits.maxLengthTextUnits else { return false }
        let units = storage.withVeryUnsafeBytes { UnitCounter.lossyCount($0, from: start, end: end, isWhole: isWhole) }
        return units > limits.maxLengthTextUnits
    }

    // MARK: Text

    /// Counts on, and gives the frame's range once it is whole.
    private mutating func readText() throws(MessageWireError) -> Range<Int>? {
        guard let length else { return nil }
        while true {
            let end = storage.writerIndex
            let (step, from, before) = (length - counted, scanned, counted)
            let count = storage.withVeryUnsafeBytes { bytes in
                UnitCounter.advance(bytes, from: from, end: end, units: step)
            }
            scanned = count.index
            counted = before + count.units
            switch count.stop {
            case .units:
                let frame = start..<scanned
                start = scanned
                self.length = nil
                counted = 0
                return frame
            case .needsMore:
                return nil
            case .cutsCharacter:
                throw .lengthCutsCharacter
            case .badUTF8:
                replaceBadUTF8()
            }
        }
    }

    /// Rewrites everything from `scanned` on with U+FFFD in place of what is no UTF-8. What is in front stays, so a byte is
    /// rewritten at most once.
    private mutating func replaceBadUTF8() {
        guard let rest = storage.getSlice(at: scanned, length: storage.writerIndex - scanned) else { return }
        let copy = Array(rest.readableBytesView)
        storage.moveWriterIndex(to: scanned)
        copy.withUnsafeBytes { UTF8Repair.write($0, into: &storage) }
    }

    // MARK: Limit

    /// Whether more units wait than allowed. Bytes are an upper bound of units, so counting is seldom needed.
    private func isOverLimit() -> Bool {
        let upperBound = counted + storage.writerIndex - scanned + (length == nil ? scanned - start : 0)
        guard upperBound > limits.maxUnits else { return false }
        let from = length == nil ? start : scanned
        let units = storage.withVeryUnsafeBytes {
            UnitCounter.lossyCount($0, from: from, end: storage.writerIndex, isWhole: false)
        }
        return counted + units > limits.maxUnits
    }
}
