import ArgumentParser
import Logging
import MessageWire
import Microservices

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `send` and `emit` have in common: where to, which pattern, what payload.
struct MessageArguments: ParsableArguments {
    @Argument(help: "The service: tcp://HOST:PORT.")
    var service: ServiceAddress

    @Argument(help: "The pattern: JSON such as '{\"cmd\":\"sum\"}' or 42, anything else is a string pattern.")
    var pattern: String

    @Argument(help: "The payload as JSON; {} unless given.")
    var payload: String?

    @Option(name: .shortAndLong, help: "The payload as JSON; @FILE reads a file, @- standard input.")
    var data: String?

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
        var text = payload ?? data ?? "{}"
        if let data, data.hasPrefix("@") {
            let path = String(data.dropFirst())
            do {
                text = path == "-" ? try Self.readStandardInput() : try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw ValidationError("cannot read the payload from \(path == "-" ? "standard input" : path): \(error)")
            }
        }
        do {
            return try JSONValue.parse(text)
        } catch {
            throw ValidationError("the payload is not JSON: \(error)\n  \(text)")
        }
    }

    private static func readStandardInput() throws -> String {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return text
    }
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
        case let failure as UpstreamFailure:
            CommandFailure.printError("martlet: \(failure)")
            if failure.wasNeverSent { return unavailable }
            return failure == .timedOut ? timedOut : lost
        case let error as ClientError:
            CommandFailure.printError("martlet: \(error)")
            return ExitCode(64)
        default:
            return error
        }
    }
}
