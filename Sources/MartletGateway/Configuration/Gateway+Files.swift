import Logging
import Routing

extension Gateway {
    /// Reads every file that a route file names, as a start would: certificates, keys of tokens, secrets of headers, and the
    /// admin token.
    ///
    /// - Parameter file: The configuration. Addresses that it names are not asked.
    /// - Returns: What is wrong with any of them; empty when a start would not fail for them.
    package static func fileErrors(_ file: RouteFile) async -> [Diagnostic] {
        var errors: [Diagnostic] = []
        do throws(RouteFileError) {
            _ = try GatewayTLS(file)
        } catch {
            errors += error.errors
        }
        do {
            _ = try await EnhancerResources(file, loops: 1)
        } catch {
            errors += (error as? RouteFileError)?.errors ?? []
        }
        do throws(RouteFileError) {
            let logger = Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() }
            _ = try GatewayTracing.made(file.gateway.tracing, after: nil, logger: logger)
        } catch {
            errors += error.errors
        }
        if let admin = file.gateway.admin, let token = admin.token {
            do throws(AdminTokenError) {
                _ = try AdminTokens(token)
            } catch {
                errors.append(Diagnostic(.error, admin.place, "\(error)"))
            }
        }
        return errors
    }
}
