extension PathTrickFamily {
    /// Targets that are no plain path, and hosts that want to be another: RFC 9112 §3.2, RFC 9113 §8.3.1.
    static let forms = [
        PathTrickFamily("absolute form", absolute.map { PathTrick(target: $0) }),
        PathTrickFamily(
            "absolute form, the host of a guarded route on one side only",
            [
                PathTrick(target: "http://internal.test/public/x"),
                PathTrick(target: "http://INTERNAL.test:80/public/x"),
                PathTrick(target: "http://internal.test./public/x"),
                PathTrick(target: "https://internal.test/public/x"),
                PathTrick(target: "http://t/public/x", host: "internal.test"),
                PathTrick(target: "HTTP://t./public/x", host: "internal.test"),
                PathTrick(target: "http://t@internal.test/public/x"),
                PathTrick(target: "http://internal.test@t/public/x"),
                PathTrick(target: "http://internal.test/public/x", host: "internal.test@t"),
            ]),
        PathTrickFamily(
            "other forms",
            [
                "*", "/*", "**", "*/admin/panel", "admin/panel", "admin", "", "%2fadmin%2fpanel", "%2fadmin/panel", ".",
                "..", "./admin/panel",
                "../admin/panel", "?", "?/admin/panel", "#/admin/panel", ";/admin/panel", "t:80", "t", "t/admin/panel",
                "localhost:80/admin/panel",
                "@t/admin/panel", ":80/admin/panel", "://t/admin/panel", "~/admin/panel", "\"/admin/panel\"",
                "</admin/panel>",
            ].map { PathTrick(target: $0) }),
        PathTrickFamily(
            "other forms of OPTIONS", ["*", "**", "*/", "/*", "admin"].map { PathTrick(method: "OPTIONS", target: $0) }),
        PathTrickFamily("hosts", hosts.map { PathTrick(target: "/public/x", host: $0) }),
        PathTrickFamily("hosts before a guarded path", hosts.map { PathTrick(target: "/admin/panel", host: $0) }),
    ]

    private static let absolute = [
        "http://t/admin/panel", "HTTP://t/admin/panel", "hTtP://T/admin/panel", "https://t/admin/panel",
        "http://t:80/admin/panel",
        "http://t:443/admin/panel", "http://t:65536/admin/panel", "http://t:/admin/panel", "http://t:x/admin/panel",
        "http://t:080/admin/panel",
        "http://evil.test/admin/panel", "http://127.0.0.1/admin/panel", "http://localhost/admin/panel",
        "http://[::1]/admin/panel",
        "http://[::1]:80/admin/panel", "http://[::1/admin/panel", "http://0/admin/panel",
        "http://0x7f000001/admin/panel", "http://2130706433/admin/panel",
        "http://user@t/admin/panel", "http://user:password@t/admin/panel", "http://t@evil.test/admin/panel",
        "http://@t/admin/panel",
        "http://t%40evil.test/admin/panel", "http://t%2fadmin%2fpanel", "http://t%00/admin/panel",
        "http://t%20/admin/panel", "http://t;/admin/panel",
        "http://t,u/admin/panel", "http:///admin/panel", "http:/admin/panel", "http:admin/panel", "http:", "http://",
        "https://", "http://t", "http://t?",
        "http://t?/admin/panel", "http://t#/admin/panel", "http://t/#/admin/panel", "http://t\\admin\\panel",
        "http://t/\\admin/panel", "http:\\\\t/admin/panel",
        "http://t//admin/panel", "http://t/./admin/panel", "http://t/../admin/panel", "http://t/public/../admin/panel",
        "http://t/public/%2e%2e/admin/panel",
        "http://t/public/..;/admin/panel", "http://t/public%2f..%2fadmin", "http://t/admin/panel/",
        "http://t/admin/panel?x", "http://t/admin/1",
        "http://t/admin/users/x", "http://t/admin/users/", "http://t/public", "http://t/public/x", "http://t/files/x",
        "http://t/files/private/x",
        "http://http://t/admin/panel", "http://t/http://t/admin/panel", "ftp://t/admin/panel", "file:///admin/panel",
        "ws://t/admin/panel",
        "wss://t/admin/panel", "h2c://t/admin/panel", "gopher://t/admin/panel", "data:,/admin/panel",
        "javascript://t/%0a/admin/panel", "urn:admin:panel",
        "unix:///admin/panel", "//t/admin/panel", "://t/admin/panel", "http//t/admin/panel",
        "http+unix://t/admin/panel", "http ://t/admin/panel",
        "http://t /admin/panel", " http://t/admin/panel", "http://%74/admin/panel", "http://t.:80/public/x",
        "http://\u{FF54}/admin/panel",
    ]

    private static let hosts = [
        "internal.test", "INTERNAL.TEST", "Internal.Test", "internal.test.", "INTERNAL.TEST.:80", "internal.test..",
        "internal.test:80", "internal.test:0",
        "internal.test:65535", "internal.test:65536", "internal.test:", "internal.test:x", "internal.test:80:80",
        "internal.test:+80", "internal.test,t",
        "t,internal.test", "t, internal.test", "t internal.test", "internal.test;t", "internal.test@t",
        "t@internal.test", "internal.test/", "/internal.test",
        "internal.test/admin", "internal.test?", "internal.test#", "internal.test\\t", "internal.test%00",
        "internal.test%2e", "internal%2etest", "internal.test%20",
        "%69nternal.test", "http://internal.test", "//internal.test", "xinternal.test", "internal.test.t",
        "t.internal.test", "internal_test", ".internal.test",
        "-internal.test", "~internal.test", "[internal.test]", "[::1]", "[::1]:80", "[::1", "::1", "[::ffff:127.0.0.1]",
        "127.0.0.1", "127.1", "0", "localhost",
        "localhost.", "*", "*.test", "internal*", "\u{FF49}nternal.test", "\u{131}nternal.test", "internal\u{3002}test",
        "«FF»", "a«00»b", "a«09»b", "a«7F»b",
        "", ".", "..", "t:80", "T", "t.",
    ]
}
