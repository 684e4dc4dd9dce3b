import Testing

@testable import Routing

#if canImport(Glibc)
    import Glibc
#endif

/// The three files the format must carry: what is built loads, what is not is refused by name and by nothing else.
@Suite(.enabled(if: Examples.folder != nil, "the shared examples are not here (MARTLET_SHARED)"))
struct ExampleTests {
    private func load(_ name: String) -> LoadResult {
        var files = TextFiles([:])
        files.files[name] = Examples.read(name)
        do {
            return .loaded(
                try RouteFile.load(name, from: files, environment: { ["JWKS_URL": "u", "ISSUER": "i"][$0] }))
        } catch {
            return .refused(error)
        }
    }

    @Test func `the smallest useful file loads`() {
        let file = load("1-small.yaml").file
        #expect(file?.warnings.isEmpty == true)
        #expect(file?.services.first?.endpoints.map(\.description) == ["localhost:3001"])
        #expect(TestRequest("POST /math/sum", body: "[1,2,3]").payload(of: file) == "[1,2,3]")
        #expect(file?.routes.map(\.kind) == [.send, .emit])
        #expect(file?.routes.first?.payload.isBodyPassthrough == true)
    }

    @Test func `of the shop exactly what is not built is refused`() {
        let result = load("2-shop.yaml")
        #expect(
            result.errors == [
                "2-shop.yaml:34:14: \"balance: leastPending\" is not supported yet",
                "2-shop.yaml:38:5: \"retry\" is not supported yet",
                "2-shop.yaml:39:5: \"health\" is not supported yet",
                "2-shop.yaml:40:5: \"metadata\" is not supported yet",
                "2-shop.yaml:64:33: schema \"schemas/update-user.json\": no such file or directory",
                "2-shop.yaml:75:5: \"idempotency\" is not supported yet",
                "2-shop.yaml:82:5: \"delivery\" is not supported yet",
            ])
        #expect(result.warnings.first == "2-shop.yaml:4:11: warning: \"routes.d/*.yaml\" names no file")
    }

    @Test func `of the streams and canaries exactly what is not built is refused`() {
        #expect(
            load("3-stream-canary.yaml").errors == [
                "3-stream-canary.yaml:7:17: \"dns://\" is not supported yet",
                "3-stream-canary.yaml:31:7: \"split\" is not supported yet",
                "3-stream-canary.yaml:34:7: \"stickyBy\" is not supported yet",
                "3-stream-canary.yaml:35:7: \"shadow\" is not supported yet",
            ])
    }

    @Test func `the demo's routes load without a warning`() throws {
        var files = TextFiles([:])
        files.files["Routes/demo.yaml"] = Examples.read(path: Examples.root + "/Routes/demo.yaml")
        let file = try RouteFile.load("Routes/demo.yaml", from: files, environment: { _ in nil })
        #expect(file.warnings.isEmpty)
        #expect(file.runTests().count == 4)
        #expect(file.runTests().flatMap(\.failures) == [])
        #expect(TestRequest("GET /math/sum?values=1&values=2").payload(of: file) == "[1,2]")
        #expect(
            TestRequest("GET /math/sum?values=1&values=x").payload(of: file)
                == "400 invalid_parameter query.values: [1] Validation failed (numeric string is expected)")
        #expect(TestRequest("GET /small").payload(of: file) == "[1,2,3]")
        #expect(TestRequest("GET /hello/Ada").payload(of: file) == #"{"name":"Ada"}"#)
        #expect(TestRequest("GET /slow/30").payload(of: file) == #"{"ms":30}"#)
        #expect(TestRequest("GET /fail/conflict").payload(of: file) == #"{"kind":"conflict"}"#)
        #expect(TestRequest("GET /stream/5").payload(of: file) == #"{"from":5}"#)
        #expect(TestRequest("GET /big").payload(of: file) == "{}")
    }
}

/// Where the shared examples and the repository are.
enum Examples {
    /// The repository's root, found from this file.
    static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

    static var folder: String? {
        let shared = getenv("MARTLET_SHARED").map { String(cString: $0) } ?? root + "/../shared"
        let folder = shared + "/examples"
        return access(folder, R_OK) == 0 ? folder : nil
    }

    static func read(_ name: String) -> [UInt8] {
        read(path: (folder ?? "") + "/" + name)
    }

    static func read(path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
