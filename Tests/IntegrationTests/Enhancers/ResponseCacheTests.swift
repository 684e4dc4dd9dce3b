import NIOCore
import Pipeline
import Testing

@testable import MartletGateway
@testable import Routing

/// The cache itself, its clock in the test's hand.
@Suite struct ResponseCacheTests {
    private func cache(ttl: Duration = .seconds(10), entries: Int = 3, bytes: Int = 100) -> ResponseCache {
        ResponseCache(CacheSettings(ttl: ttl, maxEntries: entries, maxBytes: bytes, isShared: false))
    }

    private func key(_ payload: String, route: Int = 1, variant: Int = 0, _ claims: ClaimSet? = nil) -> CallKey {
        Array(payload.utf8).withUnsafeBytes {
            CallKey(route: route, variant: variant, identity: claims, payload: $0)
        }
    }

    private func store(_ cache: ResponseCache, _ payload: String, _ value: String = "1", now: Int64 = 0) {
        Array(value.utf8).withUnsafeBytes { cache.store(key(payload), $0, now: now) }
    }

    private func found(_ cache: ResponseCache, _ payload: String, now: Int64 = 0) -> String? {
        cache.find(key(payload), now: now).map { String(buffer: $0.value) }
    }

    private static let second: Int64 = 1_000_000_000

    @Test func `an answer is given again until its time is over`() {
        let cache = cache()
        #expect(found(cache, "a") == nil)
        store(cache, "a", "[1]", now: 5)
        #expect(found(cache, "a", now: 5) == "[1]")
        #expect(found(cache, "a", now: 4 + 10 * Self.second) == "[1]")
        #expect(found(cache, "a", now: 5 + 10 * Self.second) == nil)
        #expect(cache.find(key("a"), now: 5 + 9 * Self.second)?.age(now: 5 + 9 * Self.second) == 9)
        #expect(cache.find(key("a"), now: 4)?.age(now: 4) == 0)
        // Asked for again, it begins anew.
        store(cache, "a", "[2]", now: 11 * Self.second)
        #expect(found(cache, "a", now: 20 * Self.second) == "[2]")
        #expect(cache.count == 1)
    }

    @Test func `the oldest that nobody wanted goes`() {
        let cache = cache()
        for name in ["a", "b", "c"] { store(cache, name) }
        #expect(found(cache, "a") != nil)
        store(cache, "d")
        #expect(["a", "b", "c", "d"].map { found(cache, $0) != nil } == [true, false, true, true])
        #expect(cache.count == 3)
    }

    @Test func `when all were wanted the first goes, and none is kept for ever`() {
        let cache = cache()
        for name in ["a", "b", "c"] {
            store(cache, name)
            #expect(found(cache, name) != nil)
        }
        store(cache, "d")
        #expect(cache.count == 3)
        #expect(cache.find(key("a"), now: 0) == nil)
        for number in 0..<1000 {
            store(cache, "\(number)")
            #expect(found(cache, "\(number)") != nil)
            #expect(cache.count == 3)
        }
    }

    @Test func `one that is too old goes before others, wanted or not`() {
        let cache = cache()
        store(cache, "a")
        #expect(found(cache, "a") != nil)
        store(cache, "b", now: 9 * Self.second)
        store(cache, "c", now: 9 * Self.second)
        store(cache, "d", now: 10 * Self.second)
        #expect(["b", "c", "d"].allSatisfy { found(cache, $0, now: 10 * Self.second) != nil })
    }

    @Test func `one place is enough to go round in`() {
        let cache = cache(entries: 1)
        for name in ["a", "b", "c"] {
            store(cache, name)
            #expect(found(cache, name) != nil)
            #expect(cache.count == 1)
        }
    }

    @Test func `what is too large is not kept`() {
        let cache = cache(bytes: 40)
        store(cache, "a", String(repeating: "1", count: 41))
        store(cache, String(repeating: "k", count: 41))
        #expect(cache.count == 0)
        store(cache, "a", String(repeating: "1", count: 40))
        #expect(cache.count == 1)
        // One that grew too large is not mistaken for its former self once that is too old.
        store(cache, "a", String(repeating: "1", count: 41), now: 11 * Self.second)
        #expect(found(cache, "a", now: 11 * Self.second) == nil)
    }

    @Test func `keys differ by all that makes a message`() {
        func who(_ entries: (String, String)...) -> ClaimSet {
            ClaimSet(entries.map { ClaimSet.Entry(name: $0.0, value: nil, identity: Array($0.1.utf8)) })
        }
        let keys = [
            key("a"), key("b"), key("a", route: 2), key("a", variant: 1), key("a", who(("x", "a"))),
            key("a", who(("x", "b"))), key("a", who(("x", "ab"))), key("a", who(("x", "a"), ("y", "b"))),
            key("a", who(("x", "b"), ("y", "a"))), key("a", who(("x", "a\u{FF}a"))), key("", who(("x", "a"))),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(key("a", who(("x", "a"))) == key("a", who(("x", "a"))))
    }

    @Test(arguments: [
        ("*", true), ("W/\"abc\"", true), ("\"abc\"", true), ("\"x\", W/\"abc\"", true), ("\"x\",\"abc\"", true),
        ("\"x\" ,\t\"abc\" ", true), ("W/\"abc", false), ("abc", false), ("\"ab\"", false), ("\"abcd\"", false),
        ("w/\"abc\"", false), ("", false), (",", false), ("\"*\"", false), ("W/W/\"abc\"", false),
    ])
    func `a tag is known by its text`(field: String, isKnown: Bool) {
        #expect(EntityTag.matches(field, "W/\"abc\"") == isKnown)
        #expect(EntityTag.matches(field, "\"abc\"") == isKnown)
    }

    @Test func `tags are one for the same bytes, and others for others`() {
        func tag(_ text: String) -> String { Array(text.utf8).withUnsafeBytes { EntityTag.of($0) } }
        let texts = ["", "1", "2", "[1,2]", "[2,1]", "{\"a\":1}", String(repeating: "a", count: 10_000)]
        #expect(Set(texts.map(tag)).count == texts.count)
        #expect(tag("1") == tag("1"))
        #expect(tag("1").hasPrefix("W/\"") && tag("1").utf8.count == 36)
    }
}
