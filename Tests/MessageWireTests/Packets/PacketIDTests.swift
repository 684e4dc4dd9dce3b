import MessageWire
import Testing

@Suite struct PacketIDTests {
    private func read(_ text: String) -> PacketID? { Array(text.utf8).withUnsafeBytes { PacketID(json: $0) } }

    @Test func `an id comes back as it went out`() {
        var values = [
            (UInt16(0), UInt64(0)), (.max, 0xFFFF_FFFF_FFFF), (0xBEEF, 0x0123_4567_89AB), (1, 1), (0xA0, 0x9F),
        ]
        for shift in 0..<48 { values.append((UInt16(shift), 1 << UInt64(shift))) }
        for (slot, sequence) in values {
            let id = PacketID(slot: slot, sequence: sequence)
            let digits = String(slot, radix: 16).leftPadded(4) + String(sequence, radix: 16).leftPadded(12)
            #expect(id.text == digits)
            #expect(read("\"\(digits)\"") == id)
            #expect(id.slot == slot)
            #expect(id.sequence == sequence)
        }
        #expect(PacketID(slot: 1, sequence: 1 << 48) == PacketID(slot: 1, sequence: 0))
    }

    @Test func `every byte is judged wherever it stands`() {
        for place in 1...16 {
            for byte in UInt8.min...UInt8.max {
                var json = Array("\"0000000000000000\"".utf8)
                json[place] = byte
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt64.init)
                let bits = byte < 0x80 && !(0x41...0x46 ~= byte) ? digit.map { $0 << UInt64(4 * (16 - place)) } : nil
                let id = json.withUnsafeBytes { PacketID(json: $0) }
                #expect(id == bits.map { PacketID(slot: UInt16($0 >> 48), sequence: $0) }, "\(byte) at \(place)")
            }
        }
    }

    @Test(arguments: [
        "\"000000000000000\"", "\"00000000000000000\"", "\"000000000000000G\"", "\"000000000000000A\"",
        "0000000000000000",
        "\"00000000000000é\"", "\"\\u0030000000000\"", "", "\"\"", "\"000000000000000/\"", "\"000000000000000:\"",
        "\"000000000000000`\"", "\"000000000000000g\"", "x0000000000000000\"", "\"0000000000000000x",
    ])
    func `what we never send is not ours`(text: String) {
        #expect(read(text) == nil)
    }
}

extension String {
    /// Zeros in front, up to a length.
    fileprivate func leftPadded(_ length: Int) -> String { String(repeating: "0", count: length - count) + self }
}
