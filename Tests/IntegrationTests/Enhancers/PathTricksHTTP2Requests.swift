import TestSupport

/// A request that only HTTP/2 can say: its fields in order, and what must become of the stream.
struct HTTP2Trick: Sendable, CustomStringConvertible {
    let fields: [(name: String, value: String)]
    /// DATA behind the head.
    var body: String?
    /// HEADERS behind the body.
    var trailers: [(String, String)]?
    /// The status; `nil` when the stream ends without an answer.
    let status: Int?

    /// `GET /admin/panel` with some fields in place of the first of the same name, or behind all.
    init(_ changed: [(String, String)], _ status: Int?, body: String? = nil, trailers: [(String, String)]? = nil) {
        var fields = [(":method", "GET"), (":scheme", "http"), (":path", "/admin/panel"), (":authority", "t")]
        var isOpen = Set(fields.map(\.0))
        for field in changed {
            if isOpen.remove(field.0) != nil, let index = fields.firstIndex(where: { $0.0 == field.0 }) {
                fields[index] = field
            } else {
                fields.append(field)
            }
        }
        self.init(all: fields, status, body: body, trailers: trailers)
    }

    /// With all its fields as they are.
    init(all: [(String, String)], _ status: Int?, body: String? = nil, trailers: [(String, String)]? = nil) {
        self.fields = all.map { (name: $0.0, value: $0.1) }
        self.status = status
        self.body = body
        self.trailers = trailers
    }

    var description: String { fields.map { "\($0.name)=\($0.value.debugDescription)" }.joined(separator: " ") }

    /// Its frames.
    func frames(_ stream: Int) -> [HTTP2TestFrame] {
        var result = [
            HTTP2TestFrame.rawHeaders(
                stream, fields.map { ($0.name, RawText.bytes($0.value)) }, endsStream: body == nil && trailers == nil)
        ]
        if let body { result.append(.data(stream, body, endsStream: trailers == nil)) }
        if let trailers {
            result.append(.rawHeaders(stream, trailers.map { ($0.0, RawText.bytes($0.1)) }))
        }
        return result
    }

    static let all = pseudoHeaders + hosts + names + values + bodies

    // RFC 9113 §8.3; James Kettle, "HTTP/2: The Sequel is Always Worse" (2021); Emil Lerner, "HTTP Request Smuggling via higher
    // HTTP versions" (2021).
    private static let pseudoHeaders: [HTTP2Trick] = [
        HTTP2Trick([(":path", "")], nil), HTTP2Trick([(":path", "admin/panel")], nil),
        HTTP2Trick([(":path", "http://t/admin/panel")], nil),
        HTTP2Trick([(":path", "*")], 400), HTTP2Trick([(":path", "*/admin/panel")], nil),
        HTTP2Trick([(":path", "\\admin\\panel")], nil),
        HTTP2Trick([(":path", "/public"), (":path", "/admin/panel")], nil),
        HTTP2Trick([(":path", "/admin/panel"), (":path", "/public")], nil),
        HTTP2Trick([(":path", "/public"), (":path", "/public")], nil),
        HTTP2Trick([(":path", "/public HTTP/1.1\r\nhost: t\r\n\r\nGET /admin/panel")], 400),
        HTTP2Trick([(":path", "/admin/panel HTTP/1.1\r\nx-api-key: open sesame\r\nx: y")], 400),
        HTTP2Trick([(":path", "/admin/panel\r\n")], 400), HTTP2Trick([(":path", "/admin/panel«00»")], 400),
        HTTP2Trick([(":path", "/admin/panel ")], 400),
        HTTP2Trick([(":path", " /admin/panel")], nil), HTTP2Trick([(":path", "/admin/panel#")], 400),
        HTTP2Trick([(":path", "/public?x HTTP/1.1")], 400),
        HTTP2Trick([(":method", "get")], 405), HTTP2Trick([(":method", "")], nil),
        HTTP2Trick([(":method", "GET ")], nil), HTTP2Trick([(":method", " GET")], nil),
        HTTP2Trick([(":method", "GET /public HTTP/1.1\r\nx:")], nil), HTTP2Trick([(":method", "GET«00»")], nil),
        HTTP2Trick([(":method", "G\u{1D07}T")], nil),
        HTTP2Trick([(":method", "GET"), (":method", "POST")], nil), HTTP2Trick([(":method", "GET,POST")], nil),
        HTTP2Trick([(":method", "CONNECT")], nil),
        HTTP2Trick(all: [(":method", "CONNECT"), (":authority", "t:80")], 405),
        HTTP2Trick(all: [(":method", "CONNECT"), (":authority", "t")], 400),
        HTTP2Trick(all: [(":method", "CONNECT"), (":authority", "t:80"), (":path", "/admin/panel")], nil),
        HTTP2Trick([(":method", "CONNECT"), (":protocol", "websocket")], nil),
        HTTP2Trick([(":protocol", "websocket")], nil),
        HTTP2Trick([(":scheme", "https")], 401), HTTP2Trick([(":scheme", "HTTP")], 400),
        HTTP2Trick([(":scheme", "")], 400), HTTP2Trick([(":scheme", "ftp")], 400),
        HTTP2Trick([(":scheme", "file")], 400), HTTP2Trick([(":scheme", "http://t/public?")], 400),
        HTTP2Trick([(":scheme", "http://t/public HTTP/1.1\r\n\r\n")], 400),
        HTTP2Trick([(":scheme", "http"), (":scheme", "http")], nil), HTTP2Trick([(":status", "200")], nil),
        HTTP2Trick([(":x", "y")], nil), HTTP2Trick([(":", "y")], nil),
        HTTP2Trick([(":PATH", "/public")], nil), HTTP2Trick([(":path ", "/public")], nil),
        HTTP2Trick([("path", "/public")], 401),
        HTTP2Trick(all: [(":method", "GET"), (":scheme", "http"), (":authority", "t")], nil),
        HTTP2Trick(all: [(":method", "GET"), (":path", "/admin/panel"), (":authority", "t")], nil),
        HTTP2Trick(all: [(":scheme", "http"), (":path", "/admin/panel"), (":authority", "t")], nil),
        HTTP2Trick(
            all: [(":method", "GET"), (":scheme", "http"), ("x", "y"), (":path", "/admin/panel"), (":authority", "t")],
            nil),
        HTTP2Trick(
            all: [(":authority", "t"), (":path", "/admin/panel"), (":scheme", "http"), (":method", "GET")], 401),
    ]

