import Logging
import MessageWire
import MicroservicesCore

/// What `martlet demo` puts behind the gateway: a small service, written as anybody would write one.
enum DemoService {
    /// A person to greet.
    struct Person: Codable, Sendable {
        var name: String
    }

    /// How long to wait, in milliseconds.
    struct Pause: Codable, Sendable {
        var ms: Int
    }

    /// Which way to fail; any other kind, or none, is a conflict.
    struct Failure: Codable, Sendable {
        var kind: String?
    }

    /// Where to count down from.
    struct Countdown: Codable, Sendable {
        var from: Int
    }

    /// An error that the caller is not meant to see.
    struct DatabaseIsDown: Error {}

    /// Makes the service; the caller runs it.
    static func make(transport: ServerTransport = .tcp(), logger: Logger = Logger(label: "demo")) -> Microservice {
        let service = Microservice(transport: transport, eventLoopCount: 1, logger: logger)

        // curl -d '[1,2,3]' .../sum  ->  6
        service.onMessage(["cmd": "sum"]) { (numbers: [Double], _) in
            numbers.reduce(0, +)
        }

        // Whatever comes, unchanged: JSONValue keeps every digit.
        service.onMessage(["cmd": "echo"]) { (data: JSONValue, _) in data }

        service.onMessage(["cmd": "hello"]) { (person: Person, _) in
            "Hello, \(person.name)!"
        }

        service.onMessage(["cmd": "slow"]) { (pause: Pause, _) in
            try await Task.sleep(for: .milliseconds(min(max(pause.ms, 0), 60_000)))
            return ["slept": pause.ms]
        }

        // Several answers to one message: each number is sent when it is reached.
        service.onMessage(["cmd": "countdown"]) { (countdown: Countdown, _) in
            AsyncStream { continuation in
                for number in stride(from: min(countdown.from, 1000), through: 0, by: -1) { continuation.yield(number) }
                continuation.finish()
            }
        }

        service.onMessage(["cmd": "fail"]) { (failure: Failure?, _) in
            switch failure?.kind {
            case "unknown":
                throw DatabaseIsDown()
            case "string":
                throw RPCError("Something went wrong")
            case "code":
                throw RPCError(["code": "NOT_FOUND", "message": "No such order"])
            case "validation":
                throw RPCError(
                    statusCode: 400, message: ["name must be a string", "age must be a number"], error: "Bad Request")
            default:
                throw RPCError(["statusCode": 409, "message": "Order already shipped", "error": "Conflict"])
            }
        }

        service.onMessage(["cmd": "big"]) { (_: JSONValue?, _) in
            String(repeating: "0123456789abcdef", count: 4096)
        }

        // Nothing is ever answered to an event.
        service.onEvent("user_created") { (user: JSONValue, context) in
            logger.info("user created", metadata: ["user": "\(user.serialized())", "pattern": "\(context.pattern)"])
        }

        return service
    }
}
