/// What two processes say to each other when one takes over the other's listening sockets.
///
/// Each is one message of a Unix socket that keeps messages apart (`SOCK_SEQPACKET`): ASCII, a version and words between single
/// blanks. The starting process asks first.
///
/// ```
/// new  martlet-handover/1 take
/// old  martlet-handover/1 sockets 5      with up to 64 descriptors; again until there were 5
/// new  martlet-handover/1 ready          it is ready to accept connections
/// old  martlet-handover/1 leaving        it does not accept any more; from now on the new one does
/// ```
///
/// Instead of `sockets` or `leaving` there may come `refused` and a reason: the running process serves on.
package enum HandOverMessage: Sendable, Hashable {
    /// Give me your sockets.
    case take
    /// Here are some of them, of so many in all.
    case sockets(total: Int)
    /// I am ready to accept connections; stop.
    case ready
    /// I have stopped; begin.
    case leaving
    /// You get nothing, or took too long: I serve on; in words.
    case refused(reason: String)

    static let version = "martlet-handover/1"
    /// Bytes of a message; beyond it is none of ours.
    static let maxBytes = 512
    /// Sockets of a process: loops times addresses.
    package static let maxSockets = 16_384

    package var text: String {
        switch self {
        case .take: "\(Self.version) take"
        case .sockets(let total): "\(Self.version) sockets \(total)"
        case .ready: "\(Self.version) ready"
        case .leaving: "\(Self.version) leaving"
        case .refused(let reason): String("\(Self.version) refused \(reason)".prefix(Self.maxBytes / 4))
        }
    }

    /// - Returns: `nil` for anything else, another version too.
    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == Self.version else { return nil }
        switch (words[1], words.count > 2 ? words[2] : nil) {
        case ("take", nil): self = .take
        case ("ready", nil): self = .ready
        case ("leaving", nil): self = .leaving
        case ("sockets", let count?):
            guard let total = Int(count), String(total) == count, (0...Self.maxSockets).contains(total) else {
                return nil
            }
            self = .sockets(total: total)
        case ("refused", let reason?): self = .refused(reason: String(reason))
        default: return nil
        }
    }
}

/// Why sockets could not be handed over.
package struct HandOverError: Error, CustomStringConvertible {
    package let description: String
    /// The other process has given up on this one, or was gone before it heard of its being ready.
    package let isGivenUp: Bool

    package init(_ description: String, isGivenUp: Bool = false) {
        self.description = description
        self.isGivenUp = isGivenUp
    }
}
