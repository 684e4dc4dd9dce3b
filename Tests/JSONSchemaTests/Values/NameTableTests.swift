import Testing

@testable import JSONSchema

@Suite struct NameTableTests {
    @Test func `names are found by their bytes`() {
        let names = (0..<200).map { "name\($0)" } + ["", "é", "e\u{301}", String(repeating: "x", count: 100)]
        let table = NameTable(names + ["name7"])
        #expect(table.names.count == names.count)
        for (index, name) in names.enumerated() { #expect(table.index(of: name) == index) }
        #expect(table.index(of: "name200") == nil)
        #expect(NameTable([]).index(of: "") == nil)
    }

    @Test func `sets hold any numbers`() {
        var one = NumberSet()
        for number in [0, 63, 64, 127, 128, 1000] { one.insert(number) }
        for number in [0, 63, 64, 127, 128, 1000] { #expect(one.contains(number)) }
        for number in [1, 62, 65, 129, 999, 1001, 100_000] { #expect(!one.contains(number)) }
        var other = NumberSet()
        other.insert(64)
        #expect(one.isSuperset(of: other))
        #expect(!other.isSuperset(of: one))
        other.insert(2000)
        #expect(!one.isSuperset(of: other))
        one.formUnion(other)
        #expect(one.isSuperset(of: other))
    }
}
