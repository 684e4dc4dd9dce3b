import MicroservicesCore
import NetworkIO
import Routing

/// What `martlet demo` prints once both halves are up: where they really listen, and commands that work there.
struct DemoBanner {
    /// A command to try, and the route that it needs.
    private struct Example {
        let method: String
        let path: String
        /// Behind `curl`, with the gateway in place of `@`.
        let arguments: String
        let comment: String
    }

    private static let examples = [
        Example(method: "POST", path: "/math/sum", arguments: "-s --json '[1,2,3]' @/math/sum", comment: "6"),
        Example(
            method: "GET", path: "/math/sum", arguments: "-s '@/math/sum?values=1&values=2'",
            comment: "3, from the query"),
        Example(method: "POST", path: "/echo", arguments: "-s --json '{\"text\":\"안녕 😀\"}' @/echo", comment: ""),
        Example(
            method: "GET", path: "/stream/:count", arguments: "-sN -H 'accept: text/event-stream' @/stream/5",
            comment: "several answers"),
        Example(
            method: "POST", path: "/events/user-created", arguments: "-si --json '{\"id\":7}' @/events/user-created",
            comment: "202, an event"),
        Example(method: "GET", path: "/fail", arguments: "-si @/fail", comment: "an error of the service"),
    ]

    let file: RouteFile
    /// The route file's name.
    let name: String
    let service: NetworkAddress

    /// The text.
    ///
    /// - Parameter addresses: Where the gateway listens, in the order of the route file's listeners.
    /// - Returns: Some lines.
    func text(addresses: [String]) -> String {
        let listeners = zip(file.gateway.listen, addresses).map(DemoListener.init)
        let best = listeners.first { !$0.isTLS && $0.speaksHTTP1 } ?? listeners.first
        var commands: [(text: String, comment: String)] = []
        if let best {
            commands = Self.examples.filter(works).map { ("\(best.curl) \(best.filled($0.arguments))", $0.comment) }
        }
        commands.append(("martlet send tcp://\(service) '{\"cmd\":\"sum\"}' '[1,2,3]'", "without HTTP"))
        let urls = listeners.map(\.url).joined(separator: ", ")
        let isUsed = file.services.contains { $0.leads(to: service) }
        let note = isUsed ? "" : " (which no service of \(name) leads to)"
        return """
            Demo service on \(service)\(note), gateway on \(urls). Try, in another terminal:

            \(Self.layout(commands))

            Ctrl-C stops both.
            """
    }

    /// Whether the route file has the route that an example needs.
    private func works(_ example: Example) -> Bool {
        zip(file.routes, file.rows).contains { route, row in
            row.path == example.path && row.methods.contains(example.method) && row.host == nil
                && file.services[route.service].leads(to: service)
        }
    }

    private static func layout(_ commands: [(text: String, comment: String)]) -> String {
        let width = commands.map(\.text.displayWidth).max() ?? 0
        return commands.map { command in
            guard !command.comment.isEmpty else { return "  " + command.text }
            return "  " + command.text.padded(to: width) + "   # " + command.comment
        }.joined(separator: "\n")
    }
}

/// One address of the gateway as curl needs it.
private struct DemoListener {
    let isTLS: Bool
    let speaksHTTP1: Bool
    private let address: String

    init(_ settings: ListenerSettings, _ address: String) {
        isTLS = settings.tls != nil
        speaksHTTP1 = settings.protocols.contains(.http1)
        self.address = address
    }

    var url: String { (isTLS ? "https://" : "http://") + address }

    var curl: String {
        if isTLS { return "curl -k" }
        return speaksHTTP1 ? "curl" : "curl --http2-prior-knowledge"
    }

    func filled(_ arguments: String) -> String {
        arguments.replacing("@/", with: (isTLS ? "https://" : "") + host + "/")
    }

    /// Where this machine reaches it.
    private var host: String {
        guard let parts = try? HostPort(address), ["127.0.0.1", "0.0.0.0", "::"].contains(parts.host) else {
            return address
        }
        return "localhost:\(parts.port)"
    }
}
