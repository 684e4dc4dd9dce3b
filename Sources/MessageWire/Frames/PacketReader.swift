import NIOCore

/// Cuts what comes on a connection into packets, whatever framing it has.
///
/// NestJS's framing goes straight to ``FrameDecoder``: beside it stands one test of a pointer for each packet. Other framings
/// are asked through ``MessageFraming``.
///
/// The ranges of ``next()`` lie in the packet of ``stream``, or without one in the storage of ``frames``; ask again after each.
/// Both are looked at where they are: a property that chose between them would copy the whole reader for each packet.
///
/// Order of calls as with ``FrameDecoder``: ``received(_:)``, ``next()`` until it gives nil, ``reclaim()``.
package struct PacketReader {
    /// NestJS's framing.
    package private(set) var frames: FrameDecoder
    /// For every other framing than NestJS's.
    package let stream: FramedStream?

    /// A reader at the start of a connection.
    ///
    /// - Parameters:
    ///   - limits: How much may wait; UTF-16 code units with NestJS's framing, bytes with every other.
    ///   - framing: Nil for NestJS's.
    package init(limits: FrameLimits, framing: (any MessageFraming)? = nil) {
        frames = FrameDecoder(limits: limits)
        stream = framing.map { FramedStream($0, limits: limits) }
    }

    /// Whether a peer that goes away now goes away between two packets.
    package var isEmpty: Bool { stream?.rest.readableBytes == 0 || stream == nil && frames.isEmpty }

    /// Bytes received that belong to no packet given so far.
    package var pendingBytes: Int { stream?.rest.readableBytes ?? frames.pendingBytes }

    /// Whether there is nothing but a line feed or so behind the last packet, which is no message that was begun.
    package var hasOnlyWhitespace: Bool {
        guard pendingBytes <= 8, stream != nil || frames.missingUnits == nil else { return false }
        let rest = stream?.rest ?? frames.rest
        return rest.readableBytesView.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }

    /// Takes bytes from the connection.
    package mutating func received(_ bytes: consuming ByteBuffer) {
        if let stream { stream.received(bytes) } else { frames.received(bytes) }
    }

    /// The text of the next whole packet.
    ///
    /// - Returns: Its range in ``storage``, absolute. Nil when more bytes are needed.
    /// - Throws: What is wrong; the connection is to be ended.
    package mutating func next() throws(MessageWireError) -> Range<Int>? {
        guard let stream else { return try frames.next() }
        return try stream.next()
    }

    /// Lets go of what was given as packets.
    package mutating func reclaim() {
        if let stream { stream.reclaim() } else { frames.reclaim() }
    }
}

/// The bytes of a connection with a framing of its own.
///
/// World: one event loop, that of the connection.
package final class FramedStream {
    private var framing: any MessageFraming
    private let limits: FrameLimits
    /// What no packet was taken from yet.
    private(set) var rest = ByteBuffer()
    /// The packet that was given last.
    package private(set) var packet = ByteBuffer()
    private var failure: MessageWireError?

    /// A rest of at most this many bytes is copied, so that the large buffer it lies in gets free.
    private static let smallRest = 4096

    init(_ framing: any MessageFraming, limits: FrameLimits) {
        self.framing = framing
        self.limits = limits
    }

    func received(_ bytes: consuming ByteBuffer) {
        guard failure == nil else { return }
        if rest.readableBytes == 0 {
            rest = bytes
        } else if bytes.readableBytes > Int(Int32.max) - rest.readableBytes {
            failure = .bufferTooFull
        } else {
            if rest.readerIndex > rest.readableBytes { rest.discardReadBytes() }
            rest.writeImmutableBuffer(bytes)
        }
        if rest.readableBytes > limits.maxUnits { failure = .bufferTooFull }
    }

    func next() throws(MessageWireError) -> Range<Int>? {
        if let failure { throw failure }
        let before = (rest.readerIndex, rest.readableBytes)
        do {
            guard let packet = try framing.readPacket(from: &rest) else {
                guard rest.readableBytes <= limits.maxFrameUnits else { throw MessageWireError.bufferTooFull }
                return nil
            }
            guard packet.readableBytes <= limits.maxFrameUnits else { throw MessageWireError.bufferTooFull }
            guard (rest.readerIndex, rest.readableBytes) != before else {
                throw MessageWireError.badFraming(
                    "\(type(of: framing)).readPacket(from:) gave a packet and took no bytes")
            }
            self.packet = packet
            return packet.readerIndex..<packet.writerIndex
        } catch {
            let failure = error as? MessageWireError ?? .badFraming("\(error)")
            self.failure = failure
            throw failure
        }
    }

    func reclaim() {
        packet = ByteBuffer()
        if rest.readableBytes == 0 {
            rest = ByteBuffer()
        } else if rest.readableBytes <= Self.smallRest, rest.storageCapacity > 2 * Self.smallRest {
            rest = ByteBuffer(bytes: rest.readableBytesView)
        }
    }
}
