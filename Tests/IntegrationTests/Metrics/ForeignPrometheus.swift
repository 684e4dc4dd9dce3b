import Foundation
import TestSupport

/// Programs that a test can do without.
enum Programs {
    /// Whether a program is found on the path.
    static func has(_ name: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

/// A real Prometheus that scrapes one address every second.
struct ForeignPrometheus {
    let port: Int
    private let process: Process
    private let folder: URL

    /// Starts one, and waits until it listens.
    ///
    /// - Parameter target: Where it finds `/metrics`: `host:port`.
    /// - Throws: When it does not start.
    init(scraping target: String) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let settings = folder.appendingPathComponent("prometheus.yml")
        try Data(
            """
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - { job_name: martlet, static_configs: [{ targets: ["\(target)"] }] }
            """.utf8
        ).write(to: settings)
        let log = folder.appendingPathComponent("log")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "prometheus", "--config.file=\(settings.path)", "--web.listen-address=127.0.0.1:0",
            "--storage.tsdb.path=\(folder.appendingPathComponent("data").path)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        var found: Int?
        try await eventually("prometheus listens") {
            let text = try String(contentsOf: log, encoding: .utf8)
            found = text.firstMatch(of: /msg="Listening on" address=[^ \n]*:(\d+)\n/).flatMap { Int($0.1) }
            return found != nil
        }
        port = found ?? 0
    }

    /// The value of a query that has one; `nil` when it has none.
    func value(_ query: String) async throws -> Double? {
        let allowed = CharacterSet.alphanumerics
        let text = query.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let client = try await RawConnection.connect(port: port)
        try await client.send("GET /api/v1/query?query=\(text) HTTP/1.0\r\nhost: t\r\n\r\n")
        let answer = await client.receiveAll()
        // {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1764385200.1,"3"]}]}}
        return answer.firstMatch(of: /"value":\[[0-9.e+]+,"([^"]+)"\]/).flatMap { Double($0.1) }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
