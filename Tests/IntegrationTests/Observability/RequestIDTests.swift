import Testing

@testable import MartletGateway

@Suite struct RequestIDTests {
    private func text(_ bits: UInt64, _ write: (RequestID, UnsafeMutableRawPointer) -> Void) -> String {
        withUnsafeTemporaryAllocation(byteCount: RequestID.length, alignment: 1) { place in
            if let base = place.baseAddress { write(RequestID(bits: bits), base) }
            return String(decoding: place, as: UTF8.self)
        }
    }

    @Test func `every digit at every place, with vectors and without`() {
        for place in 0..<RequestID.length {
            for digit in UInt64(0)..<16 {
                for others in [0, UInt64.max, 0x0123_4567_89AB_CDEF] {
                    let shift = UInt64(4 * place)
                    let bits = others & ~(0xF << shift) | digit << shift
                    let digits = String(bits, radix: 16)
                    let expected = String(repeating: "0", count: RequestID.length - digits.count) + digits
                    #expect(text(bits) { $0.write(to: $1) } == expected)
                    #expect(text(bits) { $0.writeByWords(to: $1) } == expected)
                    #expect(RequestID(bits: bits).description == expected)
                }
            }
        }
    }
}
