import Pipeline
import Tokens

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Tokens that one event loop has found good, with their claims.
///
/// Bounded: each place of the table holds one token, and a newer one takes the place of an older. Tokens are found by a hash
/// that nobody outside can foresee, and compared whole.
///
/// World: one event loop.
final class TokenCache {
    private final class Entry {
        let token: [UInt8]
        let claims: ClaimSet
        /// When it may be taken, seconds since 1970. The clock may be set back, too.
        let times: Range<Double>

        init(_ token: [UInt8], _ claims: ClaimSet, _ times: Range<Double>) {
            self.token = token
            self.claims = claims
            self.times = times
        }
    }

    /// Longer tokens are verified every time.
    private static let maxTokenBytes = 4096
    private static let ways = 4

    private var places: [Entry?] = []
    private var next: UInt8 = 0
    private let sets: Int
    private let seed = (UInt64.random(in: .min ... .max) | 1, UInt64.random(in: .min ... .max) | 1)
    /// For the keys as ``follow(_:)`` has found them; `nil` while there are none.
    private(set) var verifier: TokenVerifier?
    private var generation = -1

    /// - Parameter capacity: Tokens at most; 0 remembers none.
    init(capacity: Int) {
        // A power of two of sets, so that a hash finds its own by its lowest bits; rounded down.
        let wanted = capacity / Self.ways
        sets = wanted > 0 ? 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount) : 0
    }

    /// Looks whether the keys have changed; everything is forgotten then.
    func follow(_ keys: JWTKeys) {
        guard keys.generation != generation else { return }
        (verifier, generation) = keys.current
        places = Array(repeating: nil, count: sets * Self.ways)
    }

    /// The claims of a token that was found good and has not expired.
    func find(_ token: UnsafeRawBufferPointer, now: Double) -> ClaimSet? {
        guard !places.isEmpty, token.count <= Self.maxTokenBytes else { return nil }
        let first = self.first(of: token)
        for way in 0..<Self.ways {
            guard let entry = places[first + way], entry.token.count == token.count,
                entry.token.withUnsafeBytes({ Self.areEqual($0, token) })
            else { continue }
            if entry.times.contains(now) { return entry.claims }
            places[first + way] = nil
            return nil
        }
        return nil
    }

    /// Remembers a token.
    ///
    /// - Parameters:
    ///   - token: Found good.
    ///   - claims: What it says.
    ///   - times: When it may be taken, seconds since 1970.
    func keep(_ token: UnsafeRawBufferPointer, _ claims: ClaimSet, times: Range<Double>) {
        guard !places.isEmpty, token.count <= Self.maxTokenBytes else { return }
        let first = self.first(of: token)
        let free = (0..<Self.ways).first { places[first + $0] == nil }
        next &+= 1
        places[first + (free ?? Int(next) % Self.ways)] = Entry(Array(token), claims, times)
    }

    /// The set of a token. Its end, a piece of the signature, is as good as a random number; the seed keeps it from being
    /// foreseen all the same.
    private func first(of token: UnsafeRawBufferPointer) -> Int {
        guard token.count >= 16 else { return 0 }
        let one = token.loadUnaligned(fromByteOffset: token.count - 16, as: UInt64.self)
        let other = token.loadUnaligned(fromByteOffset: token.count - 8, as: UInt64.self)
        let (high, low) = (one ^ seed.0).multipliedFullWidth(by: other ^ seed.1)
        return Int(truncatingIfNeeded: (high ^ low) & UInt64(sets - 1)) * Self.ways
    }

    private static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count, let first = one.baseAddress, let second = other.baseAddress else {
            return false
        }
        return memcmp(first, second, one.count) == 0
    }
}
