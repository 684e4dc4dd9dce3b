import COpenSSL
import Synchronization

/// The keys that session tickets are encrypted with: the same for all event loops, changed every hour.
///
/// A ticket lets a client resume its session on whichever loop takes its next connection, and costs the server no memory.
/// Who has a ticket's key can read the sessions that were resumed with it; so keys live in memory only, and two hours
/// after the last ticket was made with one, it is gone.
///
/// World: any; the lock is taken once in a handshake.
package final class TLSTicketKeys: Sendable {
    struct Key: Sendable {
        var name: [UInt8]
        var cipher: [UInt8]
        var mac: [UInt8]
        /// Seconds of a clock that never goes back.
        var madeAt: Int64
    }

    /// How long tickets are made with a key, seconds.
    private static let rotation: Int64 = 3600
    /// How long a ticket is taken, seconds; also what clients are told.
    static let lifetime: Int64 = 7200

    private let keys: Mutex<[Key]>
    private let now: @Sendable () -> Int64

    /// - Parameter now: Seconds of a clock that never goes back.
    package init(now: @escaping @Sendable () -> Int64 = { ContinuousClock.now.secondsOfUptime }) {
        self.now = now
        keys = Mutex([Self.make(now())])
    }

    /// The key for a new ticket.
    func current() -> Key? {
        let now = now()
        return keys.withLock { keys in
            if let first = keys.first, now - first.madeAt >= Self.rotation { keys.insert(Self.make(now), at: 0) }
            keys.removeAll { now - $0.madeAt >= Self.rotation + Self.lifetime }
            return keys.first
        }
    }

    /// The key of a ticket; `nil` when it is too old or not ours.
    func key(named name: UnsafeBufferPointer<UInt8>) -> (key: Key, isCurrent: Bool)? {
        let now = now()
        return keys.withLock { keys in
            guard let index = keys.firstIndex(where: { $0.name.elementsEqual(name) }),
                now - keys[index].madeAt < Self.rotation + Self.lifetime
            else { return nil }
            return (keys[index], index == 0 && now - keys[index].madeAt < Self.rotation)
        }
    }

    private static func make(_ now: Int64) -> Key {
        Key(name: random(16), cipher: random(32), mac: random(32), madeAt: now)
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// What OpenSSL calls for each ticket; answers as `SSL_CTX_set_tlsext_ticket_key_evp_cb` wants it.
    func prepare(
        name: UnsafeMutablePointer<UInt8>, iv: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer?, mac: OpaquePointer?,
        isNew: Bool
    ) -> Int32 {
        guard isNew else {
            guard let (key, isCurrent) = key(named: UnsafeBufferPointer(start: name, count: 16)) else { return 0 }
            guard EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher, iv, nil) == 1, Self.set(mac, key.mac)
            else {
                return -1
            }
            return isCurrent ? 1 : 2
        }
        guard let key = current(), RAND_bytes(iv, 16) == 1 else { return -1 }
        for (index, byte) in key.name.enumerated() { name[index] = byte }
        guard EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher, iv, nil) == 1, Self.set(mac, key.mac) else {
            return -1
        }
        return 1
    }

    private static func set(_ mac: OpaquePointer?, _ secret: [UInt8]) -> Bool {
        var secret = secret
        return secret.withUnsafeMutableBytes { shim_EVP_MAC_CTX_use_SHA256(mac, $0.baseAddress, $0.count) } == 1
    }
}

extension ContinuousClock.Instant {
    /// Seconds since some moment in the past.
    package var secondsOfUptime: Int64 { ContinuousClock().systemEpoch.duration(to: self).components.seconds }
}
