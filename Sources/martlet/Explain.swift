import ArgumentParser
import MartletGateway
import Routing

/// `martlet explain`
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what would become of a request, without sending anything.",
        discussion: """
            Prints the route that a request meets and why, what stands around its call with the line that each entry comes from, and the exact message that
            would go to the service, or the refusal. Nothing is started and nobody is asked.

            Examples:
              martlet explain GET '/users/7?lang=en' --routes shop.yaml
              martlet explain POST https://api.example.com/users -d '{"name":"Ada"}' -H 'x-api-key: secret' --routes shop.yaml

            Exit codes: 0 a message would be sent; 1 the request would be refused; 2 the route file has errors.
            """)

    @Argument(help: "The method.")
    var method: String

    @Argument(help: "The URL, or path and query alone.")
    var url: String

    @Option(name: .shortAndLong, help: "The route file, or a folder of route files.")
    var routes: String

    @Option(name: [.customShort("H"), .long], help: "A header, 'Name: value'; more than once.")
    var header: [String] = []

    @Option(
        name: .shortAndLong,
        help: "The body; @FILE reads a file, @- standard input. It is JSON unless a content-type header says otherwise."
    )
    var data: String?

    @Option(help: "The address that the request comes from.")
    var from = "127.0.0.1"

    func run() async throws {
        let file = try CommandFailure.loadRoutes(routes)
        let (host, target) = try hostAndTarget()
        var headers = try header.map(field)
        let body = try data.map(MessageArguments.text)
        if body != nil, !headers.contains(where: { $0.0 == "content-type" }) {
            headers.append(("content-type", "application/json"))
        }
        let authority = headers.last { $0.0 == "host" }?.1 ?? host
        let explanation = try await Explanation(
            method: method, target: target, host: authority, headers: headers, body: body, peer: from, file: file)
        for line in Routes.layout(Self.rows(explanation, file)) { print(line) }
        if explanation.frame == nil { throw ExitCode(1) }
    }

    // MARK: What is asked

    private func hostAndTarget() throws -> (host: String, target: String) {
        if url.hasPrefix("/") { return ("localhost", withoutFragment(url)) }
        for scheme in ["http://", "https://"] where url.lowercased().hasPrefix(scheme) {
            let rest = url.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
            let target = withoutFragment(String(rest[end...]))
            return (String(rest[..<end]), target.hasPrefix("/") ? target : "/" + target)
        }
        // As curl has it: a name without a scheme.
        if let slash = url.firstIndex(of: "/"), slash > url.startIndex {
            return (String(url[..<slash]), withoutFragment(String(url[slash...])))
        }
        throw ValidationError("\(url) is no URL: write a path such as /users/7, or http://host/path")
    }

    private func withoutFragment(_ text: String) -> String { String(text.prefix { $0 != "#" }) }

    private func field(_ text: String) throws -> (String, String) {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            throw ValidationError("\"\(text)\" is no header: write 'Name: value'")
        }
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (text[..<colon].lowercased(), String(value))
    }

    // MARK: What is answered

    static func rows(_ explanation: Explanation, _ file: RouteFile) -> [[String]] {
        let outcome = explanation.outcome
        guard let route = outcome.route else {
            return [["answer", "\(outcome.status)\(outcome.reason.map { ": \($0)" } ?? "")"]]
        }
        var rows = [["route", "\(route.id)  \(route.place)"], ["match", match(of: route)]]
        for (name, value) in outcome.parameters { rows.append(["", "\(name) = \(value)"]) }
        rows.append(["client", explanation.clientAddress])
        var kind: EnhancerKind?
        for step in explanation.steps {
            rows.append([step.kind == kind ? "" : step.kind.rawValue, text(of: step)])
            kind = step.kind
        }
        if let frame = explanation.frame {
            let service = file.services[route.service]
            let endpoints = service.endpoints.map(\.description).joined(separator: ", ")
            rows.append(["service", "\(service.name)  \(endpoints)"])
            rows.append([route.kind == .send ? "send" : "emit", frame])
        } else {
            rows.append(["answer", "\(outcome.status)\(outcome.reason.map { ": \($0)" } ?? "")"])
        }
        return rows
    }

    private static func match(of route: Route) -> String {
        var text = "\(route.methods.names.joined(separator: "|")) \(route.path.text)"
        if let host = route.host { text += ", host \(host.text)" }
        for condition in route.conditions {
            text += ", \(condition.source.rawValue) \(condition.name)=\(condition.values.joined(separator: "|"))"
        }
        if route.priority != 0 { text += ", priority \(route.priority)" }
        return text
    }

    private static func text(of step: ExplainedStep) -> String {
        let said =
            switch step.verdict {
            case .passes: "passes"
            case .refuses(let status, let code, let detail): "refuses: \(status) \(code): \(detail)"
            case .notReached: "is not asked any more"
            case .runs: "runs"
            case .undecided: "decides at run time"
            }
        return "\(step.name)  \(step.place)  \(said)"
    }
}
