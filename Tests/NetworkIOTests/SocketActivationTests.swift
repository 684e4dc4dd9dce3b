import Testing

@testable import NetworkIO

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SocketActivationTests {
    private func announced(_ variables: [String: String]) throws -> [String] {
        try SocketActivation.announced(process: 42) { variables[$0] }.map { "\($0.descriptor) \($0.name ?? "-")" }
    }

    @Test func `descriptors begin at 3 and have their names`() throws {
        #expect(
            try announced(["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http::https"])
                == ["3 http", "4 -", "5 https"])
        #expect(try announced(["LISTEN_PID": "42", "LISTEN_FDS": "2"]) == ["3 -", "4 -"])
    }

    @Test func `what is meant for another process is left alone`() throws {
        #expect(try announced(["LISTEN_PID": "41", "LISTEN_FDS": "2"]) == [])
        #expect(try announced(["LISTEN_FDS": "2"]) == [])
        #expect(try announced(["LISTEN_PID": "42"]) == [])
        #expect(try announced([:]) == [])
    }

    @Test(arguments: [("x", "1"), ("42", "x"), ("42", "-1"), ("42", "1025"), ("42", "")])
    func `what is no number is refused`(_ pid: String, _ count: String) {
        #expect(throws: SocketActivation.Fault.self) { try announced(["LISTEN_PID": pid, "LISTEN_FDS": count]) }
    }

    @Test func `only listening TCP sockets are taken`() throws {
        func fault(_ type: CInt, _ domain: CInt = AF_INET) -> String {
            let descriptor = socket(domain, type, 0)
            defer { close(descriptor) }
            do throws(ListeningDescriptor.Fault) {
                _ = try ListeningDescriptor(descriptor, origin: .activation(name: nil))
                return "taken"
            } catch {
                return error.description
            }
        }
        #expect(fault(streamSocket).contains("does not listen"))
        #expect(fault(CInt(SOCK_DGRAM.rawValue)).contains("no TCP socket"))
        #expect(fault(streamSocket, AF_UNIX).contains("neither IPv4 nor IPv6"))
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(throws: ListeningDescriptor.Fault.self) { try ListeningDescriptor(file, origin: .handOver) }
        #expect(throws: ListeningDescriptor.Fault.self) { try ListeningDescriptor(9999, origin: .handOver) }
    }
}
