import Foundation
import Testing

@testable import NetworkIO

@Suite struct ServiceNotifierTests {
    /// A service manager's end: a datagram socket with a name.
    private final class Manager {
        let name: String
        private let descriptor: CInt

        init(abstract: Bool) throws {
            let unique = "martlet-\(UUID().uuidString.prefix(8))"
            name = abstract ? "@\(unique)" : FileManager.default.temporaryDirectory.appendingPathComponent(unique).path
            descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if abstract { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let size = abstract ? 2 + bytes.count : MemoryLayout<sockaddr_un>.size
            let result = withUnsafeBytes(of: &address) { raw in
                raw.baseAddress.map { bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(size)) }
            }
            try #require(result == 0)
        }

        deinit {
            close(descriptor)
            if !name.hasPrefix("@") { unlink(name) }
        }

        /// Unix datagrams are there as soon as they are sent.
        func next() -> String {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = recv(descriptor, &bytes, bytes.count, CInt(MSG_DONTWAIT))
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test(arguments: [false, true])
    func `the service manager hears how the process is doing`(_ abstract: Bool) throws {
        let manager = try Manager(abstract: abstract)
        let notifier = try #require(ServiceNotifier { $0 == "NOTIFY_SOCKET" ? manager.name : nil })
        notifier.ready("Serving on\n127.0.0.1:80")
        #expect(manager.next() == "READY=1\nMAINPID=\(getpid())\nSTATUS=Serving on 127.0.0.1:80")
        notifier.status("Serving on\n127.0.0.1:81")
        #expect(manager.next() == "STATUS=Serving on 127.0.0.1:81")
        notifier.reloading()
        #expect(manager.next().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        notifier.stopping("Ending")
        #expect(manager.next() == "STOPPING=1\nSTATUS=Ending")
        notifier.alive()
        #expect(manager.next() == "WATCHDOG=1")
        #expect(notifier.watchdogInterval == nil)
    }

    @Test func `nobody is told without the variable, or with one that is no socket`() {
        #expect(ServiceNotifier { _ in nil } == nil)
        for name in ["", "x", "@", "vsock:1:2", "/" + String(repeating: "x", count: 107)] {
            #expect(ServiceNotifier { $0 == "NOTIFY_SOCKET" ? name : nil } == nil, "\(name)")
        }
        // Nobody is there: nothing happens.
        ServiceNotifier { $0 == "NOTIFY_SOCKET" ? "/nowhere/at/all" : nil }?.alive()
    }

    @Test func `a process that took over has the watchdog of the one before`() {
        let variables = ["NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "41"]
        #expect(ServiceNotifier(process: 42) { variables[$0] }?.watchdogInterval == nil)
        #expect(ServiceNotifier(process: 42, isSuccessor: true) { variables[$0] }?.watchdogInterval == .seconds(3))
    }

    @Test func `the watchdog is meant for one process`() {
        func interval(_ variables: [String: String]) -> Duration? {
            ServiceNotifier(process: 42) { $0 == "NOTIFY_SOCKET" ? "@x" : variables[$0] }?.watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "3000000"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "41"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "0"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "soon"]) == nil)
    }
}
