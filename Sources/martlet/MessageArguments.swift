import ArgumentParser
import MartletGateway
import MessageWire
import MicroservicesCore
import NetworkIO
import Routing

/// What `send` and `emit` have in common: where to, which pattern, what payload.
struct MessageArguments: ParsableArguments {
    @Argument(help: "The service: tcp://HOST:PORT, or tls://HOST:PORT.")
    var service: ServiceAddress

    @Argument(help: "The pattern: JSON such as '{\"cmd\":\"sum\"}' or 42, anything else is a string pattern.")
    var pattern: String

    @Argument(help: "The payload as JSON; {} unless given.")
    var payload: String?

    @Option(name: .shortAndLong, help: "The payload as JSON; @FILE reads a file, @- standard input.")
    var data: String?

    @OptionGroup(title: "TLS") var tls: TLSArguments

    func validate() throws {
        if payload != nil && data != nil {
            throw ValidationError("give the payload as an argument or with -d, not both")
        }
    }

    /// The pattern as a Nest client would have it: JSON objects, arrays and numbers are what they are, else it is text.
    var messagePattern: MessagePattern {
        guard let value = try? JSONValue.parse(pattern) else { return MessagePattern(.string(pattern)) }
        switch value {
        case .object, .array, .number: return MessagePattern(value)
        case .string(let text): return MessagePattern(.string(text))
        case .bool, .null: return MessagePattern(.string(pattern))
        }
    }

    func payloadValue() throws -> JSONValue {
        let text = try payload ?? data.map(Self.text) ?? "{}"
        do {
            return try JSONValue.parse(text)
        } catch {
            throw ValidationError("the payload is not JSON: \(error)\n  \(text)")
        }
    }

    /// What `-d` says: the text itself, of a file (`@FILE`) or standard input (`@-`).
    static func text(_ data: String) throws -> String {
        guard data.hasPrefix("@") else { return data }
        let path = String(data.dropFirst())
        return path == "-" ? readStandardInput() : try read(path)
    }

    private static func read(_ path: String) throws -> String {
        let bytes: [UInt8]
        do throws(FileSourceError) {
            bytes = try DiskFileSource(maxBytes: .max).read(path)
        } catch {
            throw ValidationError("cannot read \(path): \(error.reason)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValidationError("cannot read \(path): it is not UTF-8")
        }
        return text
    }

    private static func readStandardInput() -> String {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return text
    }

    /// A client proxy of the service with an open connection.
    ///
    /// - Parameter timeout: For the connection and for each value of an answer; `nil` waits for ever.
    /// - Returns: The client proxy.
    /// - Throws: ``NoConnection`` with the cause, which a message that waits for a connection would not tell.
    func connect(timeout: Duration?) async throws -> ClientProxy {
        let address = service.address
        var configuration = ClientConfiguration(host: address.host, port: address.port, timeout: timeout)
        // The system itself gives up long before.
        configuration.allowSlowConnect(timeout ?? .seconds(3600))
        configuration = try tls.apply(to: configuration, service)
        let client = ClientProxy(configuration)
        do {
            try await client.connect()
        } catch {
            throw NoConnection(address: address, cause: error)
        }
        return client
    }
}

/// `500ms`, `2s`, `1m` or `none`.
struct TimeoutOption: ExpressibleByArgument, Sendable {
    var duration: Duration?

    static let standard = TimeoutOption(duration: .seconds(5))

    init(duration: Duration?) { self.duration = duration }

    init?(argument: String) {
        if argument == "none" {
            duration = nil
            return
        }
        let digits = argument.prefix { $0.isNumber }
        guard let number = Int64(digits), number > 0 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        default: return nil
        }
    }

    var defaultValueDescription: String { duration.map { "\($0.components.seconds)s" } ?? "none" }
}

/// Exit codes by outcome.
enum MessageExit {
    /// The service answered with an error.
    static let serviceError = ExitCode(3)
    /// Never sent: no connection.
    static let unavailable = ExitCode(4)
    /// No answer in time.
    static let timedOut = ExitCode(5)
    /// Sent, and the connection was lost or broke.
    static let lost = ExitCode(6)

    static func report(_ error: any Error) -> any Error {
        switch error {
        case let error as RPCError:
            CommandFailure.printError(error.description)
            return serviceError
        case let failure as NoConnection:
            CommandFailure.printError("martlet: \(failure)")
            return unavailable
        case let failure as UpstreamFailure:
            CommandFailure.printError("martlet: \(failure)")
            if failure.wasNeverSent { return unavailable }
            return failure == .timedOut ? timedOut : lost
        case let error as MicroserviceError:
            CommandFailure.printError("martlet: \(error)")
            return ExitCode(64)
        case let error as ClientError:
            CommandFailure.printError("martlet: \(error)")
            return ExitCode(64)
        default:
            return error
        }
    }
}
