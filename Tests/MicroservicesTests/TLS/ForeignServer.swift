import Foundation
import TestSupport

/// A server that is not ours: it says `ACCEPT HOST:PORT` when it listens, and writes down what it sees.
struct ForeignServer {
    let port: Int
    private let process: Process
    private let input: Pipe
    private let output: URL

    /// Starts `openssl s_server` for one connection, on a port of the system's choice.
    ///
    /// - Parameter arguments: Behind the address: certificate, key, what it asks of clients.
    /// - Returns: The server, listening.
    /// - Throws: When it does not start.
    static func openssl(_ arguments: [String]) async throws -> ForeignServer {
        try await start(program: "openssl", ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"] + arguments)
    }

    /// Starts a program found on the path, and waits for its port.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - arguments: As on a command line.
    /// - Returns: The server, listening.
    /// - Throws: When it does not start.
    static func start(program: String, _ arguments: [String]) async throws -> ForeignServer {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        let input = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        // Its input never ends: at the end it would hang up.
        process.standardInput = input
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        var port: Int?
        try await eventually("\(program) says its port") {
            let text = try String(contentsOf: output, encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT ") }) else { return false }
            port = line.split(separator: ":").last.flatMap { Int($0) }
            return port != nil
        }
        return ForeignServer(port: port ?? 0, process: process, input: input, output: output)
    }

    /// What it has written.
    var seen: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: output)
    }
}
