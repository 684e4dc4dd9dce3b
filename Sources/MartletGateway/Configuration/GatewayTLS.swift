import Logging
import NetworkIO
import Routing

/// The certificates of a route file, read: for each listener what it shows, for each service whom it believes.
///
/// Files that change are read again (``reload(logger:)``); connections that are open keep what they began with, and
/// files that cannot be used change nothing.
///
/// World: structured concurrency; the boxes are read on event loops.
package final class GatewayTLS: Sendable {
    /// By listener, in the order of the route file; `nil` without TLS.
    let listeners: [TLSContextBox<TLSServerContext>?]
    /// By service, in the order of the route file; `nil` without TLS.
    let services: [TLSContextBox<TLSClientContext>?]
    /// The files as they were before they were read.
    let firstStamps: [FileStamp]
    private let tickets: TLSTicketKeys
    private let file: RouteFile

    /// Reads everything.
    ///
    /// - Parameters:
    ///   - file: The configuration.
    ///   - former: What was read for the one before. A service whose `tls:` is what it was keeps its box, so that its pool can be
    ///     kept; sessions survive for all listeners.
    /// - Throws: `RouteFileError` with the first file of each listener and service that cannot be used.
    package init(_ file: RouteFile, after former: GatewayTLS? = nil) throws(RouteFileError) {
        let tickets = former?.tickets ?? TLSTicketKeys()
        firstStamps = Self.files(file).map(FileStamp.init)
        var errors: [Diagnostic] = []
        func reporting<Context>(
            _ place: SourcePlace, _ make: () throws(TLSConfigurationError) -> Context
        ) -> TLSContextBox<Context>? {
            do throws(TLSConfigurationError) {
                return TLSContextBox(try make())
            } catch {
                errors.append(Diagnostic(.error, place, "\(error)"))
                return nil
            }
        }
        listeners = file.gateway.listen.map { listener in
            guard let tls = listener.tls else { return nil }
            return reporting(tls.place) { () throws(TLSConfigurationError) in
                try TLSServerContext(TLSServerSettings(tls, listener.protocols), tickets: tickets)
            }
        }
        services = file.services.map { service in
            guard let tls = service.tls else { return nil }
            if let box = former?.box(of: service.name, tls) { return box }
            return reporting(tls.place) { () throws(TLSConfigurationError) in
                try TLSClientContext(TLSClientSettings(tls))
            }
        }
        self.tickets = tickets
        self.file = file
        if !errors.isEmpty { throw RouteFileError(errors: errors, warnings: []) }
    }

    /// What a service of that name had, if it is what the service has now. Its files are looked at like all others.
    private func box(of service: String, _ tls: ServiceTLS) -> TLSContextBox<TLSClientContext>? {
        guard let index = file.services.firstIndex(where: { $0.name == service }),
            file.services[index].tls?.placeless == tls.placeless
        else { return nil }
        return services[index]
    }

    /// Every file that is looked at, with what tells one state of it from another.
    var stamps: [FileStamp] { Self.files(file).map(FileStamp.init) }

    private static func files(_ file: RouteFile) -> [String] {
        let listeners = file.gateway.listen.compactMap { listener in
            listener.tls.map { TLSServerSettings($0, listener.protocols).files }
        }
        return (listeners + file.services.compactMap { $0.tls.map { TLSClientSettings($0).files } }).flatMap { $0 }
    }

    /// Reads all files again; what is good is used for new connections, what is not is logged and changes nothing.
    func reload(logger: Logger) {
        for (listener, box) in zip(file.gateway.listen, listeners) {
            guard let box else { continue }
            do throws(TLSConfigurationError) {
                box.replace(with: try TLSServerContext(box.current.settings, tickets: tickets))
                logger.notice("certificates reloaded", metadata: ["address": "\(listener.address)"])
            } catch {
                logger.error(
                    "certificates not reloaded, the old ones stay",
                    metadata: ["address": "\(listener.address)", "reason": "\(error)"])
            }
        }
        for (service, box) in zip(file.services, services) {
            guard let box else { continue }
            do throws(TLSConfigurationError) {
                box.replace(with: try TLSClientContext(box.current.settings))
                logger.notice("certificates reloaded", metadata: ["service": "\(service.name)"])
            } catch {
                logger.error(
                    "certificates not reloaded, the old ones stay",
                    metadata: ["service": "\(service.name)", "reason": "\(error)"])
            }
        }
    }
}

extension TLSServerSettings {
    /// What the route file says of a listener.
    init(_ tls: ListenerTLS, _ protocols: Set<HTTPProtocol>) {
        self.init(identities: tls.certificates.map { TLSIdentitySource(certificateFile: $0.cert, keyFile: $0.key) })
        clientCA = tls.clientCA.map { [.file($0)] }
        clientCertificate = tls.requiresClientCertificate ? .required : .optional
        minVersion = tls.minVersion == .tls12 ? .tls12 : .tls13
        ciphers = tls.ciphers
        // The names of the IANA registry, the preferred first.
        self.protocols = protocols.contains(.h2) ? ["h2"] : []
        if protocols.contains(.http1) { self.protocols += ["http/1.1", "http/1.0"] }
    }
}

extension TLSClientSettings {
    /// What the route file says of a service.
    init(_ tls: ServiceTLS) {
        self.init()
        ca = tls.ca.map { [.file($0)] }
        identity = tls.certificate.map { TLSIdentitySource(certificateFile: $0.cert, keyFile: $0.key) }
        serverName = tls.serverName
        minVersion = tls.minVersion == .tls12 ? .tls12 : .tls13
        isInsecure = tls.isInsecure
    }
}
