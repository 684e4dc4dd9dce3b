import HTTPWire
import Testing

/// Mutations of the fixtures: whatever comes, the parser answers the same for every cutting, and never traps.
///
/// A longer search with coverage guidance is `Tests/Fuzz/HTTP1Parser`.
@Suite struct HTTP1ParserFuzzTests {
    static let corpus = HTTP1RequestParserTests.cases.filter { !$0.bytes.isEmpty && $0.bytes.count < 600 }
    static let good = corpus.filter { $0.expected.contains("end") }
    static let pieces = [
        "\r\n", "\r", "\n", "\r\n\r\n", "\0", " ", "\t", ":", ",", ";", "0\r\n\r\n", "5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n", "Host: a\r\n", "HTTP/1.1", "HTTP/1.0", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "ffffffffffffffff",
        "Connection: close\r\n", "Expect: 100-continue\r\n", "\u{80}", "?", "http://", "[::1]", "\\",
    ].map { Array($0.utf8) }

    private func mutated(_ random: inout SeededRandom) -> [UInt8] {
        // Mostly from good requests: a mutation of a refused one is refused for the same reason as before.
        let base = Int.random(in: 0..<4, using: &random) == 0 ? Self.corpus : Self.good
        var bytes = base.randomElement(using: &random)?.bytes ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &random) ?? [])
            case 4: bytes.append(contentsOf: Self.corpus.randomElement(using: &random)?.bytes ?? [])
            default:
                guard place < bytes.count else { continue }
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
        }
        return bytes
    }

    private func limits(_ random: inout SeededRandom) -> HTTPLimits {
        var limits = HTTPLimits.defaults
        guard Int.random(in: 0..<4, using: &random) == 0 else { return limits }
        limits.maxRequestLineBytes = Int.random(in: 0...60, using: &random)
        limits.maxHeaderBytes = Int.random(in: 0...120, using: &random)
        limits.maxHeaderCount = Int.random(in: 0...6, using: &random)
        limits.maxBodyBytes = Int.random(in: 0...40, using: &random)
        limits.maxChunkLineBytes = Int.random(in: 0...20, using: &random)
        limits.maxTrailerBytes = Int.random(in: 0...30, using: &random)
        limits.maxChunkOverheadBytes = Int.random(in: 0...30, using: &random)
        return limits
    }

    @Test(arguments: 0..<8)
    func `the cutting of the bytes never changes the outcome`(_ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var refused = 0
        var taken = 0
        for _ in 0..<3000 {
            let bytes = mutated(&random)
            let limits = limits(&random)
            let whole = RequestTrace.run(bytes, limits: limits, showsFields: true)
            let single = RequestTrace.run(bytes, cuts: 0..<bytes.count, limits: limits, showsFields: true)
            let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let cut = RequestTrace.run(bytes, cuts: cuts, limits: limits, showsFields: true)
            guard whole == single, whole == cut else {
                #expect(whole == single, "byte by byte: \(Escaped.text(bytes)) \(limits)")
                #expect(whole == cut, "cut at \(cuts): \(Escaped.text(bytes)) \(limits)")
                return
            }
            if whole.last?.hasPrefix("error") == true { refused += 1 }
            if whole.contains("end") { taken += 1 }
        }
        #expect(refused > 200 && taken > 200, "the mutations still reach both outcomes")
    }
}
