import Testing

@testable import MessageWire

/// Where strings end, 64 bytes at a time: compared with a look at each byte.
@Suite struct StringStopsTests {
    private static func stops(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80 }

    @Test func `every byte is seen for what it is, wherever it stands`() {
        for place in 0..<16 {
            for filling in [UInt8(0x61), 0x21, 0x7F, 0xFF, 0x00, 0x22] {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: filling, count: 16)
                    bytes[place] = byte
                    let expected = bytes.enumerated().reduce(0 as UInt64) { bits, each in
                        bits | (Self.stops(each.element) ? 1 : 0) << UInt64(each.offset)
                    }
                    let found = bytes.withUnsafeBytes { bytes in
                        bytes.baseAddress.map { (StringStops.bits($0, at: 0), StringStops.bitsByWords($0, at: 0)) }
                    }
                    #expect(found?.0 == expected && found?.1 == expected, "\(bytes)")
                }
            }
        }
    }

    @Test func `from any place on the next one is found, whatever was asked before`() {
        var mutator = Mutator(seed: 7)
        for round in 0..<400 {
            let count = mutator.below(200)
            let rarity = 1 + mutator.below(80)
            let bytes = (0..<count).map { _ in
                mutator.below(rarity) == 0
                    ? [0x22, 0x5C, 0x0A, 0xC3][mutator.below(4)] : UInt8(0x30 + mutator.below(40))
            }
            // Exactly as long as the text, so that what is read behind it is found out by others.
            bytes.withUnsafeBytes { text in
                guard let base = text.baseAddress else { return }
                var walk = StringStops()
                var start = 0
                while start <= count {
                    let expected = bytes[start...].firstIndex(where: Self.stops) ?? count
                    #expect(walk.first(base, from: start, end: count) == expected, "round \(round), from \(start)")
                    start += 1 + mutator.below(round % 3 == 0 ? 90 : 6)
                }
            }
        }
    }

    /// What stands near the end of a text is read with more care than what does not: both read the same.
    @Test(arguments: [JSONRules.rfc8259, .untrusted].indices)
    func `white space behind a text changes nothing`(index: Int) {
        let rules = [JSONRules.rfc8259, .untrusted][index]
        var mutator = Mutator(seed: UInt64(index) + 11)
        let texts = [
            #"{"a":12,"b":[-1.25,0,00,7.,1e5,12345678,1234567.5],"c":"d","e":{}}"#,
            #"[1.5,"x",-0,{"k":"v","k2":true}]"#,
            #"{"id":1234567,"n":"é","esc\n":"\"","t":null}"#,
        ].map { Array($0.utf8) }
        for round in 0..<6000 {
            let bytes = round < 3 ? texts[round] : mutator.mutate(texts[round % 3], with: texts)
            let (plain, padded) = (outcome(bytes, rules), outcome(bytes + [UInt8](repeating: 0x20, count: 40), rules))
            switch (plain, padded) {
            case (.success(let one), .success(let other)): #expect(one == other, "\(bytes)")
            // Where it ended before, there is a blank now.
            case (.failure(let one), .failure(let other)):
                if one.reason != .endsEarly, one.offset < bytes.count { #expect(one == other, "\(bytes)") }
            case (.failure(let one), .success): #expect(one.offset >= bytes.count, "\(bytes)")
            case (.success, .failure(let other)): Issue.record("\(bytes): \(other)")
            }
        }
    }

    private func outcome(_ bytes: [UInt8], _ rules: JSONRules) -> Result<JSONScan, JSONScanError> {
        do throws(JSONScanError) { return .success(try scan(bytes, rules: rules)) } catch { return .failure(error) }
    }
}
