import ArgumentParser
import Logging
import MartletGateway
import Microservices
import NetworkIO

/// `martlet send`
struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a message to a service and print its answer, one line for each value.",
        discussion: """
            Examples:
              martlet send tcp://127.0.0.1:3000 '{"cmd":"sum"}' '[1,2,3]'
              martlet send tcp://127.0.0.1:3000 '{"cmd":"echo"}' -d @order.json --timeout 2s
              echo '{"from":3}' | martlet send tcp://127.0.0.1:3000 '{"cmd":"countdown"}' -d @-

            Exit codes: 0 answered; 3 the service answered with an error (printed to standard error); 4 not sent, no
            connection; 5 no answer in time; 6 connection lost before the answer; 64 wrong usage.
            """)

    @OptionGroup var message: MessageArguments

    @Option(
        help: "How long to wait for the first and for each further value, such as 500ms or 10s; none waits for ever.")
    var timeout: TimeoutOption = TimeoutOption(duration: .seconds(5))

    @Flag(name: .shortAndLong, help: "Log what the connection does to standard error.")
    var verbose = false

    func run() async throws {
        let verbose = self.verbose
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: .text, level: verbose ? .debug : .critical) }
        let payload = try message.payloadValue()
        var configuration = ClientConfiguration(
            host: message.service.address.host, port: message.service.address.port, timeout: timeout.duration)
        configuration.allowSlowConnect()
        let client = ClientProxy(configuration)
        do {
            for try await value in client.send(message.messagePattern, payload) {
                LogWriter.standardOutput.write(line: value.serialized())
            }
        } catch {
            LogWriter.standardOutput.flush()
            throw MessageExit.report(error)
        }
        LogWriter.standardOutput.flush()
        await client.close()
    }
}

/// `500ms`, `2s`, `1m` or `none`.
struct TimeoutOption: ExpressibleByArgument, Sendable {
    var duration: Duration?

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
