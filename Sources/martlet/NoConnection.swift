import MicroservicesCore
import NIOCore
import NIOPosix
import NetworkIO

/// Why `send` and `emit` could not connect.
struct NoConnection: Error, CustomStringConvertible {
    let address: HostPort
    let cause: any Error

    var description: String {
        "cannot connect to \(address): \(Self.reason(cause)); the message was never sent"
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: error.reasonText.lowercased()
        case let error as NIOConnectionError: reason(error)
        case let error as ClientError: error.cause.map(reason) ?? error.message
        case ChannelError.connectTimeout: "no connection in time"
        case let error as SocketAddressError.UnknownHost:
            "the name cannot be resolved (\(error.errorDescription.lowercased()))"
        default: "\(error)"
        }
    }

    /// A name can have several addresses, or none.
    private static func reason(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first { return reason(first.error) }
        return (error.dnsAError ?? error.dnsAAAAError).map(reason) ?? "the name has no address"
    }
}
