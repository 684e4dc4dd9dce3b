import CNGHTTP2

/// Memory for the HTTP/2 sessions of one event loop: blocks of a few sizes, kept when they are freed and used again.
///
/// nghttp2 asks for half a dozen small blocks for each request and frees them with its stream. They are always of the same
/// sizes and on the same thread, so a list for each size does what a general allocator does, in a few instructions.
///
/// World: one event loop; must outlive its sessions.
final class HTTP2Memory {
    /// Sizes of blocks are powers of two: 32 bytes to 1 KiB, the header before each not counted.
    private static let smallest = 5
    private static let largest = 10
    /// Free blocks of one size that are kept.
    private static let maxKept = 1024
    /// Before each block: its size as an exponent, or 0 and the size it was asked for.
    private static let headerCount = 16

    /// Free blocks of one size: the first, which leads to the next in its own first bytes, and how many there are.
    private struct List {
        var first: UnsafeMutableRawPointer?
        var count = 0
    }

    private let lists: UnsafeMutablePointer<List>

    init() {
        lists = .allocate(capacity: Self.largest + 1)
        lists.initialize(repeating: List(), count: Self.largest + 1)
    }

    deinit {
        for exponent in Self.smallest...Self.largest {
            while let block = lists[exponent].first {
                lists[exponent].first = block.load(as: UnsafeMutableRawPointer?.self)
                (block - Self.headerCount).deallocate()
            }
        }
        lists.deallocate()
    }

    /// The functions that nghttp2 wants; copied by each session.
    func functions() -> nghttp2_mem {
        nghttp2_mem(
            mem_user_data: Unmanaged.passUnretained(self).toOpaque(),
            malloc: { count, owner in HTTP2Memory.with(owner) { $0.allocate(count) } },
            free: { block, owner in
                guard let block else { return }
                _ = HTTP2Memory.with(owner) { memory -> UnsafeMutableRawPointer? in
                    memory.release(block)
                    return nil
                }
            },
            calloc: { count, size, owner in
                let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: size)
                guard !isTooLarge else { return nil }
                return HTTP2Memory.with(owner) { memory in
                    let block = memory.allocate(bytes)
                    block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
                    return block
                }
            },
            realloc: { block, count, owner in
                HTTP2Memory.with(owner) { memory in
                    guard let block else { return memory.allocate(count) }
                    return memory.resize(block, count)
                }
            })
    }

    @inline(__always)
    private static func with(
        _ owner: UnsafeMutableRawPointer?, _ body: (HTTP2Memory) -> UnsafeMutableRawPointer?
    ) -> UnsafeMutableRawPointer? {
        guard let owner else { return nil }
        return Unmanaged<HTTP2Memory>.fromOpaque(owner)._withUnsafeGuaranteedRef(body)
    }

    private func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let exponent = max(Self.smallest, Int.bitWidth - max(count - 1, 0).leadingZeroBitCount)
        guard exponent <= Self.largest else { return Self.fresh(count, exponent: 0) }
        guard let block = lists[exponent].first else { return Self.fresh(1 << exponent, exponent: exponent) }
        lists[exponent].first = block.load(as: UnsafeMutableRawPointer?.self)
        lists[exponent].count &-= 1
        return block
    }

    private static func fresh(_ count: Int, exponent: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: count + headerCount, alignment: 16)
        block.storeBytes(of: exponent, as: Int.self)
        block.storeBytes(of: count, toByteOffset: 8, as: Int.self)
        return block + headerCount
    }

    private func release(_ block: UnsafeMutableRawPointer) {
        let exponent = (block - Self.headerCount).load(as: Int.self)
        guard exponent > 0, lists[exponent].count < Self.maxKept else {
            (block - Self.headerCount).deallocate()
            return
        }
        block.storeBytes(of: lists[exponent].first, as: UnsafeMutableRawPointer?.self)
        lists[exponent].first = block
        lists[exponent].count &+= 1
    }

    private func resize(_ block: UnsafeMutableRawPointer, _ count: Int) -> UnsafeMutableRawPointer {
        let capacity = (block - Self.headerCount).load(fromByteOffset: 8, as: Int.self)
        guard count > capacity else { return block }
        let larger = allocate(count)
        larger.copyMemory(from: block, byteCount: capacity)
        release(block)
        return larger
    }
}
