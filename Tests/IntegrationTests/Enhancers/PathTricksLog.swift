import Foundation
import Pipeline
import Synchronization
import TestSupport

/// A message as the service got it.
struct TrickPacket: Sendable, Equatable {
    var pattern: String
    var method = ""
    /// The path as the gateway read it, still encoded.
    var path = ""
    var host = ""
    var parameter = ""

    /// `nil` for what is not a packet of one of the routes.
    init?(_ json: String) {
        struct Members: Decodable {
            var pattern: String
            var data: [String: String]
        }
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(json.utf8)) else { return nil }
        self.init(
            pattern: members.pattern, method: members.data["method"] ?? "", path: members.data["path"] ?? "",
            host: members.data["host"] ?? "", parameter: members.data["parameter"] ?? "")
    }

    init(pattern: String, method: String, path: String, host: String, parameter: String) {
        self.pattern = pattern
        self.method = method
        self.path = path
        self.host = host.lowercased()
        self.parameter = parameter
    }

    static func == (one: TrickPacket, other: TrickPacket) -> Bool {
        // By bytes: texts that differ in their normal form are not the same here.
        [one.pattern, one.method, one.path, one.host, one.parameter].map { Array($0.utf8) }
            == [other.pattern, other.method, other.path, other.host, other.parameter].map { Array($0.utf8) }
    }

    /// What is wrong with the service having got this; `nil` for nothing. `sent` is all that the client sent.
    func fault(sent: [UInt8]) -> String? {
        guard pattern.hasPrefix("open.") else { return "a guarded pattern" }
        guard let route = TrickRoute.all.first(where: { $0.pattern == pattern }) else { return "an unknown pattern" }
        guard sent.isEmpty || Data(sent).range(of: Data(path.utf8)) != nil else { return "a path that nobody sent" }
        if parameter.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }) {
            return "a parameter with a control character or a backslash"
        }
        let parts = parameter.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).map { Array($0) }
        if parts.contains([0x2E]) || parts.contains([0x2E, 0x2E]) { return "a parameter with a dot segment" }
        if parts.dropLast().contains([]) { return "a parameter with an empty segment" }
        if parts.count > 1, !route.path.contains("*") { return "a parameter with a slash" }
        let fields = pattern == "open.public" ? [] : [(name: "x-internal", value: "")]
        // The gateway took one final dot off.
        let host = host.isEmpty || host.hasSuffix(".") ? host + "." : host
        let trick = PathTrick(method: method, target: path, host: host, fields: fields)
        guard case .sent(let expected) = TrickReading(version: .http2).outcome(trick) else {
            return "a path that leads to no public route"
        }
        return expected == self ? nil : "another message than the path says: \(expected)"
    }
}

/// Every packet that reached the service, in order.
final class TrickLog: Sendable {
    private let packets = Mutex<[TrickPacket]>([])
    private let unreadable = Mutex(0)

    func add(_ json: String) {
        guard let packet = TrickPacket(json) else { return unreadable.withLock { $0 += 1 } }
        guard packet.pattern != "open.marker" else { return }
        packets.withLock { $0.append(packet) }
    }

    /// What came since the last call, and how many packets could not be read.
    func take() -> (packets: [TrickPacket], unreadable: Int) {
        let taken = packets.withLock { packets in
            defer { packets = [] }
            return packets
        }
        return (taken, unreadable.withLock { $0 })
    }
}

/// A guard of the application's own: suspends, refuses, counts.
final class WallGuard: Guard {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        calls.withLock { $0 += 1 }
        await Task.yield()
        return false
    }
}
