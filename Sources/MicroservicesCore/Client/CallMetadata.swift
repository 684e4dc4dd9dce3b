import FoundationEssentials
import MessageWire
import NIOCore

/// What stands beside the payload of a call.
struct CallMetadata: Sendable {
    /// The member that says until when the caller waits: milliseconds since 1970.
    static let deadline = "deadline"

    /// By the caller.
    var members: [String: String]
    /// Whether the deadline is to be added, when there is one.
    var hasDeadline: Bool

    /// The JSON text for the packet, names in order; nil when there is nothing to say.
    ///
    /// - Parameter timeout: Nanoseconds from now that the caller waits; `Int64.max` for ever.
    /// - Returns: The text and its length.
    func encoded(timeout: Int64) -> EncodedPayload? {
        var members = self.members
        if hasDeadline, timeout != .max, members[Self.deadline] == nil {
            members[Self.deadline] = Self.text(Date(timeIntervalSinceNow: Double(timeout) / 1e9))
        }
        guard !members.isEmpty else { return nil }
        var writer = JSONWriter(buffer: ByteBuffer())
        var separator: StaticString = "{"
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            writer.ascii(separator)
            writer.string(name)
            writer.ascii(":")
            writer.string(value)
            separator = ","
        }
        writer.ascii("}")
        return EncodedPayload(bytes: writer.buffer, utf16Count: writer.utf16Count)
    }

    /// A deadline as it travels.
    static func text(_ deadline: Date) -> String {
        String(Int64((deadline.timeIntervalSince1970 * 1000).rounded()))
    }

    /// A deadline that has travelled; nil for what is none.
    static func date(_ text: String) -> Date? {
        Int64(text).map { Date(timeIntervalSince1970: Double($0) / 1000) }
    }
}
