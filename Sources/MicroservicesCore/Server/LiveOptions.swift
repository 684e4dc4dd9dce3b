import Configuration
import Logging
import NetworkIO
import Synchronization

/// What the new connections of a running TCP server get: limits and certificates. Both can be replaced while it runs; open
/// connections keep theirs.
///
/// World: read once for each connection, on its event loop; replaced by a task of its own.
final class LiveOptions: Sendable {
    /// What new connections show; nil without TLS.
    let certificates: TLSContextBox<TLSServerContext>?
    private let currentLimits: Mutex<ServerLimits>
    /// What everything was made of. Held while options change, files being read meanwhile; no event loop waits for it.
    private let taken: Mutex<TCPServerOptions>
    private let tickets: TLSTicketKeys
    private let config: ConfigReader?
    /// Where the server was told to listen, for logs.
    private let address: String

    /// Reads certificates.
    ///
    /// - Throws: What is wrong with which file or text.
    init(_ options: TCPServerOptions) throws(TLSConfigurationError) {
        tickets = TLSTicketKeys()
        if let tls = options.tls {
            certificates = TLSContextBox(try TLSServerContext(tls.settings, tickets: tickets))
        } else {
            certificates = nil
        }
        currentLimits = Mutex(ServerLimits(options.limits))
        config = options.config
        address = HostPort(host: options.host, port: options.port).description
        taken = Mutex(options)
    }

    /// The limits of a connection that begins now.
    var limits: ServerLimits { currentLimits.withLock { $0 } }

    /// Follows configuration and files until the task is cancelled.
    func watch(logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            if let config {
                group.addTask {
                    // Only providers throw, and those that cannot be watched any more.
                    do {
                        try await config.watchSnapshot { updates in
                            for await values in updates { self.take(values, logger) }
                        }
                    } catch is CancellationError {
                    } catch {
                        logger.error("options are not watched any more", metadata: ["reason": "\(error)"])
                    }
                }
            }
            if let certificates {
                group.addTask {
                    await FileStamp.watch {
                        certificates.current.settings.files.map(FileStamp.init)
                    } changed: {
                        self.reloadCertificates(certificates, logger)
                    }
                }
            }
        }
    }

    /// Takes up what a configuration says now.
    private func take(_ values: ConfigSnapshotReader, _ logger: Logger) {
        do {
            var options = OptionReader(values)
            let new = TCPServerOptions(&options)
            try options.finish()
            let changed = try taken.withLock { old in try replace(&old, by: new) }
            guard !changed.isEmpty else { return }
            logger.notice(
                "options reloaded, for new connections",
                metadata: ["address": "\(address)", "changed": "\(changed.joined(separator: ", "))"])
        } catch {
            logger.error(
                "options not reloaded, the old ones stay", metadata: ["address": "\(address)", "reason": "\(error)"])
        }
    }

    /// - Returns: What has changed.
    private func replace(_ old: inout TCPServerOptions, by new: TCPServerOptions) throws -> [String] {
        guard (old.host, old.port) == (new.host, new.port) else {
            throw MicroserviceError(
                .badConfiguration,
                "host and port are taken at the start only: restart the service to move it from"
                    + " \(HostPort(host: old.host, port: old.port)) to \(HostPort(host: new.host, port: new.port))")
        }
        var changed: [String] = []
        if old.tls != new.tls {
            guard let tls = new.tls, let certificates else {
                throw MicroserviceError(
                    .badConfiguration,
                    "TLS is switched on and off at the start only: restart the service")
            }
            certificates.replace(with: try TLSServerContext(tls.settings, tickets: tickets))
            changed.append("tls")
        }
        if old.limits != new.limits {
            currentLimits.withLock { $0 = ServerLimits(new.limits) }
            changed.append("limits")
        }
        old.tls = new.tls
        old.limits = new.limits
        return changed
    }

    private func reloadCertificates(_ certificates: TLSContextBox<TLSServerContext>, _ logger: Logger) {
        do throws(TLSConfigurationError) {
            try taken.withLock { _ throws(TLSConfigurationError) in
                certificates.replace(with: try TLSServerContext(certificates.current.settings, tickets: tickets))
            }
            logger.notice("certificates reloaded, for new connections", metadata: ["address": "\(address)"])
        } catch {
            logger.error(
                "certificates not reloaded, the old ones stay",
                metadata: ["address": "\(address)", "reason": "\(error)"])
        }
    }

    /// Whether there is anything to follow.
    var canChange: Bool { config != nil || certificates.map { !$0.current.settings.files.isEmpty } ?? false }
}
