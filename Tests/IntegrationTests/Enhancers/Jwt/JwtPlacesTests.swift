import TestSupport
import Testing

/// Where a token stands in a request, and what is said when it does not.
@Suite struct JwtPlacesTests {
    private func gateway(_ options: String = "", folder: TestFolder, limits: String = "") async throws -> GuardedGateway
    {
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        return try await GuardedGateway(
            "{ Jwt: { jwks: \(path), algorithms: ES256\(options.isEmpty ? "" : ", " + options) } }", limits: limits)
    }

    private static let missing = "Bearer realm=\"martlet\""
    private static let several = "Bearer realm=\"martlet\", error=\"invalid_request\""

    @Test func `behind Bearer, in any case and after blanks`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder: folder)
        let token = try await TokenSigner.es256().token()
        for good in ["Bearer \(token)", "bearer \(token)", "BEARER    \(token)"] {
            #expect(try await gateway.get("Authorization: \(good)").status == 200, "\(good.prefix(12))")
        }
        for bad in ["Basic \(token)", "DPoP \(token)", token, "Bearer", "Bearer\(token)", "Bearer\t\(token)", ""] {
            let answer = try await gateway.get("authorization: \(bad)")
            #expect(answer.status == 401, "\(bad.prefix(12))")
            #expect(answer.fields["www-authenticate"] == Self.missing, "\(bad.prefix(12))")
            #expect(answer.body.contains("\"code\":\"unauthorized\""))
        }
        for elsewhere in ["cookie: token=\(token)", "x-authorization: Bearer \(token)"] {
            #expect(try await gateway.get(elsewhere).status == 401)
        }
        #expect(try await gateway.get(query: "?access_token=\(token)").status == 401)
        await gateway.stop()
    }

    @Test func `two are no request at all`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder: folder)
        let token = try await TokenSigner.es256().token()
        for second in ["Bearer \(token)", "Bearer x", "Basic YTpi", ""] {
            for lines in [["Bearer \(token)", second], [second, "Bearer \(token)"]] {
                let answer = try await gateway.get("authorization: \(lines[0])", "Authorization: \(lines[1])")
                #expect(answer.status == 400)
                #expect(answer.fields["www-authenticate"] == Self.several)
                #expect(answer.body.contains("\"code\":\"invalid_request\""))
            }
        }
        // One of several values between commas is no token.
        #expect(try await gateway.get("authorization: Bearer \(token), Bearer \(token)").status == 401)
        #expect(gateway.packetCount == 0)
        await gateway.stop()
    }

    @Test func `in a header of its own`() async throws {
        let folder = try TestFolder()
        let token = try await TokenSigner.es256().token()
        let plain = try await gateway("header: X-Token", folder: folder)
        #expect(try await plain.get("x-token: \(token)").status == 200)
        #expect(try await plain.get("x-token: Bearer \(token)").status == 401)
        #expect(try await plain.get("authorization: Bearer \(token)").status == 401)
        #expect(try await plain.get("x-token: \(token)", "x-token: \(token)").status == 400)
        await plain.stop()
        let schemed = try await gateway("header: X-Token, scheme: Key", folder: folder)
        #expect(try await schemed.get("x-token: kEy \(token)").status == 200)
        #expect(try await schemed.get("x-token: \(token)").status == 401)
        await schemed.stop()
    }

    @Test func `in a cookie, the first of a name counting`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway("cookie: session", folder: folder)
        let token = try await TokenSigner.es256().token()
        for good in [
            "session=\(token)", "a=b; session=\(token); c=d", "session=\"\(token)\"", "session=\(token); session=x",
        ] {
            #expect(try await gateway.get("cookie: \(good)").status == 200, "\(good.prefix(20))")
        }
        #expect(try await gateway.get("cookie: session=\(token)", "cookie: session=x").status == 200)
        for bad in ["session=", "Session=\(token)", "xsession=\(token)", "session=x; session=\(token)"] {
            #expect(try await gateway.get("cookie: \(bad)").status == 401, "\(bad.prefix(20))")
        }
        #expect(try await gateway.get(token: token).fields["www-authenticate"] == Self.missing)
        await gateway.stop()
    }

    @Test func `in the query`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway("query: access_token", folder: folder)
        let token = try await TokenSigner.es256().token()
        #expect(try await gateway.get(query: "?a=b&access_token=\(token)").status == 200)
        #expect(try await gateway.get(query: "?access%5Ftoken=\(token)").status == 200)
        #expect(try await gateway.get(query: "?access_token=").status == 401)
        #expect(try await gateway.get(query: "?access_token").status == 401)
        #expect(try await gateway.get(query: "?access_token=%FF").status == 401)
        let twice = try await gateway.get(query: "?access_token=\(token)&access_token=\(token)")
        #expect(twice.status == 400)
        #expect(twice.fields["www-authenticate"] == Self.several)
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder: folder)
        let token = try await TokenSigner.es256().token()
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        try await client.send(
            .request(1, "GET", "/who", fields: [("authorization", "Bearer \(token)")]), .request(3, "GET", "/who"),
            .request(5, "GET", "/who", fields: [("authorization", "bearer \(token)x")]),
            .request(
                7, "GET", "/who", fields: [("authorization", "Bearer \(token)"), ("authorization", "Bearer \(token)")]))
        for (stream, status) in [(1, 200), (3, 401), (5, 401), (7, 400)] {
            let answer = await client.answer(stream)
            #expect(answer?.status == status, "stream \(stream)")
            #expect((answer?.fields["www-authenticate"] == nil) == (status == 200))
        }
        await gateway.stop()
    }
}
