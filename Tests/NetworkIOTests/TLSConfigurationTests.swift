import NetworkIO
import TestSupport
import Testing

@Suite struct TLSConfigurationTests {
    private func file(_ name: String) -> String { TestCertificates.path(name) }

    private func error(_ certificate: String, _ key: String, _ change: (inout TLSServerSettings) -> Void = { _ in })
        -> TLSConfigurationError?
    {
        var settings = TLSServerSettings(
            identities: [TLSIdentitySource(certificateFile: file(certificate), keyFile: file(key))])
        change(&settings)
        do throws(TLSConfigurationError) {
            _ = try TLSServerContext(settings, tickets: TLSTicketKeys())
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["ec", "rsa", "wild"])
    func `good files are taken`(name: String) {
        #expect(error("\(name).pem", "\(name).key") == nil)
    }

    @Test func `what is wrong is said with the file's name`() {
        #expect(error("none.pem", "ec.key") == .unreadable(file: file("none.pem"), reason: "no such file"))
        #expect(error("ec.pem", "none.key") == .unreadable(file: file("none.key"), reason: "no such file"))
        #expect(error("ec.key", "ec.key") == .noCertificate(file: file("ec.key")))
        #expect(error("README.md", "ec.key") == .noCertificate(file: file("README.md")))
        #expect(error("ec.pem", "ec.pem") == .noKey(file: file("ec.pem")))
        #expect(error("ec.pem", "encrypted.key") == .encryptedKey(file: file("encrypted.key")))
        #expect(error("ec.pem", "wild.key") == .keyDoesNotMatch(key: file("wild.key"), certificate: file("ec.pem")))
        let expired = error("expired.pem", "expired.key")
        #expect(expired?.description.contains("expired.pem expired on 2026-11-24") == true)
        #expect(error("ec.pem", "ec.key") { $0.ciphers = "NONE-OF-THESE" } == .badCiphers("NONE-OF-THESE"))
        #expect(
            error("ec.pem", "ec.key") { $0.clientCA = [.file(file("ec.key"))] } == .noCertificate(file: file("ec.key")))
    }

    @Test func `a client's files are checked too`() {
        func error(_ change: (inout TLSClientSettings) -> Void) -> TLSConfigurationError? {
            var settings = TLSClientSettings()
            change(&settings)
            do throws(TLSConfigurationError) {
                _ = try TLSClientContext(settings)
                return nil
            } catch {
                return error
            }
        }
        #expect(error { _ in } == nil)
        #expect(error { $0.ca = [.file(file("ca.pem"))] } == nil)
        #expect(error { $0.ca = [.file(file("ec.key"))] } == .noCertificate(file: file("ec.key")))
        #expect(
            error { $0.identity = TLSIdentitySource(certificateFile: file("client.pem"), keyFile: file("client.key")) }
                == nil)
        #expect(
            error { $0.identity = TLSIdentitySource(certificateFile: file("client.pem"), keyFile: file("ec.key")) }
                == .keyDoesNotMatch(key: file("ec.key"), certificate: file("client.pem")))
    }
}
