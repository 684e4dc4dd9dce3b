import ArgumentParser
import Logging
import MartletGateway
import MicroservicesCore

/// `martlet emit`
struct Emit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Emit an event to a service.",
        discussion: """
            Exits with 0 once the event was handed to a live connection. Nothing ever comes back for an event over TCP.

            Examples:
              martlet emit tcp://127.0.0.1:3000 user_created '{"id":7}'
              martlet emit tcp://127.0.0.1:3000 '{"event":"order.paid"}' -d @order.json --timeout 500ms

            Exit codes: 0 handed over; 4 not sent, no connection; 64 wrong usage.
            """)

    @OptionGroup var message: MessageArguments

    @Option(help: "How long to wait for a connection, such as 500ms or 10s; none waits for ever.")
    var timeout: TimeoutOption = .standard

    @Flag(name: .shortAndLong, help: "Log what the connection does to standard error.")
    var verbose = false

    func run() async throws {
        let verbose = self.verbose
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: .text, level: verbose ? .debug : .critical) }
        let payload = try message.payloadValue()
        do {
            let client = try await message.connect(timeout: timeout.duration)
            try await client.emit(message.messagePattern, payload)
            await client.close()
        } catch {
            throw MessageExit.report(error)
        }
    }
}
