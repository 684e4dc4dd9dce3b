import CProcess
import Logging
import NIOCore
import NetworkIO
import Routing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `martlet serve` does before its first event loop: listening sockets from outside, then privileges.
///
/// In this order, so that ports below 1024 are bound and another user's sockets are ours before the rights for that are gone, and no
/// byte of a client is read with them.
struct ProcessPreparation {
    let options: ProcessOptions
    let sockets: ListeningSockets
    /// Event loops, each of which gets a socket of its own.
    let loops: Int
    /// What the configuration was read from, and is read from again.
    let files: [String]
    let logger: Logger

    /// - Parameter addresses: What the route file listens on.
    /// - Returns: The other process whose sockets were taken over; it serves on until it hears that we accept.
    /// - Throws: What makes the start impossible.
    func run(listeningOn addresses: [EndpointAddress]) throws -> HandOverClient? {
        signal(SIGPIPE, SIG_IGN)
        let user = try options.user.map { try Privileges($0) }
        sockets.add(try SocketActivation.take())
        let client = try takeOver(user)
        if let user {
            if geteuid() == 0 { try bind(addresses) }
            try user.drop()
            try checkReload(as: user)
        } else if geteuid() == 0 {
            logger.warning("running as root: whoever takes this process over has the machine; see --user")
        }
        harden()
        return client
    }

    private func takeOver(_ user: Privileges?) throws(HandOverError) -> HandOverClient? {
        guard let path = options.handover else { return nil }
        let users = Set([0, geteuid()] + [user?.user].compactMap { $0 })
        return try HandOverClient.take(from: path, users: users) { peer, passed in
            sockets.add(passed)
            logger.notice(
                "taking the listening sockets over",
                metadata: ["pid": "\(peer.process)", "sockets": "\(passed.count)"])
        }
    }

    /// A file that only root can read would be read this once.
    private func checkReload(as user: Privileges) throws(ProcessError) {
        for path in files where access(path, R_OK) != 0 && errno == EACCES {
            throw ProcessError(
                "--user \(user.name): this user cannot read \(path), so the configuration could not be read again; "
                    + "give it the right, for example by a group")
        }
    }

    private func bind(_ addresses: [EndpointAddress]) throws(NetworkIOError) {
        for address in addresses {
            let resolved = try? SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
            if let resolved, sockets.has(resolved) { continue }
            sockets.add(try BoundSockets.bind(HostPort(host: address.host, port: address.port), count: loops))
        }
    }

    private func harden() {
        if martlet_has_no_new_privileges() != 1 { logger.warning("PR_SET_NO_NEW_PRIVS is not possible here") }
        // Changing the user has done this already, but not everybody is changed.
        if !options.coreDumps, martlet_set_dumpable(0) != 0 { logger.warning("PR_SET_DUMPABLE is not possible here") }
        if options.coreDumps { _ = martlet_set_dumpable(1) }
    }
}
