import Glibc
import NetworkIO

/// One GET to the admin listener on a blocking socket: a probe runs every few seconds and must cost next to nothing, so there are no
/// event loops and no threads.
struct HealthRequest {
    /// What is read of an answer; beyond, the rest does not matter.
    static let maxAnswerBytes = 64 * 1024

    let address: HostPort
    let path: String
    /// Seconds, for each call that waits.
    let timeout: Int

    /// Sends the request and reads the answer to its end.
    ///
    /// - Throws: why there is none.
    func answer() throws(HealthFailure) -> HealthAnswer {
        let socket = try connected()
        defer { close(socket) }
        let request = "GET \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n\r\n"
        try send(Array(request.utf8), to: socket)
        guard let answer = HealthAnswer(try receive(from: socket)) else {
            throw HealthFailure("\(address) does not speak HTTP")
        }
        return answer
    }

    /// Tries each address of the host in turn.
    private func connected() throws(HealthFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, "\(address.port)", &hints, &list) == 0, let first = list else {
            throw HealthFailure("the name \(address.host) cannot be resolved")
        }
        defer { freeaddrinfo(first) }
        var reason = "no address"
        for entry in sequence(first: first, next: { $0.pointee.ai_next }) {
            let info = entry.pointee
            let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
            guard descriptor >= 0 else { continue }
            limitTime(of: descriptor)
            if connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 { return descriptor }
            reason = Self.reason(errno)
            close(descriptor)
        }
        throw HealthFailure("no connection to \(address): \(reason)")
    }

    /// On Linux the limit of sending is that of connecting too.
    private func limitTime(of descriptor: Int32) {
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(HealthFailure) {
        // A request of a hundred bytes fits into a new socket's buffer at once.
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw HealthFailure("cannot send to \(address): \(Self.reason(errno))")
        }
    }

    private func receive(from descriptor: Int32) throws(HealthFailure) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while answer.count < Self.maxAnswerBytes {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            // What came before a reset or a silence may be an answer.
            guard count > 0 else {
                if count < 0, answer.isEmpty { throw HealthFailure("no answer from \(address): \(Self.reason(errno))") }
                break
            }
            answer += chunk[..<count]
        }
        return answer
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case EAGAIN, EINPROGRESS, ETIMEDOUT: "not in time"
        default: String(cString: strerror(code)).lowercased()
        }
    }
}

/// What the admin listener answered.
struct HealthAnswer: Equatable {
    var status: Int
    /// The beginning of the body's first line.
    var body: String

    var isWell: Bool { (200...299).contains(status) }

    /// - Parameter bytes: a whole answer of HTTP/1.1, or its beginning; `nil` when it is none.
    init?(_ bytes: [UInt8]) {
        let line = String(decoding: bytes.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        let words = line.split(separator: " ")
        guard line.hasPrefix("HTTP/1."), words.count > 1, words[1].utf8.count == 3, let status = Int(words[1]) else {
            return nil
        }
        self.status = status
        body = Self.body(of: bytes)
    }

    /// Bytes of the body that are shown.
    private static let shownBytes = 200

    private static func body(of bytes: [UInt8]) -> String {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else { return "" }
        let line = bytes[(end + 4)...].prefix(shownBytes).prefix { $0 != 10 && $0 != 13 }
        return String(decoding: line.map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
