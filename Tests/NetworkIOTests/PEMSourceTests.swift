import Foundation
import NetworkIO
import TestSupport
import Testing

/// Certificates, keys and authorities as files and as texts.
@Suite struct PEMSourceTests {
    private func file(_ name: String) -> String { TestCertificates.path(name) }

    private func text(_ name: String) throws -> PEMSource {
        .text(try String(contentsOfFile: file(name), encoding: .utf8))
    }

    /// Why a server with this certificate does not start; nil when it does.
    private func error(
        _ certificate: PEMSource, _ key: PEMSource, passphrase: String? = nil, clientCA: [PEMSource]? = nil
    ) -> TLSConfigurationError? {
        var settings = TLSServerSettings(identities: [
            TLSIdentitySource(certificate: certificate, key: key, passphrase: passphrase.map(Secret.init))
        ])
        settings.clientCA = clientCA
        do throws(TLSConfigurationError) {
            _ = try TLSServerContext(settings, tickets: TLSTicketKeys())
            return nil
        } catch {
            return error
        }
    }

    @Test func `a text is as good as a file, and they mix`() throws {
        #expect(error(try text("ec.pem"), try text("ec.key")) == nil)
        #expect(error(.file(file("ec.pem")), try text("ec.key")) == nil)
        #expect(error(try text("rsa.pem"), .file(file("rsa.key")), clientCA: [try text("ca.pem")]) == nil)
    }

    @Test func `one text may have the key, the certificate and its issuers`() throws {
        let blocks = try ["ec.key", "ec.pem", "ca.pem"].map { try String(contentsOfFile: file($0), encoding: .utf8) }
        let all = PEMSource.text(blocks.joined(separator: "\r\n"))
        #expect(error(all, all) == nil)
    }

    @Test func `an encrypted key is opened by its passphrase, from a file and from a text`() throws {
        let path = file("encrypted.key")
        #expect(error(.file(file("ec.pem")), .file(path), passphrase: "secret") == nil)
        #expect(error(try text("ec.pem"), try text("encrypted.key"), passphrase: "secret") == nil)
        #expect(error(.file(file("ec.pem")), .file(path)) == .encryptedKey(file: path))
        #expect(error(.file(file("ec.pem")), .file(path), passphrase: "guess") == .wrongPassphrase(file: path))
        #expect(error(.file(file("ec.pem")), .file(path), passphrase: "") == .wrongPassphrase(file: path))
        let endless = String(repeating: "x", count: 5000)
        #expect(error(.file(file("ec.pem")), .file(path), passphrase: endless) == .wrongPassphrase(file: path))
    }

    @Test func `a passphrase for a key that needs none does no harm`() throws {
        #expect(error(.file(file("ec.pem")), .file(file("ec.key")), passphrase: "secret") == nil)
    }

    @Test func `what is wrong with a text is said without showing it`() throws {
        let key = try text("ec.key")
        #expect(error(key, key) == .noCertificate(file: "the text given as certificate"))
        #expect(error(try text("ec.pem"), .text("")) == .noKey(file: "the text given as key"))
        #expect(
            error(try text("ec.pem"), try text("encrypted.key"), passphrase: "guess")
                == .wrongPassphrase(file: "the text given as key"))
        #expect(
            error(try text("ec.pem"), try text("wild.key"))
                == .keyDoesNotMatch(key: "the text given as key", certificate: "the text given as certificate"))
        let damaged = PEMSource.text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        let refusal = try #require(error(damaged, key)).description
        #expect(refusal.hasPrefix("OpenSSL does not take the text given as certificate: certificate 1: "))
    }

    @Test func `of several authorities the one that is wrong is named`() throws {
        let good = PEMSource.file(file("ca.pem"))
        let pair = (PEMSource.file(file("ec.pem")), PEMSource.file(file("ec.key")))
        #expect(error(pair.0, pair.1, clientCA: [good, .file(file("client.pem")), good]) == nil)
        #expect(
            error(pair.0, pair.1, clientCA: [good, .text("none")]) == .noCertificate(file: "the text given as ca[1]"))
        #expect(
            error(pair.0, pair.1, clientCA: [good, .file("none.pem")])
                == .unreadable(file: "none.pem", reason: "no such file"))
        #expect(error(pair.0, pair.1, clientCA: []) == .noAuthority)
    }

    @Test func `a text taken for a file's name is not shown`() throws {
        let text = try String(contentsOfFile: file("ec.key"), encoding: .utf8)
        #expect(
            error(.file(file("ec.pem")), .file(text))
                == .unreadable(file: "the file named as key", reason: "no such file"))
        #expect(PEMSource(fileOrText: text) == .text(text))
        #expect(PEMSource(fileOrText: "ec.key") == .file("ec.key"))
    }

    @Test func `printing and dumping settings shows no key and no passphrase`() throws {
        let identity = TLSIdentitySource(
            certificate: try text("ec.pem"), key: try text("ec.key"), passphrase: Secret("swordfish"))
        var shown = "\(identity)" + String(reflecting: identity)
        dump(TLSServerSettings(identities: [identity]), to: &shown)
        #expect(!shown.contains("swordfish"))
        #expect(!shown.contains("BEGIN"))
    }

    @Test func `only files are watched`() throws {
        var settings = TLSServerSettings(identities: [
            TLSIdentitySource(certificate: .file("a.pem"), key: .text("b"))
        ])
        settings.clientCA = [.text("c"), .file("d.pem")]
        #expect(settings.files == ["a.pem", "d.pem"])
    }
}
