import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A listening TCP socket that this process did not open by listening: it was inherited, handed over, or bound before
/// privileges were dropped.
///
/// It owns its descriptor until somebody takes that out of ``ListeningSockets``.
package struct ListeningDescriptor: Sendable {
    /// Where it came from, which says what else may listen on its address.
    package enum Origin: Sendable, Hashable {
        /// The service manager keeps a copy and gives it to the next process.
        case activation(name: String?)
        /// Another gateway process, which goes away.
        case handOver
        /// This process, not listening yet.
        case bound
    }

    package let descriptor: CInt
    package let origin: Origin
    /// What the socket is bound to.
    package let address: SocketAddress

    /// Whether the service manager has it too.
    var isActivated: Bool {
        guard case .activation = origin else { return false }
        return true
    }

    /// `host:port` for messages.
    package var addressText: String {
        HostPort(host: address.ipAddress ?? "-", port: address.port ?? 0).description
    }

    /// Why a descriptor is no listening socket.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// Looks at a descriptor, and makes it close-on-exec.
    ///
    /// - Parameters:
    ///   - descriptor: Becomes this value's on success.
    ///   - origin: Where it came from.
    /// - Throws: ``Fault`` for anything but a TCP socket of IPv4 or IPv6 that listens (or, for ``Origin/bound``, is bound).
    package init(_ descriptor: CInt, origin: Origin) throws(Fault) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard let type = Self.option(descriptor, SO_TYPE) else {
            throw Fault(description: "descriptor \(descriptor) is no socket")
        }
        guard type == streamSocket else {
            throw Fault(
                description: "descriptor \(descriptor) is no TCP socket (ListenDatagram= instead of ListenStream=?)")
        }
        guard let address = Self.localAddress(descriptor) else {
            throw Fault(description: "descriptor \(descriptor) is a socket of neither IPv4 nor IPv6")
        }
        if origin != .bound, Self.option(descriptor, SO_ACCEPTCONN) != 1 {
            throw Fault(description: "descriptor \(descriptor) does not listen (Accept=yes instead of Accept=no?)")
        }
        self.descriptor = descriptor
        self.origin = origin
        self.address = address
    }

    /// What tells one socket from another, however many descriptors it has.
    package static func identity(_ descriptor: CInt) -> UInt64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    package func close() { systemClose(descriptor) }

    private static func option(_ descriptor: CInt, _ name: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private static func localAddress(_ descriptor: CInt) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            let raw = UnsafeMutableRawPointer(storage)
            guard getsockname(descriptor, raw.assumingMemoryBound(to: sockaddr.self), &size) == 0 else { return nil }
            switch CInt(storage.pointee.ss_family) {
            case CInt(AF_INET): return SocketAddress(raw.load(as: sockaddr_in.self))
            case CInt(AF_INET6): return SocketAddress(raw.load(as: sockaddr_in6.self))
            default: return nil
            }
        }
    }
}

#if canImport(Glibc)
    let streamSocket = CInt(SOCK_STREAM.rawValue)
#else
    let streamSocket = CInt(SOCK_STREAM)
#endif

// For types that have a method of the same name.
@discardableResult
func systemClose(_ descriptor: CInt) -> CInt { close(descriptor) }
