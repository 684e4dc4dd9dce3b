import FoundationEssentials
import MessageWire
import NIOCore
import NetworkIO
import Pipeline

/// Until when the sender of a message waits for its answer.
extension IncomingMessage {
    /// What the metadata says; nil when they say nothing.
    var deadline: Date? {
        guard let metadata, Self.mentionsDeadline(metadata) else { return nil }
        return metadata.withUnsafeBytes { text in
            guard case .string(let deadline)? = JSONValue(checked: text)[CallMetadata.deadline] else { return nil }
            return CallMetadata.date(deadline)
        }
    }

    /// Most metadata hold a request id only, and are not worth parsing.
    private static func mentionsDeadline(_ metadata: [UInt8]) -> Bool {
        let name = CallMetadata.deadline.utf8
        return metadata.withUnsafeBytes { text in
            guard text.count > name.count else { return false }
            return (0..<text.count - name.count).contains { start in
                text[start] == 0x22 && text[(start + 1)...].starts(with: name)
            }
        }
    }
}

extension Exchange {
    /// Sees to it that the handler is cancelled when the sender does not wait any more.
    ///
    /// - Returns: Whether to start the handler at all; if not, the message has been answered.
    func keepDeadline() -> Bool {
        guard let deadline else { return true }
        let left = deadline.timeIntervalSinceNow
        guard left > 0 else {
            fail(DeadlineExceeded())
            return false
        }
        // Further away than any handler takes; the conversion below must not overflow.
        guard left < 86_400 * 365 else { return true }
        timer = loop.context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(left * 1e9))) { [self] in
            deadlinePassed()
        }
        return true
    }
}

/// Why a handler was cancelled, or not even started.
struct DeadlineExceeded: Error {
    /// What a sender gets that still waits: its clock is not ours.
    static let answer = RPCError("Deadline exceeded")
}
