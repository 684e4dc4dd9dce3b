import MessageWire
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// What makes two messages the same: route, pattern, payload, and who asks.
struct CallKey: Hashable {
    private let bytes: [UInt8]

    /// - Parameters:
    ///   - route: The route's index.
    ///   - variant: Which of its patterns.
    ///   - identity: Who asks, as the guards have found out; `nil` when it does not matter.
    ///   - payload: JSON text.
    init(route: Int, variant: Int, identity: ClaimSet?, payload: UnsafeRawBufferPointer) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 24)
        withUnsafeBytes(of: (route, variant)) { bytes += $0 }
        for entry in identity?.entries ?? [] {
            withUnsafeBytes(of: entry.identity.count) { bytes += $0 }
            bytes += entry.identity
        }
        bytes.append(0xFF)
        bytes += payload
        self.bytes = bytes
    }

    /// Bytes that it takes.
    var size: Int { bytes.count }
}

/// The caches of one `Cache` entry, one for each event loop.
final class ResponseCacheSet: Sendable {
    let settings: CacheSettings
    private let caches: LoopLocal<ResponseCache>

    init(_ settings: CacheSettings, loops: Int) {
        self.settings = settings
        caches = LoopLocal(loops: loops) { ResponseCache(settings) }
    }

    /// The cache of a loop; to be used on that loop.
    subscript(loop: Int) -> ResponseCache { caches[loop] }
}

/// `Cache`: answers of a service that are given again for a time, for messages that are the same to the byte, from callers that
/// the guards take for the same.
///
/// Guards are asked all the same: a cached answer is never given to somebody whom they refuse. Of many entries the one that
/// was put in first and not asked for since goes.
///
/// World: one event loop.
final class ResponseCache {
    struct Entry {
        /// JSON text, as the service sent it.
        let value: ByteBuffer
        let storedAt: Int64
        fileprivate var isWanted = false

        /// Whole seconds since it was kept, for the field `age`.
        func age(now: Int64) -> Int64 { max(0, (now - storedAt) / 1_000_000_000) }
    }

    private let ttl: Int64
    private let maxEntries: Int
    private let maxBytes: Int
    private var entries: [CallKey: Entry] = [:]
    /// Keys in the order in which they may have to go; a ring.
    private var order: [CallKey] = []
    private var hand = 0

    init(_ settings: CacheSettings) {
        ttl = settings.ttl.nanoseconds
        maxEntries = settings.maxEntries
        maxBytes = settings.maxBytes
    }

    var count: Int { entries.count }

    /// The answer to a message, unless it is too old.
    func find(_ key: CallKey, now: Int64) -> Entry? {
        guard let entry = entries[key], now - entry.storedAt < ttl else { return nil }
        if !entry.isWanted { entries[key]?.isWanted = true }
        return entry
    }

    /// Keeps an answer, if it is not too large.
    func store(_ key: CallKey, _ value: UnsafeRawBufferPointer, now: Int64) {
        guard value.count <= maxBytes, key.size <= maxBytes else { return }
        let entry = Entry(value: ByteBuffer(bytes: value), storedAt: now)
        if entries.updateValue(entry, forKey: key) != nil { return }
        if order.count < maxEntries {
            order.append(key)
            return
        }
        // At most twice round: the first time takes the marks away.
        for _ in 0..<(2 * order.count) {
            let candidate = order[hand]
            if let old = entries[candidate], old.isWanted, now - old.storedAt < ttl {
                entries[candidate]?.isWanted = false
                hand = (hand + 1) % order.count
                continue
            }
            entries[candidate] = nil
            order[hand] = key
            hand = (hand + 1) % order.count
            return
        }
    }
}

/// The name of a representation: two answers with the same name are the same to the byte. Weak, since it may be sent compressed.
///
/// Spec: RFC 9110 §8.8.3
enum EntityTag {
    static func of(_ body: UnsafeRawBufferPointer) -> String {
        // FNV-1a, twice with different beginnings: 128 bits that stay the same from one process to the next.
        var (one, other): (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4)
        for byte in body {
            one = (one ^ UInt64(byte)) &* 0x100_0000_01B3
            other = (other ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
            other ^= other >> 29
        }
        return "W/\"" + RequestID(bits: one).description + RequestID(bits: other).description + "\""
    }

    /// Whether `If-None-Match` names it, weak or strong being the same here. Spec: RFC 9110 §13.1.2
    static func matches(_ field: String, _ tag: String) -> Bool {
        if field == "*" { return true }
        let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
        return field.split(separator: ",").contains { candidate in
            let trimmed = candidate.drop { $0 == " " || $0 == "\t" }
            return (trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed).prefix { $0 != " " && $0 != "\t" }
                == opaque
        }
    }
}
