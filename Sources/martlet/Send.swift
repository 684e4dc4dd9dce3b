import ArgumentParser
import Logging
import MartletGateway
import MicroservicesCore

/// `martlet send`
struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a message to a service and print its answer, one line for each value.",
        discussion: """
            Examples:
              martlet send tcp://127.0.0.1:3000 '{"cmd":"sum"}' '[1,2,3]'
              martlet send tcp://127.0.0.1:3000 '{"cmd":"echo"}' -d @order.json --timeout 2s
              martlet send tls://orders.internal:3000 --cacert ca.pem '{"cmd":"get"}' '{"id":7}'
              echo '{"from":3}' | martlet send tcp://127.0.0.1:3000 '{"cmd":"countdown"}' -d @-

            Exit codes: 0 answered; 3 the service answered with an error (printed to standard error); 4 not sent, no
            connection; 5 no answer in time; 6 connection lost before the answer; 64 wrong usage.
            """)

    @OptionGroup var message: MessageArguments

    @Option(
        help: "How long to wait for a connection and for each value, such as 500ms or 10s; none waits for ever.")
    var timeout: TimeoutOption = .standard

    @Flag(name: .shortAndLong, help: "Log what the connection does to standard error.")
    var verbose = false

    func run() async throws {
        let verbose = self.verbose
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: .text, level: verbose ? .debug : .critical) }
        let payload = try message.payloadValue()
        do {
            let client = try await message.connect(timeout: timeout.duration)
            for try await value in client.send(message.messagePattern, payload) {
                LogWriter.standardOutput.write(line: value.serialized())
            }
            LogWriter.standardOutput.flush()
            await client.close()
        } catch {
            LogWriter.standardOutput.flush()
            throw MessageExit.report(error)
        }
    }
}
