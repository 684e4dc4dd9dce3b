import Testing

@testable import Routing

@Suite struct AddressRangeTests {
    private func contains(_ range: String, _ address: String) throws -> Bool {
        try AddressRange(range).contains(try #require(IPAddress(address)))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.0/8", "9.255.255.255", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("192.0.2.6/31", "192.0.2.7", true),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::/0", "::1", true),
        ("::/0", "192.0.2.1", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false),
        ("::1", "::1", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false),
    ])
    func `an address is inside or outside`(range: String, address: String, isInside: Bool) throws {
        #expect(try contains(range, address) == isInside)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8",
        "010.0.0.0", "10.0.0.256", "::1/129", "::1%eth0", "[::1]", "example.com", "1.2.3.4\0x", "127.0.0.0\0x/8",
        "10.0.0.0/٨",
    ])
    func `what is no range is refused`(text: String) {
        #expect(throws: AddressRange.Fault.malformed) { try AddressRange(text) }
    }

    @Test func `bits behind the prefix are a mistake`() {
        #expect(throws: AddressRange.Fault.hasHostBits(prefix: 8)) { try AddressRange("10.0.0.1/8") }
        #expect(throws: AddressRange.Fault.hasHostBits(prefix: 32)) { try AddressRange("2001:db8::1/32") }
    }
}
