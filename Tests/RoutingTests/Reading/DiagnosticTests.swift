import Testing

@testable import Routing

/// Rule 11: every fault with file, line, column, the offending text and a guess, all in one go.
@Suite struct DiagnosticTests {
    @Test func `an unknown key is reported with its place and a suggestion`() {
        let text = "version: 1\nservices:\n  users:\n    endpoint: [\"a:1\"]\n"
        #expect(
            load(text).errors == [
                "r.yaml:4:5: unknown key \"endpoint\" in service \"users\"; did you mean \"endpoints\"?"
            ])
    }

    @Test func `all faults of a file are told in one go`() {
        let text = """
            version: 2
            gateway: { limits: { body: 10, bdy: 1MiB } }
            services:
              math: { endpoints: ["nowhere"], timeout: 5 }
            routes:
              - id: a
                match: GTE /x
                send: { service: maths, pattern: p }
              - id: a
                match: GET /x/:id
                emit: { service: math, pattern: p }
                payload: { id: $path.idd, n: $quary.x }
                colour: red
            """
        #expect(
            load(text).errors == [
                "r.yaml:1:10: \"version\" must be 1, not \"2\"",
                "r.yaml:2:28: \"body\" must be a size with its unit (B, KiB, MiB, GiB), such as 64KiB, not \"10\"",
                "r.yaml:2:32: unknown key \"bdy\" in the gateway's \"limits\"; did you mean \"body\"?",
                "r.yaml:4:23: \"nowhere\" is not an endpoint; write host:port or [::1]:port",
                "r.yaml:4:44: \"timeout\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"5\"",
                "r.yaml:7:12: unknown method \"GTE\" in \"match\"; did you mean \"GET\"?",
                "r.yaml:8:22: unknown service \"maths\"; did you mean \"math\"?",
                "r.yaml:9:9: route id \"a\" stands already at r.yaml:6:9",
                "r.yaml:12:20: \"$path.idd\" does not exist: /x/:id has no such parameter; did you mean \"id\"?",
                "r.yaml:12:34: unknown reference \"$quary.x\"; write \"$$quary.x\" for a literal dollar; did you mean \"$query\"?",
                "r.yaml:13:5: unknown key \"colour\" in route \"a\"",
            ])
    }

    @Test func `duplicate keys are all reported, beside other faults`() {
        let text = """
            version: 1
            version: 1
            services:
              math: { endpoints: ["a:1"], endpoints: ["b:1"], "endpoints": ["c:1"], x: 1 }
            """
        #expect(
            load(text).errors == [
                "r.yaml:2:1: duplicate key \"version\"; it stands already at line 1, column 1",
                "r.yaml:4:31: duplicate key \"endpoints\"; it stands already at line 4, column 11",
                "r.yaml:4:51: duplicate key \"endpoints\"; it stands already at line 4, column 11",
                "r.yaml:4:73: unknown key \"x\" in service \"math\"",
            ])
    }

    @Test func `tabs are errors, except in comments`() {
        #expect(
            load("version: 1\nroutes:\n\t- id: a\n").errors.first
                == "r.yaml:3:1: tab character; indent and separate with spaces")
        #expect(
            load("version: 1\t# one\nservices:\t{}\n").errors.map { String($0.prefix(12)) } == [
                "r.yaml:1:11:", "r.yaml:2:10:",
            ])
        #expect(load("version: 1 #\tone\n").errors.isEmpty)
    }

    @Test func `a syntax error has its place and the text`() {
        #expect(
            load("version: 1\nroutes: [ { id: a }\nservices: {}\n").errors == [
                "r.yaml:3:1: YAML syntax: did not find expected ',' or ']' (while parsing a flow sequence at line 2) at \"services: {}\""
            ])
        #expect(
            load("version: 1\nfoo: bar: baz\n").errors == [
                "r.yaml:2:9: YAML syntax: mapping values are not allowed in this context at \": baz\""
            ])
    }

    @Test func `an unquoted variable in a flow collection is explained`() {
        #expect(
            load("version: 1\nservices: { a: { endpoints: [${A}] } }\n").errors.first?.hasSuffix(
                "at \"{A}] } }\"; inside [ ] and { }, quote \"${...}\"") == true)
    }

    @Test(arguments: [
        ("", "r.yaml:1:1: the file is empty"),
        ("# only a comment\n", "r.yaml:1:1: the file is empty"),
        ("~\n", "r.yaml:1:1: the file is empty"),
        ("- 1\n", "r.yaml:1:1: the route file must be a mapping, not a list"),
        ("version: 1\n---\nversion: 1\n", "r.yaml:2:1: a route file holds one YAML document, not several"),
        ("services: {}\n", "r.yaml:1:1: the route file has no \"version\""),
        ("version: 1\nx: \u{1}\n", "r.yaml:2:4: character U+1 is not allowed in a route file"),
        ("version: 1\n? [a]\n: b\n", "r.yaml:2:3: a key must be a text"),
        (
            "version: 1\n<<: { a: 1 }\n",
            "r.yaml:2:1: \"<<\" is not part of YAML 1.2; an alias can only stand for a whole value"
        ),
        (
            "version: !!int 1\n",
            "r.yaml:1:10: tag \"!!int\" is not supported; quote a value to make it a text"
        ),
        (
            "version: !!str 1\n",
            "r.yaml:1:10: tag \"!!str\" is not supported; quote a value to make it a text"
        ),
        ("version: ! 1\n", "r.yaml:1:10: tag \"!\" is not supported; quote a value to make it a text"),
        (
            "version: !secret 1\n",
            "r.yaml:1:10: tag \"!secret\" is not supported; quote a value to make it a text"
        ),
        ("version: 1\nservices: !!map {}\n", "r.yaml:2:11: tag \"!!map\" is not supported; leave it out"),
        ("version: 1\nroutes: !!seq []\n", "r.yaml:2:9: tag \"!!seq\" is not supported; leave it out"),
        ("!!str version: 1\n", "r.yaml:1:1: tag \"!!str\" is not supported; quote a value to make it a text"),
        ("version: 1\ninclude: *x\n", "r.yaml:2:10: alias \"*x\" has no anchor \"&x\" before it"),
        ("version: 1\ninclude: *.yaml\n", "r.yaml:2:10: \"*.yaml\" begins like an alias; quote it if it is a text"),
    ])
    func `a file that is none is refused`(text: String, error: String) {
        #expect(load(text).errors == [error])
    }

    @Test func `keys are texts, and whole numbers count as texts`() {
        func errors(_ keys: String) -> [String] {
            load(route("GET /x", "    payload: { \(keys): 1 }\n")).errors
        }
        for key in ["a", "1", "-5", "404", "no", "0777", "\"~\"", "'true'", "\"\"", "\"1.0\""] {
            #expect(errors(key) == [], "\(key)")
        }
        for key in ["~", "null", "true", "False", "1.0", "1e3", "0x1F", ".inf"] {
            #expect(errors(key) == ["r.yaml:7:16: key \"\(key)\" is not a text; quote it if a text is meant"])
        }
        #expect(load("version: 1\n? \n: 1\n").errors == ["r.yaml:2:2: an empty key; quote it if a text is meant"])
    }

    @Test func `bytes that are no UTF-8 are refused with their place`() {
        var files = TextFiles([:])
        files.files["r.yaml"] = Array("version: 1\nx: ä".utf8) + [0xFF]
        #expect(throws: RouteFileError.self) { try RouteFile.load("r.yaml", from: files, environment: { _ in nil }) }
        do throws(RouteFileError) {
            _ = try RouteFile.load("r.yaml", from: files, environment: { _ in nil })
        } catch {
            #expect(error.description == "r.yaml:2:5: the file is not UTF-8: byte 0xFF cannot stand here")
        }
    }

    @Test func `a missing file is a fault`() {
        #expect(load(files: [:], path: "Routes/none.yaml").errors == ["Routes/none.yaml:1:1: no such file or folder"])
    }

    @Test func `aliases work, and explode only up to a limit`() {
        let good = """
            version: 1
            services:
              a: { endpoints: &e ["a:1"], pool: &p { max: 3 } }
              b: { endpoints: *e, pool: *p }
            """
        #expect(load(good).file?.services.map(\.pool.max) == [3, 3])
        var bomb = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        #expect(
            load(bomb).errors.contains {
                $0.contains("the file grows past 200000 values when its aliases are expanded")
            })
        var chain = "version: 1\na0: &a0 [x]\n"
        for level in 1...200 { chain += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(load(chain).errors.contains { $0.contains("leads more than 48 levels deep") })
    }

    @Test func `a complex key made of aliases costs nothing`() {
        var bomb = "version: 1\na0: &a0 [x, x]\n"
        for level in 1...60 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(!load(bomb + "? *a60\n: 1\n? [*a60]\n: 2\n").errors.isEmpty)
    }

    @Test func `deep nesting is refused`() {
        #expect(
            load("version: 1\nx: " + String(repeating: "[", count: 60) + String(repeating: "]", count: 60)).errors
                .contains {
                    $0.contains("nested more than 48 levels deep")
                })
        #expect(!load("version: 1\nx: " + String(repeating: "[", count: 100_000)).errors.isEmpty)
    }

    @Test(arguments: [
        ("endpoint", "endpoints", 1), ("pool", "pool", 0), ("recieve", "receive", 1), ("", "abc", 3),
        ("kitten", "sitting", 3),
    ])
    func `edit distance counts swaps of neighbours as one`(left: String, right: String, distance: Int) {
        #expect(Suggestion.editDistance(left, right) == distance)
    }
}

