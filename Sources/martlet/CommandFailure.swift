import ArgumentParser
import MartletGateway
import MicroservicesCore
import NetworkIO
import Routing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Failures of commands: what is printed, and the exit code.
enum CommandFailure {
    /// Loads route files; on errors prints all of them to standard error and ends the process with 2.
    ///
    /// - Parameters:
    ///   - path: A file or a folder.
    ///   - variables: Go before the environment's.
    /// - Returns: The configuration.
    /// - Throws: The exit code.
    static func loadRoutes(_ path: String, variables: [String: String] = [:]) throws -> RouteFile {
        try loading { () throws(RouteFileError) in try RouteFile.load(diskPath: path, variables: variables) }
    }

    /// Makes a gateway for route files that are read again when they change; errors end the process with 2.
    ///
    /// - Parameters:
    ///   - path: A file or a folder.
    ///   - variables: Go before the environment's.
    ///   - configuration: The gateway's.
    /// - Returns: The gateway, not started.
    /// - Throws: The exit code.
    static func makeGateway(
        _ path: String, variables: [String: String] = [:], _ configuration: GatewayConfiguration
    ) throws -> Gateway {
        let reader = RouteFileReader(path: path, variables: variables)
        let gateway = try refusing { () throws(RouteFileError) in
            try Gateway(reader: reader, configuration: configuration)
        }
        for warning in gateway.file.warnings { printError("\(warning)") }
        return gateway
    }

    /// Reads the certificates and keys that a route file names, as a start would; errors end the process with 2.
    static func checkFiles(_ file: RouteFile) async throws {
        let errors = await Gateway.fileErrors(file)
        guard !errors.isEmpty else { return }
        for diagnostic in errors { printError("\(diagnostic)") }
        throw ExitCode(2)
    }

    /// Loads the text of a route file that is part of this program.
    static func loadBuiltInRoutes(_ text: String, name: String, variables: [String: String]) throws -> RouteFile {
        try loading { () throws(RouteFileError) in try RouteFile.load(text: text, name: name, variables: variables) }
    }

    private static func loading(_ load: () throws(RouteFileError) -> RouteFile) throws -> RouteFile {
        let file = try refusing(load)
        for warning in file.warnings { printError("\(warning)") }
        return file
    }

    private static func refusing<Loaded>(_ load: () throws(RouteFileError) -> Loaded) throws -> Loaded {
        do throws(RouteFileError) {
            return try load()
        } catch {
            for diagnostic in error.errors + error.warnings { printError("\(diagnostic)") }
            throw ExitCode(2)
        }
    }

    /// Turns failures to start into one line and exit code 1.
    static func reportingStart(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as NetworkIOError {
            printError("martlet: \(error)")
            throw ExitCode(1)
        } catch let error as RouteFileError {
            for diagnostic in error.errors { printError("\(diagnostic)") }
            throw ExitCode(2)
        } catch let error as StrandedClients {
            // Another start will not help.
            printError("martlet: \(error)")
            throw ExitCode(2)
        } catch let error as MicroserviceError {
            printError("martlet: \(error)")
            throw ExitCode(1)
        } catch let error as any Error & CustomStringConvertible
            where error is HandOverError || error is SocketActivation.Fault || error is ProcessError
        {
            printError("martlet: \(error)")
            throw ExitCode(1)
        }
    }

    static func printError(_ line: String) {
        LogWriter.standardError.write(line: line)
        LogWriter.standardError.flush()
    }
}
