import NIOEmbedded
import NetworkIO
import Testing

/// The bytes of a read that are lent while it is worked off.
@Suite struct LendingTests {
    private final class Reader: Borrower {
        let context: EventLoopContext
        let bytes: UnsafeRawBufferPointer
        /// What is read when the lending ends, and whether it is lent then.
        private(set) var read: [(text: String, isLent: Bool)] = []
        var atEnd: () -> Void = {}

        init(_ context: EventLoopContext, _ bytes: UnsafeRawBufferPointer) {
            (self.context, self.bytes) = (context, bytes)
        }

        func lendingEnds() {
            read.append((String(decoding: bytes, as: UTF8.self), context.isLent(bytes)))
            atEnd()
        }
    }

    private let context = EventLoopContext(eventLoop: EmbeddedEventLoop(), index: 0)

    private func lend(_ text: String, while body: (UnsafeRawBufferPointer) -> Void) {
        Array(text.utf8).withUnsafeBytes { bytes in context.lend(bytes) { body(bytes) } }
    }

    @Test func `only bytes of the read are lent, and only meanwhile`() {
        Array("abcdef".utf8).withUnsafeBytes { all in
            let inner = UnsafeRawBufferPointer(rebasing: all[1..<5])
            #expect(!context.isLent(all))
            context.lend(inner) {
                #expect(context.isLent(inner))
                #expect(context.isLent(UnsafeRawBufferPointer(rebasing: all[2..<5])))
                #expect(!context.isLent(UnsafeRawBufferPointer(rebasing: all[0..<3])))
                #expect(!context.isLent(UnsafeRawBufferPointer(rebasing: all[3..<6])))
                #expect(!context.isLent(UnsafeRawBufferPointer(start: nil, count: 0)))
            }
            #expect(!context.isLent(inner))
        }
    }

    @Test func `who borrows is told before the bytes go, once`() {
        var readers: [Reader] = []
        lend("ab") { bytes in
            readers = [Reader(context, bytes), Reader(context, UnsafeRawBufferPointer(rebasing: bytes[1...]))]
            for reader in readers { context.callAtEndOfLending(reader) }
            #expect(readers.map(\.read.count) == [0, 0])
        }
        lend("cd") { _ in }
        #expect(readers.map { $0.read.map(\.text) } == [["ab"], ["b"]])
        #expect(readers.map { $0.read.map(\.isLent) } == [[true], [true]])
    }

    @Test func `who borrows at the end is told as well`() {
        var second: Reader?
        lend("ab") { bytes in
            let first = Reader(context, bytes)
            first.atEnd = {
                let reader = Reader(context, bytes)
                second = reader
                context.callAtEndOfLending(reader)
            }
            context.callAtEndOfLending(first)
        }
        #expect(second?.read.map(\.text) == ["ab"])
    }

    @Test func `a read within a read gives the outer one its place back`() {
        lend("outer") { outer in
            lend("inner") { inner in
                #expect(context.isLent(inner))
                #expect(!context.isLent(outer))
            }
            #expect(context.isLent(outer))
        }
    }
}
