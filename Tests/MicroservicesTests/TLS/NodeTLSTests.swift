import Foundation
import Logging
import Microservices
import TestSupport
import Testing

private let hasNode =
    ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/node")
    } ?? false

/// TLS with Node, whose `tls` module NestJS hands its `tlsOptions` to: the same words there and here. Where Node is not installed
/// there is nothing to compare with.
@Suite(.serialized, .timeLimit(.minutes(1)), .enabled(if: hasNode))
struct NodeTLSTests {
    private let quiet = Logger(label: "test") { _ in LogRecorder() }

    private static func text(_ path: String) throws -> PEM {
        .text(try String(contentsOfFile: path, encoding: .utf8))
    }

    /// `tlsOptions` of a caller: believes two authorities, and opens its encrypted key.
    private static let caller = """
        const { readFileSync } = require('fs');
        const [port, ca, other, cert, key] = process.argv.slice(1);
        const socket = require('tls').connect({
          host: '127.0.0.1', port, servername: 'localhost', ca: [readFileSync(other), readFileSync(ca)],
          cert: readFileSync(cert), key: readFileSync(key), passphrase: 'secret',
        }, () => socket.write('47#{"pattern":{"cmd":"sum"},"data":[1,2],"id":"a"}'));
        socket.on('data', (data) => { process.stdout.write(data); socket.end(); });
        socket.on('error', (error) => { process.stdout.write(error.code); process.exit(1); });
        """

    @Test(arguments: [true, false])
    func `a Node client with tlsOptions calls a service`(isBelieved: Bool) async throws {
        let (own, other) = (try await TestAuthority("Callers"), try await TestAuthority("Other"))
        defer {
            own.remove()
            other.remove()
        }
        let options = ServerTLSOptions(
            certificate: .file(TestCertificates.path("ec.pem")), key: try Self.text(TestCertificates.path("ec.key")),
            // The caller's certificate is the service's: the authority of both is the one of the fixtures.
            clientCA: [.file(own.ca)] + (isBelieved ? [try Self.text(TestCertificates.path("ca.pem"))] : []))
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, tls: options), eventLoopCount: 1, logger: quiet)
        service.onMessage(["cmd": "sum"]) { (numbers: [Int], _) in numbers.reduce(0, +) }
        try await service.start()
        let port = try #require(service.address?.port)
        let result = try await Command.run(
            "node",
            [
                "-e", Self.caller, "\(port)", TestCertificates.path("ca.pem"), other.ca,
                TestCertificates.path("ec.pem"), TestCertificates.path("encrypted.key"),
            ])
        if isBelieved {
            #expect(result.output == #"41#{"response":3,"isDisposed":true,"id":"a"}"#)
        } else {
            #expect(result.output == "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA")
        }
        await service.shutdown()
    }

    /// A server with `tlsOptions` that answers each request with the name in the caller's certificate, and ends with its input.
    private static let server = """
        const { readFileSync } = require('fs');
        const [ca, other, cert, key] = process.argv.slice(1);
        const options = {
          ca: [readFileSync(other), readFileSync(ca)], cert: readFileSync(cert), key: readFileSync(key),
          passphrase: 'secret', requestCert: true, rejectUnauthorized: true,
        };
        const server = require('tls').createServer(options, (socket) => {
          socket.on('error', () => {});
          socket.on('data', (data) => {
            const { id } = JSON.parse(data.toString().replace(/^[0-9]+#/, ''));
            const answer = JSON.stringify({ response: socket.getPeerCertificate().subject.CN, isDisposed: true, id });
            socket.write(answer.length + '#' + answer);
          });
        });
        server.listen(0, '127.0.0.1', () => process.stdout.write('ACCEPT 127.0.0.1:' + server.address().port + '\\n'));
        process.stdin.resume();
        process.stdin.on('end', () => process.exit(0));
        """

    @Test func `a client calls a Node service with tlsOptions`() async throws {
        let (own, other) = (try await TestAuthority("Callers"), try await TestAuthority("Other"))
        defer {
            own.remove()
            other.remove()
        }
        try await own.issue("shop")
        try await other.issue("shop")
        let server = try await ForeignServer.start(
            program: "node",
            [
                "-e", Self.server, own.ca, TestCertificates.path("ca.pem"), TestCertificates.path("ec.pem"),
                TestCertificates.path("encrypted.key"),
            ])
        defer { server.stop() }
        func name(_ authority: TestAuthority) async throws -> String {
            var options = ClientTLSOptions()
            options.ca = [.file(other.ca), try Self.text(TestCertificates.path("ca.pem"))]
            options.certificate = try Self.text(authority.path("shop.pem"))
            options.key = .file(authority.path("shop.key"))
            let client = ClientProxy(
                try ClientConfiguration(host: "localhost", port: server.port, timeout: nil).secured(by: options),
                logger: quiet)
            let name = Task { try await client.send("who", "am I").decoded(as: String.self) }
            let result = await name.result
            await client.close()
            return try result.get()
        }
        #expect(try await name(own) == "shop")
        await #expect(throws: (any Error).self) { try await name(other) }
    }
}
