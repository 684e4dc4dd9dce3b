extension PathTrickFamily {
    /// Methods, and fields that some server lets replace method, path, host or address of the client.
    static let methods = [
        PathTrickFamily("methods", tokens.map { PathTrick(method: $0, target: "/admin/panel") }),
        PathTrickFamily("methods before a parameter", tokens.map { PathTrick(method: $0, target: "/admin/1") }),
        PathTrickFamily(
            "methods of a public path",
            tokens.filter { !["POST", "PUT", "PATCH"].contains($0) }.map { PathTrick(method: $0, target: "/public") }),
    ]

    static let fields = [
        // Symfony CVE-2018-14773, IIS URL Rewrite, Zend; Next.js CVE-2025-29927; "403 bypass" lists.
        PathTrickFamily(
            "a guarded path in a field", pathFields.map { PathTrick(target: "/public", fields: [($0, "/admin/panel")]) }
        ),
        PathTrickFamily(
            "a public path in a field", pathFields.map { PathTrick(target: "/admin/panel", fields: [($0, "/public")]) }),
        PathTrickFamily(
            "a URL in a field",
            [
                "x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-path", "x-forwarded-prefix",
                "referer", "destination",
            ].flatMap { name in
                ["http://t/public", "/public/../admin/panel", "//t/public", "/public?", "/"].map {
                    PathTrick(target: "/admin/1", fields: [(name, $0)])
                }
            }),
        // OWASP WSTG: Test HTTP methods (method overriding).
        PathTrickFamily(
            "another method in a field",
            [
                "x-http-method-override", "x-http-method", "x-method-override", "x-method", "method", "_method",
                "x-original-method", "x-forwarded-method",
            ]
            .flatMap { name in
                ["OPTIONS", "HEAD", "DELETE", "PATCH", "CONNECT"].map {
                    PathTrick(target: "/admin/panel", fields: [(name, $0)])
                }
            }),
        PathTrickFamily(
            "another address in a field",
            addressFields.flatMap { name in
                ["127.0.0.1", "10.0.0.1"].map { PathTrick(target: "/admin/1", fields: [(name, $0)]) }
            }),
        PathTrickFamily(
            "addresses in odd spellings",
            [
                "::1", "[::1]", "10.0.0.1, 127.0.0.1", "127.0.0.1, 10.0.0.1", "localhost", "unknown", "_hidden", "0",
                "2130706433", "0177.0.0.1", "::ffff:10.0.0.1", "",
                "10.0.0.1:80", "\"10.0.0.1\"", "10.0.0.1;", "for=10.0.0.1", "null",
            ].map { PathTrick(target: "/admin/1", fields: [("x-forwarded-for", $0)]) }),
        PathTrickFamily(
            "Forwarded",
            [
                "for=10.0.0.1", "for=127.0.0.1;host=internal.test;proto=https", "for=\"[::1]\"", "host=internal.test",
                "by=unknown", "for=_x;path=/public", "",
            ].flatMap {
                [
                    PathTrick(target: "/admin/1", fields: [("forwarded", $0)]),
                    PathTrick(target: "/public/x", fields: [("forwarded", $0)]),
                ]
            }),
        PathTrickFamily(
            "another host in a field",
            [
                "x-forwarded-host", "x-host", "x-original-host", "x-forwarded-server", "x-http-host-override",
                "x-backend-host", ":host", "x-forwarded-port",
            ].filter {
                $0.first != ":"
            }.flatMap { name in
                [
                    PathTrick(target: "/public/x", fields: [(name, "internal.test")]),
                    PathTrick(target: "/public/x", host: "internal.test", fields: [(name, "t")]),
                    PathTrick(target: "/admin/panel", fields: [(name, "localhost")]),
                ]
            }),
        PathTrickFamily(
            "the condition of a route",
            [
                [("x-internal", "1")], [("x-internal", "0"), ("x-internal", "1")],
                [("x-internal", "1"), ("x-internal", "0")], [("x-internal", "1,0")],
                [("x-internal", "01")], [("x-internal", "")], [("x_internal", "1")], [("x-internal", "%31")],
                [("x-internal", "\"1\"")], [("x-internal-", "1")],
                [("x-interna", "1")], [("x.internal", "1")], [("x-internal", "1;")], [("x-internal", "true")],
            ].map { PathTrick(target: "/public", fields: $0) }),
        PathTrickFamily(
            "credentials that are none",
            credentials.flatMap { field in
                ["/admin/panel", "/admin/users/x"].map { PathTrick(target: $0, fields: [field]) }
            }),
        PathTrickFamily(
            "trust in a field",
            [
                ("x-middleware-subrequest", "middleware:middleware:middleware:middleware:middleware"),
                ("x-authenticated", "true"), ("x-user", "admin"),
                ("x-remote-user", "admin"), ("remote-user", "admin"), ("x-forwarded-user", "admin"),
                ("x-webauth-user", "admin"), ("x-ssl-client-verify", "SUCCESS"),
                ("x-client-cert", "CN=admin"), ("x-forwarded-client-cert", "By=x;Subject=\"CN=admin\""),
                ("x-roles", "admin"), ("x-admin", "1"), ("x-debug", "1"),
                ("x-internal", "1"), ("x-envoy-internal", "true"), ("x-forwarded-proto", "https"),
                ("x-forwarded-scheme", "https"), ("front-end-https", "on"),
                ("x-requested-with", "XMLHttpRequest"), ("origin", "http://t"),
                ("access-control-request-method", "GET"), ("sec-fetch-site", "same-origin"),
                ("max-forwards", "0"), ("via", "1.1 t"), ("expect", "100-continue"), ("prefer", "respond-async"),
                ("purpose", "prefetch"), ("range", "bytes=0-0"),
                ("if-none-match", "*"), ("cache-control", "only-if-cached"), ("accept", "text/event-stream"),
                ("content-type", "text/plain"),
                ("content-type", "application/x-www-form-urlencoded"), ("content-length", "0"),
            ].flatMap { field in ["/admin/panel", "/admin/roles/x"].map { PathTrick(target: $0, fields: [field]) } }),
    ]

    static let queries = [
        PathTrickFamily(
            "queries of a guarded path", in: ["/admin/panel{}", "/admin/1{}"],
            [
                "?/public", "?/../public", "?/../../public", "?path=/public", "?url=/public", "?_method=OPTIONS",
                "?_method=HEAD", "?method=POST", "?x-api-key=a", "?key=a",
                "?authorization=Basic%20YTpi", "?x-internal=1", "?&", "?=", "?&&", "?%00", "?%0d%0a", "?%ff", "?%",
                "?%zz", "?;", "?;x", "?a;b", "?\\", "?\\..\\public", "?../",
                "?..;/", "?%2e%2e%2f", "?http://t/public", "?wsdl", "?.js", "?debug=1", "?/.css", "?%3f", "?%26",
                "?&amp;", "?[]", "?x[]=1", "?__proto__=1", "?constructor=1",
                "?id=2", "?rest=x", "?:id=1", "?*", "?x#y", "? x", "?«00»", "?«0A»", "?«FF»", "?\u{E9}",
            ]),
        PathTrickFamily(
            "queries of a public path", in: ["/public{}"],
            [
                "?", "??", "?/admin/panel", "?/../admin/panel", "?../admin/panel", "?#/admin/panel",
                "?\\..\\admin\\panel", "?path=/admin/panel", "?_method=DELETE",
                "?x-internal=1", "?host=internal.test", "?%0d%0ahost:%20internal.test", "?%0d%0ax-internal:%201", "?&",
                "?%ff", "?%", "?;/admin/panel", "? HTTP/1.1",
                "?/%2e%2e/admin/panel", "?%3f/admin/panel", "?route=panel", "?pattern=guarded.panel", "?__proto__=1",
                "?name=../admin", "?parameter=x",
            ]),
    ]

    private static let tokens = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "DEBUG", "CONNECT", "get", "Get",
        "GeT", "gET", "head", "post", "options", "GETT", "GET1",
        "GE", "G", "XGET", "GET-", "GET.", "*", "FOO", "INVENTED", "JEFF", "ARBITRARY", "PROPFIND", "PROPPATCH",
        "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "REPORT",
        "VERSION-CONTROL", "CHECKOUT", "MERGE", "ACL", "BIND", "LINK", "UNLINK", "PURGE", "BAN", "QUERY", "SUBSCRIBE",
        "NOTIFY", "M-SEARCH", "SOURCE", "RPC_IN_DATA", "PRI", "$GET",
    ]

    private static let pathFields = [
        "x-original-url", "x-rewrite-url", "x-original-uri", "x-rewrite-uri", "x-override-url", "x-forwarded-path",
        "x-forwarded-prefix", "x-forwarded-uri", "x-forwarded-url",
        "x-forwarded-request-uri", "x-request-uri", "request-uri", "x-uri", "x-url", "x-path", "x-proxy-url",
        "x-http-destinationurl", "x-http-path-override", "x-envoy-original-path",
        "x-matched-path", "x-invoke-path", "x-middleware-rewrite", "x-nextjs-data", "x-accel-redirect", "x-sendfile",
        "x-waws-unencoded-url", "x-original-path", "x-script-name",
        "script-name", "path-info", "x-base-url", "base-url", "redirect", "uri", "url", "path", "content-location",
        "location", "destination", "referer", "x-ms-original-url", "x-arr-log-id",
    ]

    private static let addressFields = [
        "x-forwarded-for", "x-forwarded", "forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip",
        "x-client-ip", "client-ip", "x-originating-ip", "x-remote-ip", "x-remote-addr",
        "x-cluster-client-ip", "x-azure-clientip", "fastly-client-ip", "x-custom-ip-authorization",
        "x-envoy-external-address", "x-appengine-user-ip", "remote-addr", "x-forwarded-by", "via",
        "x-host-ip", "x-proxyuser-ip", "wl-proxy-client-ip", "x-original-remote-addr", "x-original-forwarded-for",
    ]

    private static let credentials = [
        ("x-api-key", ""), ("x-api-key", "null"), ("x-api-key", "undefined"), ("x-api-key", "*"),
        ("x-api-key", "' or '1'='1"),
        ("x-api-key", "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"), ("x-api-key", "Open Sesame"),
        ("x-api-key", "open sesame, open sesame"), ("x-api-key", "\"open sesame\""),
        ("x-api-key", "open%20sesame"), ("x_api_key", "open sesame"), ("x-api-key-", "open sesame"),
        ("api-key", "open sesame"), ("x-apikey", "open sesame"), ("authorization", "open sesame"),
        ("authorization", ""), ("authorization", "Basic"), ("authorization", "Basic Og=="),
        ("authorization", "Basic Oi="), ("authorization", "Basic b3Bz"), ("authorization", "Basic b3BzOg=="),
        ("authorization", "Basic b3BzOnB3Cg=="), ("authorization", "Basic OnB3"), ("authorization", "Basic b3BzAHB3"),
        ("authorization", "Basicb3BzOnB3"), ("authorization", "Bearer b3BzOnB3"),
        ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."), ("authorization", "Digest username=\"ops\""),
        ("authorization", "Basic ops:pw"), ("proxy-authorization", "Basic b3BzOnB3"),
        ("x-authorization", "Basic b3BzOnB3"), ("cookie", "x-api-key=open sesame"),
        ("cookie", "authorization=Basic b3BzOnB3"),
    ]
}