/// Texts that are known to hurt readers of YAML.
@Suite struct HostileTextTests {
    @Test(arguments: [
        "x: !<%FF> a", "x: !%ff a", "x: !!%C3%28 a", "%TAG ! tag:%FF\n---\nx: !a b", "x: \"\\ud800\"",
        "x: \"\\UFFFFFFFF\"",
        "x: \"\\xFF\\0\"", "x: &é a", "x: &\ny: *", "*", "&", "!", "? ", "? ? ? ?", "- - - -", "{{{{", "}}}}", "[?]",
        "{?}",
        "{[]: {}}", "--- --- ---", "...", "%YAML 9.9\n---\nx: 1", "x: |9\n a", "x: >+\n\n\n", "\"", "'", "x: 'a\n b\n",
        "@", "`",
        ": : :", "a:\n- b\n c", "\u{FEFF}\u{FEFF}version: 1", "x: \u{85} y", "x: \u{2028}y: 1", "\r\r\n\n\r",
        "x: [*a, &a b]",
        "&a x: *a", "{*a : 1}", "? *a\n: b", "version: &v 1\nx: { *v : *v }", "\u{E0A5}", "\u{E100}",
        "a: 1\na: 2\n? a\n: 3",
        "{a: 1, a: 2, 'a': 3, \"a\": 4}", "\"\": 1\n\"\": 2", "&x a: 1\na: 2", "!!str a: 1\na: 2", "|\n a\n: 1",
    ])
    func `a hostile text is refused, not fatal`(text: String) {
        #expect(!load(text + "\n").errors.isEmpty)
        #expect(!load("version: 1\n" + text).errors.isEmpty || text == "..." || text.allSatisfy(\.isNewline))
    }

    @Test func `many duplicates end in errors, not in endless work`() {
        let text = "version: 1\n" + (0..<300).map { _ in "version: 1\n" }.joined()
        #expect(load(text).errors.count >= 1)
    }
}
