import Testing

@testable import Routing

/// Rule 14, and folders.
@Suite struct IncludeTests {
    private static let service = "services: { math: { endpoints: [\"a:1\"] } }\n"

    private static func route(_ id: String) -> String {
        "routes:\n  - { id: \(id), match: GET /\(id), send: { service: math, pattern: p } }\n"
    }

    @Test func `a folder is merged in the order of its names`() {
        let result = load(
            files: [
                "Routes/b.yaml": "version: 1\n" + Self.route("two"),
                "Routes/a.yml": "version: 1\n" + Self.service + Self.route("one"),
                "Routes/c.txt": "no", "Routes/.d.yaml": "no", "Routes/sub/e.yaml": "no",
            ], path: "Routes/")
        #expect(result.file?.routes.map(\.id) == ["one", "two"])
        #expect(result.file?.files == ["Routes/a.yml", "Routes/b.yaml"])
    }

    @Test func `an empty folder is a fault`() {
        #expect(
            load(files: ["Routes/x.txt": ""], path: "Routes").errors == [
                "Routes:1:1: the folder holds no .yaml or .yml file"
            ])
    }

    @Test func `a section that only one file can have is refused in the second`() {
        let result = load(
            files: [
                "r/a.yaml": "version: 1\ngateway: {}\nerrors: {}\n",
                "r/b.yaml": "version: 1\ngateway: {}\nerrors: {}\n",
            ],
            path: "r")
        #expect(
            result.errors == [
                "r/b.yaml:2:1: \"gateway\" stands already at r/a.yaml:2:10",
                "r/b.yaml:3:1: \"errors\" stands already at r/a.yaml:3:9",
            ])
    }

    @Test func `includes follow globs, relative to the file`() {
        let result = load(
            files: [
                "etc/main.yaml": "version: 1\ninclude: [\"routes.d/*.yaml\", extra.yaml]\n" + Self.service,
                "etc/routes.d/b.yaml": Self.route("b"), "etc/routes.d/a.yaml": Self.route("a"),
                "etc/routes.d/.hidden.yaml": "no",
                "etc/routes.d/c.yml": "no", "etc/extra.yaml": "version: 1\n" + Self.route("extra"),
            ], path: "etc/main.yaml")
        #expect(result.file?.routes.map(\.id) == ["a", "b", "extra"])
        #expect(
            result.file?.files == ["etc/main.yaml", "etc/routes.d/a.yaml", "etc/routes.d/b.yaml", "etc/extra.yaml"])
    }

    @Test func `an included file brings services and routes only`() {
        let result = load(
            files: [
                "m.yaml": "version: 1\ninclude: x.yaml\n",
                "x.yaml": "gateway: {}\nerrors: {}\ntests: []\n" + Self.service,
            ],
            path: "m.yaml")
        #expect(
            result.errors == [
                "x.yaml:1:1: \"gateway\" cannot stand in an included file; only \"services\" and \"routes\" can",
                "x.yaml:2:1: \"errors\" cannot stand in an included file; only \"services\" and \"routes\" can",
                "x.yaml:3:1: unknown key \"tests\" in an included file",
            ])
    }

    @Test func `cycles are found`() {
        let result = load(
            files: [
                "a.yaml": "version: 1\ninclude: [b.yaml]\n", "b.yaml": "include: [\n  c.yaml]\n",
                "c.yaml": "include: [a.yaml]\n",
            ],
            path: "a.yaml")
        #expect(result.errors == ["c.yaml:1:11: include cycle: a.yaml -> b.yaml -> c.yaml -> a.yaml"])
    }

    @Test func `a file included twice counts once`() {
        let result = load(
            files: [
                "m.yaml": "version: 1\ninclude: [x.yaml, ./x.yaml, \"*x.yaml\"]\n" + Self.service,
                "x.yaml": Self.route("a"),
            ],
            path: "m.yaml")
        #expect(result.file?.routes.count == 1)
    }

    @Test func `a file with two names counts once, and its cycles are found`() {
        let files = [
            "etc/m.yaml": "version: 1\ninclude: [x.yaml, /srv/etc/x.yaml, link.yaml]\n" + Self.service,
            "etc/x.yaml": Self.route("a"),
        ]
        let links = ["/srv/etc/x.yaml": "etc/x.yaml", "etc/link.yaml": "etc/x.yaml", "/srv/etc/m.yaml": "etc/m.yaml"]
        let result = load(files: files, links: links, path: "etc/m.yaml")
        #expect(result.errors == [])
        #expect(result.file?.files == ["etc/m.yaml", "etc/x.yaml"])
        #expect(
            load(
                files: ["etc/m.yaml": "version: 1\ninclude: [/srv/etc/m.yaml]\n"], links: links, path: "etc/m.yaml"
            ).errors == ["etc/m.yaml:2:11: include cycle: etc/m.yaml -> /srv/etc/m.yaml"])
    }

    @Test func `a name without a file is an error, a glob without one a warning`() {
        let result = load(files: ["m.yaml": "version: 1\ninclude: [x.yaml, \"y/*.yaml\"]\n"], path: "m.yaml")
        #expect(result.errors == ["m.yaml:2:11: \"x.yaml\" names no file"])
        #expect(result.warnings.first == "m.yaml:2:19: warning: \"y/*.yaml\" names no file")
    }

    @Test func `ids and services are unique over all files`() {
        let result = load(
            files: [
                "r/a.yaml": "version: 1\n" + Self.service + Self.route("x"),
                "r/b.yaml": "version: 1\n" + Self.service + Self.route("x"),
            ],
            path: "r")
        #expect(
            result.errors == [
                "r/b.yaml:2:13: service \"math\" stands already at r/a.yaml:2:13",
                "r/b.yaml:4:11: route id \"x\" stands already at r/a.yaml:4:11",
            ])
    }

    @Test func `errors of all files are told in one go, in reading order`() {
        let result = load(
            files: [
                "r/a.yaml": "version: 1\nrotues: []\n", "r/b.yaml": "version: 1\nx: [\n",
                "r/c.yaml": "version: 1\nservice: {}\n",
            ],
            path: "r")
        #expect(result.errors.map { $0.split(separator: ":")[0] } == ["r/a.yaml", "r/b.yaml", "r/c.yaml"])
        #expect(
            result.errors.first == "r/a.yaml:2:1: unknown key \"rotues\" in the route file; did you mean \"routes\"?")
    }

    @Test(arguments: [
        ("a.yaml", "*.yaml", true), ("a.yml", "*.yaml", false), ("abc", "a?c", true), ("abc", "a*c*", true),
        ("", "*", true),
        ("aXbXc", "a*X*c", true), ("ab", "a", false), ("a", "ab", false),
    ])
    func `globs`(name: String, pattern: String, isMatch: Bool) {
        #expect(FilePath.matches(name[...], pattern[...]) == isMatch)
    }
}
