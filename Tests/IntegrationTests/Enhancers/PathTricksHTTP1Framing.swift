extension HTTP1Trick {
    // RFC 9112 §6.3; Watchfire 2005; James Kettle 2019 (CL.TE, TE.CL, TE.TE), 2022 (CL.0, client-side desync), 2025 (0.CL, Expect);
    // Jeppe Bonde Weikop 2025: "chunk extensions" (TERM.EXT, EXT.TERM).
    static let framing =
        [
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 43\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{guarded}",
                [400]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n26\r\n{guarded}\r\n0\r\n\r\n",
                [400]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 0\r\ncontent-length: 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\ncontent-length: 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 0, 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: +38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: -38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 0x26\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 3 8\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38.0\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length:\r\n\r\n{guarded}", [400]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 18446744073709551654\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length : 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length:\r\n 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent_length: 38\r\n\r\n{guarded}", [200, 401]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}{guarded}", [400, 401]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 37\r\n\r\n{guarded}", [400, 400]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}{guarded}", [200, 401]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 0\r\n\r\n{guarded}", [200, 401]),
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [200, 401]),
            HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}", [400]),
            HTTP1Trick(
                "HEAD /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\ncontent-type: text/plain\r\n\r\n{guarded}",
                [415]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ncontent-type: text/plain\r\ncontent-length: 38\r\n\r\n{guarded}",
                [415]),
            HTTP1Trick("POST /nothing HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}", [404]),
            HTTP1Trick("POST /admin/panel HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}", [401]),
            HTTP1Trick("OPTIONS /admin/panel HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}", [204]),
            HTTP1Trick("OPTIONS * HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}{guarded}", [204, 401]),
            HTTP1Trick("PUT /public HTTP/1.1\r\nhost: t\r\ncontent-length: 38\r\n\r\n{guarded}", [405]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\nexpect: 100-continue\r\ncontent-length: 38\r\n\r\n{guarded}{guarded}",
                [400, 401]),
            HTTP1Trick(
                "POST /admin/panel HTTP/1.1\r\nhost: t\r\nexpect: 100-continue\r\ncontent-length: 38\r\n\r\n{guarded}",
                [401]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\nexpect: y 100-continue\r\ncontent-length: 38\r\n\r\n{guarded}",
                [417]),
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\nexpect:\r\n 100-continue\r\ncontent-length: 38\r\n\r\n{guarded}",
                [417]),
        ] + transferCodings + chunks

    private static let transferCodings =
        [
            "xchunked", "chunked, identity", "identity", "gzip, chunked", "chunked, chunked",
            "chunked\r\ntransfer-encoding: x", "x\r\ntransfer-encoding: chunked", "«0B»chunked",
            "chunked;x=1", "\"chunked\"", "chunk", "chunked,", ",chunked", "chunked«00»", "\r\n chunked",
            "cow, chunked", "",
        ].map {
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ntransfer-encoding: \($0)\r\n\r\n0\r\n\r\n{guarded}", [400])
        }
        + [
            "Transfer-Encoding ", "Transfer-Encoding\t", " Transfer-Encoding", "Transfer-Encoding\r\n ",
            "X: x\nTransfer-Encoding", "Transfer«00»-Encoding",
        ].map {
            HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\n\($0): chunked\r\n\r\n0\r\n\r\n{guarded}", [400])
        } + [
            HTTP1Trick(
                "POST /public HTTP/1.1\r\nhost: t\r\ntransfer_encoding: chunked\r\n\r\n0\r\n\r\n{guarded}", [200, 400])
        ]

    private static let chunks = [
        ("0\r\n\r\n{guarded}", [200, 401]), ("26\r\n{guarded}\r\n0\r\n\r\n{guarded}", [400, 401]),
        ("2\r\n{}\r\n0\r\n\r\n{guarded}", [200, 401]),
        ("2;x=\"\r\n{}\r\n0\r\n\r\n{guarded}", [200, 401]), ("2;\n{}\r\n0\r\n\r\n{guarded}", [400]),
        ("2;x«0D»y\r\n{}\r\n0\r\n\r\n{guarded}", [400]), ("2\n{}\n0\n\n{guarded}", [400]),
        ("2\r{}\r\n0\r\n\r\n{guarded}", [400]), ("2 \r\n{}\r\n0\r\n\r\n{guarded}", [400]),
        (" 2\r\n{}\r\n0\r\n\r\n{guarded}", [400]), ("+2\r\n{}\r\n0\r\n\r\n{guarded}", [400]),
        ("-2\r\n{}\r\n0\r\n\r\n{guarded}", [400]), ("0x2\r\n{}\r\n0\r\n\r\n{guarded}", [400]),
        ("2_0\r\n{}\r\n0\r\n\r\n{guarded}", [400]), ("\r\n{guarded}", [400]),
        ("10000000000000002\r\n{}\r\n0\r\n\r\n{guarded}", [400]),
        ("ffffffffffffffff\r\n{}\r\n0\r\n\r\n{guarded}", [400]),
        ("0000000000000002\r\n{}\r\n0\r\n\r\n{guarded}", [200, 401]),
        ("2\r\n{}0\r\n\r\n{guarded}", [400]), ("2\r\n{}XX0\r\n\r\n{guarded}", [400]),
        ("2\r\n{}\n0\r\n\r\n{guarded}", [400]), ("0\r\n\n{guarded}", [400]), ("0\n\r\n{guarded}", [400]),
        ("0\r\nGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [400]),
        ("0\r\nx-api-key: open sesame\r\nhost: internal.test\r\n\r\n{guarded}", [200, 401]),
        ("0\r\nx: y\r\n z\r\n\r\n{guarded}", [400]), ("0\r\ncontent-length: 38\r\n\r\n{guarded}", [200, 401]),
        ("0;x=\r\n\r\n{guarded}", [200, 401]), ("z\r\n\r\n{guarded}", [400]),
    ].map { body, statuses in
        HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n" + body, statuses)
    }

    /// What comes behind another request is a request of its own, with guards of its own.
    static let pipelines = [
        HTTP1Trick("{guarded}{guarded}", [401, 401]),
        HTTP1Trick(
            "GET /public HTTP/1.1\r\nhost: t\r\n\r\n{guarded}GET /public HTTP/1.1\r\nhost: t\r\n\r\n", [200, 401, 200]),
        HTTP1Trick("{guarded}GET /public HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [401, 200, 401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n{guarded}", [200]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nconnection: keep-alive, Close\r\n\r\n{guarded}", [200]),
        HTTP1Trick(
            "GET /public/x HTTP/1.1\r\nhost: t\r\n\r\nGET /public/x HTTP/1.1\r\nhost: internal.test\r\n\r\n",
            [200, 403]),
        HTTP1Trick(
            "GET /public/x HTTP/1.1\r\nhost: internal.test\r\n\r\nGET /public/x HTTP/1.1\r\nhost: t\r\n\r\n",
            [403, 200]),
        HTTP1Trick(
            "GET /public HTTP/1.1\r\nhost: t\r\nx-internal: 1\r\n\r\nGET /public HTTP/1.1\r\nhost: t\r\n\r\n",
            [401, 200]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\n\r\n/../admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [200, 400]),
        HTTP1Trick("GET /files/x HTTP/1.1\r\nhost: t\r\n\r\n\r\n{guarded}", [200, 401]),
        HTTP1Trick("GET /files/x HTTP/1.1\r\nhost: t\r\n\r\n\r\n\r\n{guarded}", [200, 400]),
        HTTP1Trick("GET /files/x HTTP/1.1\r\nhost: t\r\n\r\n\n{guarded}", [200, 400]),
        HTTP1Trick("GET /files/x HTTP/1.1\r\nhost: t\r\n\r\n {guarded}", [200, 400]),
        HTTP1Trick("POST /public HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}\r\n{guarded}", [200, 401]),
        HTTP1Trick(
            "POST /public/x HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}GET /public/y HTTP/1.1\r\nhost: internal.test\r\n\r\n",
            [200, 403]),
        HTTP1Trick("POST /admin/event HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [401, 401]),
        HTTP1Trick("POST /admin/event HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}{guarded}", [401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\n\r\nGET /admin/panel HTTP/1.1\r\nhost: t\r\n", [200]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key: ", []),
        HTTP1Trick("POST /admin/panel HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n5", [401]),
    ]
}
