import ArgumentParser
import Logging
import MartletGateway
import Microservices
import NetworkIO

/// `martlet emit`
struct Emit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Emit an event to a service.",
        discussion: """
            Exits with 0 once the event was handed to a live connection. Nothing ever comes back for an event over TCP.

            Examples:
              martlet emit tcp://127.0.0.1:3000 user_created '{"id":7}'
              martlet emit tcp://127.0.0.1:3000 '{"event":"order.paid"}' -d @order.json

            Exit codes: 0 handed over; 4 not sent, no connection; 64 wrong usage.
            """)

    @OptionGroup var message: MessageArguments

    @Flag(name: .shortAndLong, help: "Log what the connection does to standard error.")
    var verbose = false

    func run() async throws {
        let verbose = self.verbose
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: .text, level: verbose ? .debug : .critical) }
        let payload = try message.payloadValue()
        var configuration = ClientConfiguration(
            host: message.service.address.host, port: message.service.address.port)
        configuration.allowSlowConnect()
        let client = ClientProxy(configuration)
        do {
            try await client.emit(message.messagePattern, payload)
        } catch {
            throw MessageExit.report(error)
        }
        await client.close()
    }
}
