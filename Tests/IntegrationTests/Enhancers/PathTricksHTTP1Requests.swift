/// Bytes on an HTTP/1.1 connection that hide a request, or its path, and the statuses of their answers.
///
/// `{guarded}` stands for a request to a guarded route, which nobody may see. What follows a refused request is not read.
struct HTTP1Trick: Sendable, CustomStringConvertible {
    let text: String
    let statuses: [Int]

    init(_ text: String, _ statuses: [Int]) {
        self.text = text
        self.statuses = statuses
    }

    var bytes: [UInt8] {
        RawText.bytes(text.replacing("{guarded}", with: "GET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n"))
    }
    var description: String { String(text.debugDescription.prefix(160)) }

    static let all = requestLines + versions + fieldLines + hosts + framing + pipelines

    // RFC 9112 §3; James Kettle, "HTTP Desync Attacks" (2019), "HTTP/1 must die" (2025); h11's and llhttp's test suites.
    static let requestLines = [
        HTTP1Trick("GET  /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel  HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET   /admin/panel   HTTP/1.1   \r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET\t/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel\tHTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET«0B»/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET«0C»/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET«A0»/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET«00»/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET«0D»/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick(" GET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("\tGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("«EFBBBF»GET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("\r\nGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [401]),
        HTTP1Trick("\r\n\r\nGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("\nGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("\rGET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\nhost: t\n\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\rhost: t\r\r", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1 \r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1«00»\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /public HTTP/1.1 /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /public /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel\r\n HTTP/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("GET /public HTTP/1.1\r\n/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET GET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET:/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("(GET) /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("G«00»ET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GÉT /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("HTTP/1.1 GET /admin/panel\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("CONNECT t:80 HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [405]),
        HTTP1Trick("CONNECT /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [400]),
        HTTP1Trick("CONNECT http://t/admin/panel HTTP/1.1\r\nhost: t\r\n\r\n{guarded}", [400]),
        HTTP1Trick("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n{guarded}", []),
        HTTP1Trick("\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{guarded}", []),
        HTTP1Trick("PRI /admin/panel HTTP/2.0\r\n\r\nSM\r\n\r\n{guarded}", [505]),
    ]

    static let versions = [
        // HTTP/0.9 has no version; a line without "HTTP/" gets no answer on a port for HTTP/2 too.
        HTTP1Trick("GET /admin/panel\r\n", []), HTTP1Trick("GET /admin/panel\r\n\r\n", []),
        HTTP1Trick("GET /admin/panel \r\n\r\n", []),
        HTTP1Trick("GET /admin/panel\n", []), HTTP1Trick("GET /public\r\n{guarded}", []),
        HTTP1Trick("GET /admin/panel HTTP/0.9\r\n\r\n", [505]),
        HTTP1Trick("GET /admin/panel HTTP/2.0\r\nhost: t\r\n\r\n", [505]),
        HTTP1Trick("GET /admin/panel HTTP/3.0\r\nhost: t\r\n\r\n", [505]),
        HTTP1Trick("GET /admin/panel HTTP/2\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel http/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("GET /admin/panel HTTP/1.10\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/01.1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1,1\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1x\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTPS/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("GET /admin/panel ICY/1.1\r\nhost: t\r\n\r\n", []),
        HTTP1Trick("GET /admin/panel HTTP/1.9\r\nhost: t\r\n\r\n", [401]),
        HTTP1Trick("GET /admin/panel HTTP/1.0\r\n\r\n", [401]),
        HTTP1Trick("GET /admin/panel HTTP/1.0\r\nhost: t\r\n\r\n{guarded}", [401]),
        HTTP1Trick("GET /public HTTP/1.0\r\n\r\n{guarded}", [200]),
        HTTP1Trick("GET /public HTTP/1.0\r\nhost: t\r\nconnection: keep-alive\r\n\r\n{guarded}", [200, 401]),
        HTTP1Trick("GET /public/x HTTP/1.0\r\nhost: internal.test\r\n\r\n", [403]),
        HTTP1Trick("GET http://internal.test/public/x HTTP/1.0\r\n\r\n", [403]),
        HTTP1Trick("GET /public HTTP/1.0\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{guarded}", [400]),
    ]

    // RFC 9112 §5: folding, white space, what is no token; "HTTP desync" lists.
    static let fieldLines = [
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key:\r\n open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key :open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key\t: open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\n x-api-key: open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\n x-api-key: open sesame\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-a: b\rx-api-key: open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-a: b\nx-api-key: open sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key: open«00»sesame\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\n: x\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx-api-key\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nx\u{AD}api-key: a\r\n\r\n", [400]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nx-internal :1\r\n\r\n", [400]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nX-INTERNAL: 1\r\n\r\n", [401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nX-Internal:\t1 \t\r\n\r\n", [401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nx-internal: 2\r\nX-Internal:1\r\n\r\n", [401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nconnection: x-internal\r\nx-internal: 1\r\n\r\n", [401]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost: t\r\nconnection: x-api-key, authorization, host\r\n\r\n", [401]),
        HTTP1Trick(
            "GET /admin/panel HTTP/1.1\r\nhost: t\r\nX-Original-URL: /public\r\nx-original-url: /admin/panel\r\n\r\n",
            [401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nx: a\r\n\tGET /admin/panel HTTP/1.1\r\n\r\n", [400]),
        HTTP1Trick(
            "GET /public HTTP/1.1\r\nhost: t\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            [200, 505]),
        HTTP1Trick(
            "GET /admin/panel HTTP/1.1\r\nhost: t\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 777\r\n\r\n{guarded}",
            [401, 401]),
        HTTP1Trick("GET /public HTTP/1.1\r\nhost: t\r\nexpect: 100-continue\r\nexpect: x\r\n\r\n{guarded}", [417]),
        HTTP1Trick("TRACE /admin/panel HTTP/1.1\r\nhost: t\r\nmax-forwards: 0\r\n\r\n", [405]),
    ]

    static let hosts = [
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\n\r\n", [400]),
        HTTP1Trick("GET /admin/panel HTTP/1.1\r\nhost:\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost: t\r\nhost: internal.test\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost: internal.test\r\nHost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost: t\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost: t\r\n host: internal.test\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost : internal.test\r\nhost: t\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nhost: t\r\nhost«00»: internal.test\r\n\r\n", [400]),
        HTTP1Trick("GET /public/x HTTP/1.1\r\nHOST:\t internal.test \t\r\n\r\n", [403]),
        HTTP1Trick("GET http://t/public/x HTTP/1.1\r\n\r\n", [400]),
        HTTP1Trick("GET http://internal.test/public/x HTTP/1.1\r\nhost: t\r\n\r\n", [403]),
        HTTP1Trick("GET http://t/public/x HTTP/1.1\r\nhost: t\r\nhost: internal.test\r\n\r\n", [400]),
    ]
}
