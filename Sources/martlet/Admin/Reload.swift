import ArgumentParser
import MessageWire

/// `martlet reload`
struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a running gateway load its route files again.",
        discussion: """
            Needs gateway.admin in the route file. The new routes are in force when this returns 0; when they
            cannot be used, every error is printed, the old routes stay, and the exit code is 1.

            Examples:
              martlet reload
              martlet reload --admin http://127.0.0.1:9902 --token-file /run/secrets/admin
            """)

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let client = try admin.client()
        let answer: AdminClient.Answer
        do {
            answer = try await client.ask("POST", "/reload")
        } catch {
            CommandFailure.printError("martlet: \(error)")
            throw ExitCode(1)
        }
        let (lines, isApplied) = Self.report(answer)
        for line in lines {
            if isApplied { print(line) } else { CommandFailure.printError(line) }
        }
        if !isApplied { throw ExitCode(1) }
    }

    /// What to print, and whether the new routes are in force.
    static func report(_ answer: AdminClient.Answer) -> (lines: [String], isApplied: Bool) {
        guard answer.status == 200, let json = answer.json else {
            let errors = texts(answer.json?["errors"])
            return (errors.isEmpty ? ["martlet: not reloaded: \(answer.detail)"] : errors, false)
        }
        let changes = texts(json["changes"])
        let generation = json["generation"]?.intValue ?? 0
        return (["reloaded: generation \(generation)"] + (changes.isEmpty ? ["no changes"] : changes), true)
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        guard case .array(let elements)? = value else { return [] }
        return elements.compactMap(\.stringValue)
    }
}
