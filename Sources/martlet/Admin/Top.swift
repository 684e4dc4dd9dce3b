import ArgumentParser
import MessageWire
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `martlet top`
struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a running gateway: routes, services and endpoints, rates, errors and latency.",
        discussion: """
            Needs gateway.admin in the route file. Keys: q quits, s changes the order of the routes, up and down
            (or k and j) scroll, space stops and goes on. Into a pipe, or with --once, one plain table is
            printed.

            Examples:
              martlet top
              martlet top --admin http://127.0.0.1:9902 --token-file /run/secrets/admin
              martlet top --once | grep down
            """)

    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print one table and end; rates are those of a second.")
    var once = false

    @Option(help: "Seconds between two looks, 0.2 to 10.")
    var interval = 1.0

    func validate() throws {
        if !(0.2...10).contains(interval) { throw ValidationError("--interval must be between 0.2 and 10") }
    }

    func run() async throws {
        let client = try admin.client()
        do {
            if once || isatty(STDOUT_FILENO) == 0 {
                try await printOnce(client)
            } else {
                try await watch(client)
            }
        } catch let failure as AdminClient.Failure {
            CommandFailure.printError("martlet: \(failure)")
            throw ExitCode(1)
        }
    }

    /// Two looks, a second apart, so that there are rates.
    private func printOnce(_ client: AdminClient) async throws {
        var view = TopView()
        view.status = try await Self.look(client)
        if view.status?["window"]?.doubleValue == nil {
            try await Task.sleep(for: .milliseconds(1100))
            view.status = try await Self.look(client)
        }
        for line in view.lines(width: nil) { print(line) }
    }

    private static func look(_ client: AdminClient) async throws(AdminClient.Failure) -> JSONValue {
        let answer = try await client.ask("GET", "/status")
        guard answer.status == 200, let status = answer.json else {
            throw AdminClient.Failure(description: "the admin listener refuses: \(answer.detail)")
        }
        return status
    }

    /// Until `q`, Ctrl-C or a signal. A gateway that goes away is said, and waited for.
    private func watch(_ client: AdminClient) async throws {
        // The first look outside of the alternate screen: what goes wrong with it stays readable.
        var view = TopView()
        view.status = try await Self.look(client)
        let screen = Terminal()
        screen.enter()
        defer { screen.leave() }
        let initial = view
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigterm, .sighup, .sigint) { return }
            }
            group.addTask { await Self.redraw(screen, client, initial, every: .seconds(interval)) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func redraw(_ screen: Terminal, _ client: AdminClient, _ view: TopView, every pause: Duration) async
    {
        var view = view
        let clock = ContinuousClock()
        var nextLook = clock.now + pause
        screen.draw(view)
        while !Task.isCancelled {
            var needsDrawing = screen.sizeHasChanged()
            while let key = screen.key() {
                guard view.press(key) else { return }
                needsDrawing = true
            }
            if clock.now >= nextLook, !view.isStopped {
                nextLook = clock.now + pause
                do {
                    view.status = try await look(client)
                    view.problem = nil
                } catch {
                    view.problem = "\(error)"
                }
                needsDrawing = true
            }
            if needsDrawing { screen.draw(view) }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
