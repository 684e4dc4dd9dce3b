import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Binds addresses ahead of listening: while the process still has the privilege for their ports.
package enum BoundSockets {
    /// Binds a socket for each event loop. Nobody can connect before a ``Listener`` takes them.
    ///
    /// - Parameters:
    ///   - address: Where; a port that the system chooses needs no privilege and is left to the listener.
    ///   - count: How many event loops there will be.
    /// - Returns: The sockets; none for port 0.
    /// - Throws: ``NetworkIOError``.
    package static func bind(_ address: HostPort, count: Int) throws(NetworkIOError) -> [ListeningDescriptor] {
        guard address.port != 0 else { return [] }
        try Listener.checkIsFree(address)
        var sockets: [ListeningDescriptor] = []
        do {
            let resolved = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
            for _ in 0..<count { sockets.append(try bindOne(resolved, isShared: count > 1)) }
            return sockets
        } catch {
            for socket in sockets { socket.close() }
            throw Listener.listenError(error, address)
        }
    }

    private static func bindOne(_ address: SocketAddress, isShared: Bool) throws -> ListeningDescriptor {
        let descriptor = socket(address.protocol.rawValue, streamSocket, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        do {
            try set(descriptor, SO_REUSEADDR)
            if isShared { try set(descriptor, SO_REUSEPORT) }
            try address.withSockAddr { name, size in
                guard systemBind(descriptor, name, socklen_t(size)) == 0 else {
                    throw IOError(errnoCode: errno, reason: "bind")
                }
            }
            return try ListeningDescriptor(descriptor, origin: .bound)
        } catch {
            systemClose(descriptor)
            throw error
        }
    }

    private static func set(_ descriptor: CInt, _ option: CInt) throws {
        var isOn: CInt = 1
        guard setsockopt(descriptor, SOL_SOCKET, option, &isOn, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
    }
}

// For types that have a method of the same name.
func systemBind(_ descriptor: CInt, _ name: UnsafePointer<sockaddr>, _ size: socklen_t) -> CInt {
    bind(descriptor, name, size)
}

func systemListen(_ descriptor: CInt, _ backlog: CInt) -> CInt { listen(descriptor, backlog) }
