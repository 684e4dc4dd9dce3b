import ArgumentParser

/// `martlet health`
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running gateway whether it is well.",
        discussion: """
            Asks the admin listener (gateway.admin in the route file) for /readyz, or with --live for /livez, prints what it says
            and exits with 0 when it is well, with 1 when it is not or cannot be asked. For HEALTHCHECK of containers, and probes
            without curl.

            Examples:
              martlet health
              martlet health --live --admin 127.0.0.1:9901
            """)

    @Option(help: "The address of the admin listener.")
    var admin = AdminAddress(host: "127.0.0.1", port: 9901)

    @Flag(help: "Ask /livez: whether the process runs and answers, not whether it should get requests.")
    var live = false

    @Option(help: "Seconds to wait for the connection, and again for the answer.")
    var timeout = 2

    func validate() throws {
        if !(1...60).contains(timeout) { throw ValidationError("--timeout must be between 1 and 60 seconds") }
    }

    func run() throws {
        let path = live ? "/livez" : "/readyz"
        do throws(HealthFailure) {
            let answer = try HealthRequest(address: admin.address, path: path, timeout: timeout).answer()
            let text = answer.body.isEmpty ? "\(answer.status)" : answer.body
            guard answer.isWell else { throw HealthFailure("\(path) is \(answer.status): \(text)") }
            print(text)
        } catch {
            CommandFailure.printError("martlet: \(error.reason)")
            throw ExitCode(1)
        }
    }
}

/// Why the gateway could not be asked, or what it answered.
struct HealthFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
