import NIOCore
import NIOPosix
import NetworkIO

/// Why a client proxy, or the registry that it comes from, could not do what it was told; no message was sent.
///
/// What becomes of a message that was accepted is told by ``UpstreamFailure`` (no answer) and `RPCError` (an error as the answer).
public struct ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong; new codes may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable { case invalidMessage, cannotConnect, notConnected, unknownClient }
        private let kind: Kind

        /// The payload is null or absent: NestJS's `InvalidMessageException`. The caller's fault: trying again does not help.
        public static let invalidMessage = Code(kind: .invalidMessage)
        /// ``ClientProxy/connect()``, or a message (as ``UpstreamFailure/cannotConnect(_:)``), has reached no endpoint;
        /// ``ClientError/cause`` is the error of the last attempt. The service's fault: trying again is safe, and may help later.
        public static let cannotConnect = Code(kind: .cannotConnect)
        /// ``ClientProxy/unwrap()`` was called while no connection is open. The caller's fault.
        public static let notConnected = Code(kind: .notConnected)
        /// A ``ClientRegistry`` knows no client of this token. The caller's fault.
        public static let unknownClient = Code(kind: .unknownClient)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// A sentence for whoever has to do something about it.
    public let message: String
    /// The error behind it, if any.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same call may succeed later, with nothing changed on this side. Nothing was sent, so trying again is safe.
    public var isTemporary: Bool { code == .cannotConnect }

    /// A payload that is null or absent.
    public static let invalidMessage = ClientError(
        .invalidMessage,
        "the payload is null or absent, which NestJS's clients refuse to send as well: send an empty object instead")

    /// The message.
    public var description: String { message }

    /// Whether both say the same, whatever caused it.
    public static func == (one: ClientError, other: ClientError) -> Bool {
        one.code == other.code && one.message == other.message
    }
}

extension ClientError {
    /// No endpoint was reached.
    ///
    /// - Parameters:
    ///   - addresses: The endpoints.
    ///   - cause: The error of the last attempt.
    /// - Returns: The error.
    static func cannotConnect(to addresses: String, cause: any Error) -> ClientError {
        ClientError(.cannotConnect, "cannot connect to \(addresses): \(reason(cause))", cause: cause)
    }

    /// What an attempt's error says, in the system's words.
    static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return error.reasonText }
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return reason(first.error) }
            if let resolution = error.dnsAError ?? error.dnsAAAAError { return "\(resolution)" }
        }
        if let error = error as? ChannelError, case .connectTimeout = error { return "no connection in time" }
        return "\(error)"
    }
}
