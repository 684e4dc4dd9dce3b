import ArgumentParser
import Microservices
import TestSupport
import Testing

@testable import martlet

#if canImport(Glibc)
    import Glibc
#endif

/// `martlet send` and `martlet emit`
@Suite struct MessageCommandTests {
    private func failure(_ arguments: [String], timeout: Duration? = .seconds(5)) async throws -> String {
        let message = try MessageArguments.parse(arguments)
        do {
            try await message.connect(timeout: timeout).close()
            return "connected"
        } catch {
            return "\(error)"
        }
    }

    @Test func `both take a timeout`() throws {
        let arguments = ["tcp://127.0.0.1:3000", "p", "--timeout", "250ms"]
        #expect(try Send.parse(arguments).timeout.duration == .milliseconds(250))
        #expect(try Emit.parse(arguments).timeout.duration == .milliseconds(250))
        #expect(try Emit.parse(["tcp://a:1", "p"]).timeout.duration == .seconds(5))
        #expect(try Emit.parse(["tcp://a:1", "p", "--timeout", "none"]).timeout.duration == nil)
        #expect(throws: (any Error).self) { try Emit.parse(["tcp://a:1", "p", "--timeout", "5"]) }
    }

    @Test func `a missing connection is told with its cause`() async throws {
        let reserved = try ReservedPort()
        let port = reserved.number
        #expect(
            try await failure(["tcp://127.0.0.1:\(port)", "p"])
                == "cannot connect to 127.0.0.1:\(port): connection refused; the message was never sent")
        #expect(
            try await failure(["tcp://no-such-host.invalid:3000", "p"]).hasPrefix(
                "cannot connect to no-such-host.invalid:3000: the name cannot be resolved ("))
        let server = try await ScriptedServer()
        #expect(try await failure(["tcp://127.0.0.1:\(server.port)", "p"]) == "connected")
    }

    @Test func `a connection that takes too long ends with the timeout`() async throws {
        let silent = try SilentPort()
        #expect(
            try await failure(["tcp://127.0.0.1:\(silent.port)", "p"], timeout: .milliseconds(50))
                == "cannot connect to 127.0.0.1:\(silent.port): no connection in time; the message was never sent")
    }

    @Test func `a payload file that cannot be read is told in words`() throws {
        func message(_ file: String) throws -> String? {
            let arguments = try MessageArguments.parse(["tcp://a:1", "p", "-d", "@\(file)"])
            return #expect(throws: ValidationError.self) { try arguments.payloadValue() }?.message
        }
        #expect(try message("nofile") == "cannot read nofile: no such file")
        #expect(try message("/") == "cannot read /: is a directory")
        #expect(try message("/proc/self/mem")?.hasPrefix("cannot read /proc/self/mem: ") == true)
        let utf16 = "/proc/self/exe"
        #expect(try message(utf16) == "cannot read \(utf16): it is not UTF-8")
    }
}

/// A port that neither takes nor refuses a connection, as behind a firewall: its backlog is full.
private final class SilentPort {
    let port: Int
    private var descriptors: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 0) == 0 ? getsockname(listener, $0, &size) : -1
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        try #require(result == 0)
        for _ in 0..<4 {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            descriptors.append(filler)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = Glibc.connect(filler, $0, size) }
            }
        }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