    private static let hosts: [HTTP2Trick] = [
        HTTP2Trick([(":path", "/public/x"), (":authority", "t"), ("host", "internal.test")], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", "internal.test"), ("host", "t")], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", "INTERNAL.test"), ("host", "internal.TEST")], 403),
        HTTP2Trick([(":path", "/public/x"), (":authority", "internal.test."), ("host", "internal.test")], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", ""), ("host", "internal.test")], 403),
        HTTP2Trick([(":path", "/public/x"), (":authority", "")], 400),
        HTTP2Trick(
            all: [(":method", "GET"), (":scheme", "http"), (":path", "/public/x"), ("host", "internal.test")], 403),
        HTTP2Trick(all: [(":method", "GET"), (":scheme", "http"), (":path", "/public/x")], 400),
        HTTP2Trick(
            all: [
                (":method", "GET"), (":scheme", "http"), (":path", "/public/x"), ("host", "t"),
                ("host", "internal.test"),
            ], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", "t"), (":authority", "internal.test")], nil),
        HTTP2Trick([(":path", "/public/x"), (":authority", "t\r\nhost: internal.test")], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", "t/admin/panel?")], 400),
        HTTP2Trick([(":path", "/public/x"), (":authority", "user@internal.test")], 400),
        HTTP2Trick([(":path", "/public/x"), ("Host", "internal.test")], nil),
        HTTP2Trick([(":path", "/public/x"), ("host ", "internal.test")], nil),
        HTTP2Trick([(":path", "/public/x"), ("host", " internal.test")], nil),
        HTTP2Trick([(":path", "/public/x"), ("x-forwarded-host", "internal.test"), ("host", "t")], 200),
    ]

    // RFC 9113 §8.2.
    private static let names: [HTTP2Trick] = [
        ("X-Api-Key", "open sesame"), ("x-api-key:", "open sesame"), ("x-api-key: open sesame\r\nx", "y"),
        ("x\r\nx-api-key", "open sesame"), ("x-api-key ", "open sesame"),
        (" x-api-key", "open sesame"), ("x-api-key«00»", "open sesame"), ("x-\u{E4}", "y"), ("", "y"), ("x y", "z"),
        ("x:y", "z"), ("transfer-encoding", "chunked"),
        ("transfer-encoding", "identity"), ("connection", "close"), ("connection", "x-api-key"),
        ("keep-alive", "timeout=5"), ("proxy-connection", "keep-alive"), ("upgrade", "h2c"), ("upgrade", "websocket"),
        ("te", "gzip"), ("te", "trailers, deflate"), ("te", "chunked"), ("content-length", "5"),
        ("content-length", "+0"), ("content-length", "0, 0"), ("content-length", ""),
        ("content-length", "18446744073709551616"), ("x-api-key", " open sesame"), ("x-api-key", "open sesame "),
        ("x-api-key", "\topen sesame"), ("x-api-key", "open\r\nsesame"), ("x-api-key", "open\nsesame"),
        ("x-api-key", "open\rsesame"), ("x-api-key", "open«00»sesame"), ("x-api-key", "open«0B»sesame"),
        ("x-api-key", "open«7F»sesame"), ("x", "y\r\n\r\nGET /public HTTP/1.1\r\nhost: t\r\n\r\n"),
        ("x", "y\r\ntransfer-encoding: chunked"), ("x", "y\r\n:path: /public"),
    ].map { HTTP2Trick([$0], nil) }

    private static let values: [HTTP2Trick] = [
        HTTP2Trick([("te", "trailers")], 401), HTTP2Trick([("content-length", "0")], 401),
        HTTP2Trick([("x-api-key", "a"), ("x-api-key", "b")], 401),
        HTTP2Trick([("cookie", "a=b"), ("cookie", "x-api-key=open sesame")], 401),
        HTTP2Trick([("http2-settings", "AAMAAABk")], 401), HTTP2Trick([("expect", "100-continue")], 401),
        HTTP2Trick([("expect", "x")], 417), HTTP2Trick([("priority", "u=0")], 401),
        HTTP2Trick(
            all: [
                (":method", "GET"), (":scheme", "http"), (":authority", "t"), ("x-internal", "1"), (":path", "/public"),
            ], nil),
        HTTP2Trick([(":path", "/public"), ("x-internal", "1")], 401),
        HTTP2Trick([(":path", "/public"), ("x-internal", "0"), ("x-internal", "1")], 401),
        HTTP2Trick([(":path", "/public"), ("X-Internal", "1")], nil),
        HTTP2Trick([(":path", "/public"), ("x-internal", "1 ")], nil),
        HTTP2Trick([(":path", "/public"), ("x-internal", "1«00»")], nil),
    ]

    private static let guarded = "GET /admin/panel HTTP/1.1\r\nhost: t\r\n\r\n"
    private static let post: [(String, String)] = [(":method", "POST"), (":path", "/public")]

    private static let bodies: [HTTP2Trick] = [
        HTTP2Trick(post, 400, body: guarded), HTTP2Trick(post, 200, body: "{}"),
        HTTP2Trick(post + [("content-length", "2")], nil, body: "{}" + guarded),
        HTTP2Trick(post + [("content-length", "0")], nil, body: guarded),
        HTTP2Trick(post + [("content-length", "99")], nil, body: guarded),
        HTTP2Trick(post + [("content-length", "2"), ("content-length", "2")], nil, body: "{}"),
        HTTP2Trick(post, 400, body: "0\r\n\r\n" + guarded),
        HTTP2Trick(post + [("content-type", "text/plain")], 415, body: guarded),
        HTTP2Trick([(":method", "GET"), (":path", "/public")], 400, body: guarded),
        HTTP2Trick([(":method", "POST")], 401, body: "{}"),
        HTTP2Trick([(":method", "POST"), ("expect", "100-continue")], 401, body: "{}"),
        HTTP2Trick([(":method", "POST"), ("content-length", "999")], nil, body: "{}"),
        HTTP2Trick([(":method", "DELETE")], 401, body: guarded),
        HTTP2Trick(post, nil, body: "{}", trailers: [(":path", "/admin/panel")]),
        HTTP2Trick(post, nil, body: "{}", trailers: [("X-Internal", "1")]),
        HTTP2Trick(post, 200, body: "{}", trailers: [("x-internal", "1")]),
        HTTP2Trick(post, 200, body: "{}", trailers: [("host", "internal.test"), ("x-original-url", "/admin/panel")]),
        HTTP2Trick([(":method", "POST")], 401, body: "{}", trailers: [("x-api-key", "open sesame")]),
        HTTP2Trick([(":method", "GET")], 401, trailers: [("x-api-key", "open sesame")]),
        HTTP2Trick([(":path", "/admin/users/x")], 401, trailers: [("authorization", "Basic b3BzOnB3")]),
        HTTP2Trick([(":method", "POST"), (":path", "/admin/event")], 401, body: "{}"),
    ]
}
