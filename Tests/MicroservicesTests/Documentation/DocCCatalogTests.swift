import Foundation
import Testing

/// The DocC catalogs: every snippet is compiled, every row of the feature table has an article with an example, and tests.
@Suite struct DocCCatalogTests {
    private static let catalogs = [
        "Sources/MicroservicesCore/MicroservicesCore.docc", "Sources/MicroservicesTesting/MicroservicesTesting.docc",
        "Sources/Microservices/Microservices.docc",
    ]

    /// The rows of the feature table in the order of the page, each with a suite that tests it.
    private static let suites = [
        ("`NestFactory.createMicroservice`, `listen()`", "Server/ServerLifecycleTests"),
        ("TCP options, `socketClass`, `serializer`, `deserializer`", "Transports/FramingTests"),
        ("Patterns: strings, numbers, objects", "Server/ServerMessageTests"),
        ("`@Controller`, `@MessagePattern`, `@EventPattern`", "Controllers/ControllerTests"),
        ("Value, Promise or Observable as the result", "Server/ServerStreamTests"),
        ("Several event handlers for one pattern", "Server/ServerMessageTests"),
        ("`@Payload()`, `@Payload('id')`, `@Ctx()`", "Server/PayloadCodingTests"),
        ("`RequestContext`, request-scoped providers", "Controllers/RequestScopeTests"),
        ("`ClientsModule.register`, `registerAsync`, tokens", "Client/ClientRegistryTests"),
        ("`ClientProxyFactory.create`, `@Client()`", "Client/ClientLifeCycleTests"),
        ("Lazy connection, `connect()`, `close()`", "Client/ClientLifeCycleTests"),
        ("`send()` cold, `emit()` hot", "Client/ClientCallTests"),
        ("`timeout(5000)`", "Transports/ManualClockTests"),
        ("`client.status`, `server.status`", "Client/ClientStatusTests"),
        ("`client.on('error')`, `server.on(...)`", "Server/ServerStatusTests"),
        ("`unwrap<Server>()`", "Server/ServerStatusTests"),
        ("`tlsOptions`", "TLS/ServiceTLSTests"),
        ("`AsyncMicroserviceOptions`, `ConfigService`", "Configuration/ConfigurationReloadTests"),
        ("Exception filters, `RpcException`", "Server/ServerRecordingTests"),
        ("Guards, pipes, interceptors, filters", "Server/ServerEnhancerTests"),
        ("`connectMicroservice`, hybrid applications", "Transports/SeveralTransportsTests"),
        ("(beyond NestJS)", "Server/ServerLimitTests"),
    ]

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: DocumentationSnippets.root.appending(path: path), encoding: .utf8)
    }

    /// Paths of all pages.
    private static func pages() throws -> [String] {
        try catalogs.flatMap { catalog in
            let folder = DocumentationSnippets.root.appending(path: catalog).path
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }.sorted()
                .map { "\(catalog)/\($0)" }
        }
    }

    @Test func `every snippet of every page is compiled`() throws {
        var uncompiled = 0
        let pages = try Self.pages()
        #expect(pages.count == 19)
        for page in pages {
            let name = page.split(separator: "/").last?.dropLast(3) ?? ""
            let snippets = DocumentationSnippets(page: try Self.text(page))
            let hasOwn = snippets.snippets.contains { $0.source == nil && $0.reasonNotCompiled == nil }
            let source =
                hasOwn ? try Self.text("Tests/MicroservicesTests/Documentation/DocC\(name)Tests.swift") : ""
            #expect(!snippets.snippets.isEmpty, "\(page) has no example")
            uncompiled += snippets.snippets.count { $0.reasonNotCompiled != nil }
            for problem in try snippets.problems(in: source, other: Self.text) {
                Issue.record("\(page): \(problem)")
            }
        }
        #expect(uncompiled == 0)
    }

    @Test func `every row of the feature table has an article and a test suite`() throws {
        let page = try Self.text("\(Self.catalogs[0])/MicroservicesCore.md")
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("<doc:") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(rows.map { $0[0] } == Self.suites.map(\.0))
        for row in rows {
            let article = row[2].dropFirst("<doc:".count).dropLast()
            #expect(try Self.text("\(Self.catalogs[0])/\(article).md").contains("```swift"), "\(row[0])")
        }
        for (row, path) in Self.suites {
            let source = try Self.text("Tests/MicroservicesTests/\(path).swift")
            let name = path.split(separator: "/").last ?? ""
            #expect(source.contains("struct \(name) {") && source.contains("@Test"), "\(row): \(path)")
        }
    }

    @Test func `articles begin with what they are about`() throws {
        for page in try Self.pages() {
            let lines = try Self.text(page).components(separatedBy: "\n")
            #expect(lines[0].hasPrefix("# "), "\(page)")
            #expect(lines.contains("## Overview"), "\(page)")
            #expect(lines.allSatisfy { $0.count <= 200 || $0.hasPrefix("|") }, "\(page)")
        }
    }
}

/// What the check of the pages finds.
@Suite struct DocumentationSnippetsTests {
    private static let page = """
        # A page

        ```swift
        let one = 1

        print(one)
        ```

        <!-- not compiled: it is a picture -->
        ```swift
        let picture
        ```

        <!-- source: Elsewhere.swift -->
        ```swift
        let there = 1
        ```

        ```ts
        const one = 1;
        ```

        ```swift
        let two = 2
        ```
        """

    private func problems(_ source: String, elsewhere: String = "let there = 1") -> [String] {
        DocumentationSnippets(page: Self.page).problems(in: source, other: { _ in elsewhere })
    }

    @Test func `snippets in one piece and in order are well`() {
        #expect(problems("func a() {\n    let one = 1\n    print(one)\n}\n\nlet two = 2\n") == [])
        #expect(DocumentationSnippets(page: Self.page).snippets.count == 4)
    }

    @Test func `a line between, a changed line, another order and another source are found`() {
        #expect(
            problems("let one = 1\nlet half = 0.5\nprint(one)\nlet two = 2") == [
                "line 2 of \"let one = 1\" is not compiled: print(one)"
            ])
        #expect(
            problems("let one = 1\nprint(one)\nlet two = 3") == [
                "line 1 of \"let two = 2\" is not compiled: let two = 2"
            ])
        #expect(
            problems("let two = 2\nlet one = 1\nprint(one)") == [
                "before the snippet that it follows on the page: let two = 2"
            ])
        #expect(
            problems("let one = 1\nprint(one)\nlet two = 2", elsewhere: "let there = 2") == [
                "not in Elsewhere.swift: line 1 of \"let there = 1\" is not compiled: let there = 1"
            ])
    }
}
