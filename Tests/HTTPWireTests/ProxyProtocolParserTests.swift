import Testing

@testable import HTTPWire

@Suite struct ProxyProtocolParserTests {
    /// Feeds bytes cut at one place, and expects what follows the header to be left alone.
    private func parse(_ bytes: [UInt8], cut: Int) throws -> (header: ProxyProtocolHeader?, consumed: Int) {
        var parser = ProxyProtocolParser()
        var consumed = 0
        for piece in [bytes[..<cut], bytes[cut...]] {
            let (count, header) = try Array(piece).withUnsafeBytes { bytes throws in try parser.bytesReceived(bytes) }
            consumed += count
            if let header { return (header, consumed) }
        }
        return (nil, consumed)
    }

    private func expect(_ bytes: [UInt8], is header: ProxyProtocolHeader) throws {
        let request = Array("GET / HTTP/1.1\r\n".utf8)
        for cut in 0...bytes.count {
            let result = try parse(bytes + request, cut: cut)
            #expect(result.header == header, "cut at \(cut)")
            #expect(result.consumed == bytes.count, "cut at \(cut)")
        }
        // Each byte alone.
        var parser = ProxyProtocolParser()
        for (index, byte) in bytes.enumerated() {
            let (consumed, found) = try [byte].withUnsafeBytes { bytes throws in try parser.bytesReceived(bytes) }
            #expect(consumed == 1)
            #expect((found == header) == (index == bytes.count - 1))
        }
    }

    private func expect(_ bytes: [UInt8], fails error: ProxyProtocolError) {
        for cut in 0...bytes.count {
            #expect(throws: error, "cut at \(cut)") { _ = try parse(bytes, cut: cut) }
        }
    }

    private func line(_ text: String) -> [UInt8] { Array((text + "\r\n").utf8) }

    /// A header of version 2 for a client of IPv4.
    private func binary(_ block: [UInt8], length: Int? = nil) -> [UInt8] {
        binary(0x21, 0x11, block, length: length)
    }

    private func binary(
        _ versionAndCommand: UInt8, _ family: UInt8, _ block: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? block.count
        return Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [
            versionAndCommand, family, UInt8(length >> 8), UInt8(length & 0xFF),
        ]
            + block
    }

    private let four: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]

    // MARK: Version 1

    @Test func `a line names the client`() throws {
        try expect(
            line("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443"), is: .client(address: "192.0.2.1", port: 56324))
        try expect(line("PROXY TCP6 2001:DB8:0::1 ::1 0 65535"), is: .client(address: "2001:db8::1", port: 0))
    }

    @Test func `an unknown client is nobody, whatever else stands there`() throws {
        try expect(line("PROXY UNKNOWN"), is: .local)
        try expect(line("PROXY UNKNOWN ffff::1 ffff::2 65535 65535"), is: .local)
    }

    @Test(arguments: [
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 1",
        "PROXY TCP4  192.0.2.1 198.51.100.1 56324 443", "PROXY TCP4 192.0.2.1 198.51.100.1 056324 443",
        "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443", "PROXY TCP4 192.0.2.1 198.51.100.1 -1 443",
        "PROXY TCP4 192.0.2.256 198.51.100.1 1 443", "PROXY TCP4 192.0.2 198.51.100.1 1 443",
        "PROXY TCP4 ::1 ::1 1 443", "PROXY TCP6 192.0.2.1 198.51.100.1 1 443", "PROXY TCP5 ::1 ::1 1 443",
        "PROXY tcp4 192.0.2.1 198.51.100.1 1 443", "PROXY ", "PROXY UNKNOWNx", "PROXY TCP4 192.0.2.1\0 1.1.1.1 1 443",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 443 ",
    ])
    func `a malformed line is refused`(_ text: String) {
        expect(line(text), fails: .malformedLine)
    }

    @Test func `a line is ended by both its characters, within 107 bytes`() throws {
        expect(Array("PROXY UNKNOWN\n".utf8), fails: .malformedLine)
        let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 107 - 16)
        #expect(line(longest).count == 107)
        try expect(line(longest), is: .local)
        expect(line(longest + "x"), fails: .lineTooLong)
        expect(
            [UInt8](repeating: 0x50, count: 1) + Array("ROXY ".utf8) + [UInt8](repeating: 0x20, count: 200),
            fails: .lineTooLong)
    }

    // MARK: Version 2

    @Test func `addresses of both families are read`() throws {
        try expect(
            binary([192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]),
            is: .client(address: "192.0.2.1", port: 56324))
        let six: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        try expect(binary(0x21, 0x21, six + six + [0, 80, 0, 81]), is: .client(address: "2001:db8::1", port: 80))
        try expect(binary(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), is: .unixClient)
    }

    @Test func `the balancer's own connections keep their address`() throws {
        try expect(binary(0x20, 0x00, []), is: .local)
        try expect(binary(0x20, 0x11, four), is: .local)
        try expect(binary(0x20, 0xFF, [1, 2, 3]), is: .local)
        try expect(binary(0x21, 0x00, []), is: .local)
    }

    @Test func `what version 2 does not define is refused`() {
        expect(binary(0x11, 0x11, four), fails: .unsupportedVersion)
        expect(binary(0x22, 0x11, four), fails: .unsupportedCommand)
        for family: UInt8 in [0x01, 0x10, 0x12, 0x13, 0x22, 0x32, 0x41] {
            expect(binary(0x21, family, [UInt8](repeating: 0, count: 216)), fails: .unsupportedFamily)
        }
        expect(binary(0x21, 0x11, Array(four.dropLast())), fails: .malformedAddresses)
        expect(binary(0x21, 0x21, four), fails: .malformedAddresses)
        expect(binary(0x21, 0x31, four), fails: .malformedAddresses)
        expect(binary([], length: 4081), fails: .tooLong)
    }

    @Test func `values behind the addresses have to fit, and a checksum has to be right`() throws {
        let client = ProxyProtocolHeader.client(address: "192.0.2.1", port: 56324)
        try expect(binary(four + [0x01, 0, 2, 0x68, 0x32, 0x04, 0, 0]), is: client)
        expect(binary(four + [0x01]), fails: .malformedValue)
        expect(binary(four + [0x01, 0, 3, 0x68, 0x32]), fails: .malformedValue)
        expect(binary(four + [0x03, 0, 3, 1, 2, 3]), fails: .malformedValue)
        var header = binary(four + [0x03, 0, 4, 0, 0, 0, 0])
        let checksum = CRC32C.of(header)
        for index in 0..<4 { header[header.count - 1 - index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
        try expect(header, is: client)
        header[16] ^= 1
        expect(header, fails: .wrongChecksum)
        expect(binary(four + [0x03, 0, 4, 0, 0, 0, 0, 0x03, 0, 4, 0, 0, 0, 0]), fails: .malformedValue)
    }

    @Test func `the checksum is that of the published example`() {
        // RFC 3720 B.4
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func `anything else is refused at its first wrong byte`() throws {
        for text in [
            "GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "\r\n\r\nGET", "\u{16}\u{3}\u{1}", "PROX\r\n", "PROXY\tTCP4",
        ] {
            expect(Array(text.utf8), fails: .missing)
        }
    }

    @Test func `no bytes make it trap`() {
        var random = SeededRandom(seed: 7)
        let templates = [line("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443"), binary(four + [0x03, 0, 4, 0, 0, 0, 0])]
        for round in 0..<20_000 {
            var bytes = templates[round % 2]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? parse(bytes, cut: Int.random(in: 0...bytes.count, using: &random))
        }
    }
}
