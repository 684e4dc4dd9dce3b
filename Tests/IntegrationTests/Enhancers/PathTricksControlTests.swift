import TestSupport
import Testing

/// What ``PathTricksTests`` rests on: the guarded routes do send their messages to who may, and the oracle sees them.
@Suite(.timeLimit(.minutes(5))) struct PathTricksControlTests {
    /// A request that may pass each guarded route, by its id. `others` needs a role that nobody has.
    private static let admitted: [(id: String, trick: PathTrick)] = {
        let key = [(name: "x-api-key", value: "open sesame")]
        let basic = [(name: "authorization", value: "Basic b3BzOnB3")]
        // The gateway trusts its peer here, so that this is the client's address.
        let elsewhere = [(name: "x-forwarded-for", value: "192.0.2.1")]
        return [
            ("panel", PathTrick(target: "/admin/panel", fields: key)),
            ("panel", PathTrick(target: "/%61dmin/pane%6c?/public", fields: key)),
            ("event", PathTrick(method: "POST", target: "/admin/event", fields: key)),
            ("settings", PathTrick(target: "/admin/settings/", fields: key)),
            ("roles", PathTrick(target: "/admin/roles/x", fields: basic)),
            ("users", PathTrick(target: "/admin/users/a/b/", fields: basic)),
            ("one", PathTrick(target: "/admin/Panel", fields: elsewhere)),
            ("private", PathTrick(target: "/files/private/x", fields: key)),
            ("when", PathTrick(target: "/public", fields: key + [(name: "x-internal", value: "1")])),
            ("hosted", PathTrick(target: "/public/x", host: "INTERNAL.test.:80", fields: elsewhere)),
        ]
    }()

    @Test func `who has credentials reaches every guarded route, and the oracle tells`() async throws {
        let tricks = try await TrickGateway(.routes, gateway: "trustedProxies: [127.0.0.1]")
        let client = try await HTTP2TestConnection.open(port: tricks.gateway.port)
        var stream = 1
        for (id, trick) in Self.admitted {
            let wanted = id == "event" ? 202 : 200
            #expect(try await tricks.http1(TrickGateway.http1(trick)) == [wanted], "\(id)")
            #expect(try await TrickGateway.http2([trick], on: client, first: stream) == [wanted], "\(id)")
            stream += 2
            let packets = try await tricks.packets()
            #expect(packets.map(\.pattern) == ["guarded.\(id)", "guarded.\(id)"])
            #expect(packets.allSatisfy { $0.fault(sent: []) == "a guarded pattern" })
        }
        let unreached = Set(TrickRoute.all.filter { $0.guards != nil }.map(\.id)).subtracting(Self.admitted.map(\.id))
        #expect(unreached == ["others"])
        try await client.close()
        await tricks.stop()
    }

    @Test func `a role that the caller has not is refused behind good credentials`() async throws {
        let tricks = try await TrickGateway(.routes)
        let trick = PathTrick(target: "/admin/others/x", fields: [("authorization", "Basic b3BzOnB3")])
        #expect(try await tricks.http1(TrickGateway.http1(trick)) == [403])
        #expect(try await tricks.packets() == [])
        await tricks.stop()
    }

    @Test func `without guards the oracle sees the tricks' targets reach their routes`() async throws {
        let tricks = try await TrickGateway(.none)
        let targets = ["/admin/panel", "/admin/users/x", "/files/private/x", "/admin/1"]
        for target in targets {
            #expect(try await tricks.http1(TrickGateway.http1(PathTrick(target: target))) == [200])
        }
        let packets = try await tricks.packets()
        #expect(packets.map(\.path) == targets)
        #expect(packets.allSatisfy { $0.fault(sent: Array($0.path.utf8)) == "a guarded pattern" })
        await tricks.stop()
    }

    @Test(arguments: [
        ("open.nothing", "/public", ""), ("open.public", "/public/../admin/panel", ""), ("open.public", "/other", ""),
        ("open.name", "/public/x", "y"), ("open.name", "/public/x", "../admin"), ("open.name", "/public/x", "a/b"),
        ("open.name", "/public/%2e%2e", ".."), ("open.name", "/public/x", "a\u{0}"),
        ("open.files", "/files/a//b", "a//b"),
        ("open.files", "/files/private/x", "private/x"), ("open.files", "/files/a\\b", "a\\b"),
        ("open.name", "/public/e\u{301}", "\u{E9}"),
    ])
    func `the oracle tells messages that no path explains`(pattern: String, path: String, parameter: String) {
        let packet = TrickPacket(pattern: pattern, method: "GET", path: path, host: "t", parameter: parameter)
        #expect(packet.fault(sent: Array(path.utf8)) != nil)
    }

    @Test func `the oracle tells paths and hosts that were not sent`() {
        let packet = TrickPacket(pattern: "open.name", method: "GET", path: "/public/x", host: "t", parameter: "x")
        #expect(packet.fault(sent: Array("GET /public/x".utf8)) == nil)
        #expect(packet.fault(sent: Array("GET /public/y".utf8)) == "a path that nobody sent")
        let hosted = TrickPacket(
            pattern: "open.name", method: "GET", path: "/public/x", host: "internal.test", parameter: "x")
        #expect(hosted.fault(sent: []) != nil)
    }

    @Test func `a registered guard is asked for each request that meets its route, and only then`() async throws {
        let tricks = try await TrickGateway(.custom)
        for (target, calls) in [
            ("/admin/panel", 1), ("/public", 1), ("/admin/../admin/panel", 1), ("/admin/1?x", 2), ("/nothing", 2),
            ("/files/private/x", 3), ("/%61dmin/panel", 4), ("//admin/panel", 4),
        ] {
            _ = try await tricks.http1(TrickGateway.http1(PathTrick(target: target)))
            #expect(tricks.wall.count == calls, "\(target)")
        }
        #expect(try await tricks.packets().map(\.pattern) == ["open.public"])
        await tricks.stop()
    }
}
