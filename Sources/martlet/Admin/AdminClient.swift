import ArgumentParser
import MartletGateway
import MessageWire
import NIOCore
import NIOPosix
import NetworkIO

/// Where a gateway's admin listener is, and what to show it: options of `top` and `reload`.
struct AdminOptions: ParsableArguments {
    @Option(help: "The gateway's admin listener (gateway.admin.address in its route file).")
    var admin = "http://127.0.0.1:9901"

    @Option(help: "A file whose first line is the admin token.")
    var tokenFile: String?

    func client() throws -> AdminClient {
        if admin.hasPrefix("https://") { throw ValidationError("--admin: the admin listener speaks HTTP without TLS") }
        guard let place = AdminAddress(argument: admin) else {
            throw ValidationError("--admin must be an address such as http://127.0.0.1:9901, not \(admin)")
        }
        return AdminClient(address: place.address, token: try token())
    }

    private func token() throws -> String? {
        guard let tokenFile else { return nil }
        guard let text = try? String(contentsOfFileAt: tokenFile),
            let line = text.split(whereSeparator: \.isNewline).first
        else { throw ValidationError("--token-file: \(tokenFile) cannot be read, or is empty") }
        return String(line.drop { $0 == " " })
    }
}

/// Asks an admin listener: one connection for each question, which is plenty for a person.
struct AdminClient: Sendable {
    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var body: String

        /// The body as JSON.
        var json: JSONValue? { try? JSONValue.parse(body) }
        /// What a problem says.
        var detail: String { json?["detail"]?.stringValue ?? "status \(status)" }
    }

    /// Nobody was there, or what came was no answer.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// An answer beyond this is not read: the status of a thousand routes has a tenth of it.
    private static let maxBytes = 64 << 20
    private static let timeout = TimeAmount.seconds(30)

    let address: HostPort
    let token: String?

    /// Sends a request and reads the whole answer.
    ///
    /// - Throws: ``Failure``.
    func ask(_ method: String, _ path: String) async throws(Failure) -> Answer {
        do {
            let text = try await exchange(method, path)
            guard let answer = Self.parse(text) else {
                throw Failure(description: "\(address) does not answer as an admin listener does")
            }
            return answer
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                description: "no admin listener at \(address): \(Self.reason(error)); "
                    + "does the gateway's route file have gateway.admin?")
        }
    }

    private func exchange(_ method: String, _ path: String) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let authorization = token.map { "authorization: Bearer \($0)\r\n" } ?? ""
        let request =
            "\(method) \(path) HTTP/1.1\r\nhost: \(address)\r\naccept: application/json\r\n\(authorization)"
            + "content-length: 0\r\nconnection: close\r\n\r\n"
        let timer = channel.channel.eventLoop.scheduleTask(in: Self.timeout) { channel.channel.close(promise: nil) }
        defer { timer.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var bytes: [UInt8] = []
            for try await piece in inbound {
                bytes.append(contentsOf: piece.readableBytesView)
                guard bytes.count <= Self.maxBytes else { throw Failure(description: "the answer is too large") }
            }
            return bytes
        }
    }

    /// The admin listener answers with a length; the end of the connection says the rest.
    static func parse(_ bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let end = text.firstRange(of: "\r\n\r\n"),
            let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        let body = String(text[end.upperBound...])
        let length = text[..<end.lowerBound].split(separator: "\r\n").first {
            $0.lowercased().hasPrefix("content-length:")
        }
        guard let expected = length?.split(separator: ":").last.flatMap({ Int($0.drop { $0 == " " }) }),
            body.utf8.count == expected
        else { return nil }
        return Answer(status: status, body: body)
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError, let first = error.connectionErrors.first {
            return reason(first.error)
        }
        if let error = error as? IOError { return error.reasonText }
        return "\(error)"
    }
}

extension String {
    /// The text of a file, at most 64 KiB of it.
    fileprivate init(contentsOfFileAt path: String) throws {
        self = String(decoding: try DiskFileSource(maxBytes: 64 << 10).read(path), as: UTF8.self)
    }
}
