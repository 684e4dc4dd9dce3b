import ArgumentParser
import MartletGateway

/// The command line.
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "An HTTP gateway for message-driven microservices (NestJS TCP transport).",
        discussion: """
            Try it:
              martlet demo                                  a demo service and a gateway, in one process
              curl -s --json '[1,2,3]' localhost:8080/math/sum

            Exit codes: 0 success; 1 something failed at run time; 2 a route file has errors; 64 wrong usage.
            """,
        version: "martlet \(version)",
        subcommands: [
            Serve.self, Demo.self, Check.self, Explain.self, Routes.self, Send.self, Emit.self, Top.self, Reload.self,
            Health.self,
        ])

    /// The version of this build.
    static let version = BuildInfo.version
}
