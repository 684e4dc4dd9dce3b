import MessageWire
import NIOCore
import Pipeline
import Testing

@testable import Routing

/// The table of answers, and what `response:` and `errors:` change in it.
@Suite struct AnswerTests {
    private func spec(_ routeErrors: String = "{}", global: String = "{}") -> ErrorSpec? {
        load(
            "version: 1\nerrors: \(global)\nservices: { math: { endpoints: [\"a:1\"] } }\nroutes:\n  - { id: r, match: GET /x, send: { service: math, pattern: p }, errors: \(routeErrors) }\n"
        )
        .file?.routes.first?.errors
    }

    /// `status code [message]`
    private func outcome(_ error: String, _ spec: ErrorSpec?) -> String {
        Array(error.utf8).withUnsafeBytes { bytes in
            guard let outcome = spec?.outcome(forError: bytes) else { return "no spec" }
            let message = outcome.message.map { " " + String(decoding: bytes[$0], as: UTF8.self) } ?? ""
            return "\(outcome.status) \(outcome.code)\(message)" + (outcome.title.map { " (\($0))" } ?? "")
        }
    }

    @Test(arguments: [
        (#"{"statusCode":404,"message":"Not here"}"#, #"404 service_error "Not here""#),
        (#"{"status":409,"message":["a","b"]}"#, #"409 service_error ["a","b"]"#),
        (#"{"code":422,"message":"m"}"#, #"422 service_error "m""#),
        (#"{"statusCode":200,"status":403}"#, "403 service_error"),
        (#"{"statusCode":600,"message":"m"}"#, "502 service_error"),
        (#"{"statusCode":"404","message":"m"}"#, "502 service_error"),
        (#"{"statusCode":404.5,"message":"m"}"#, "502 service_error"),
        (#"{"status":"error","message":"Internal server error"}"#, #"500 service_error "Internal server error""#),
        (#"{"status":"error","message":"password is x"}"#, "502 service_error"),
        (#"{"status":"error","message":"Forbidden resource"}"#, "502 service_error"),
        (#"{"code":"MY_CODE","message":"mine"}"#, "502 MY_CODE"), (#""a text""#, "502 service_error"),
        ("42", "502 service_error"), ("[1]", "502 service_error"),
        (#""There is no matching message handler defined in the remote service.""#, "502 no_handler"),
        ("{}", "502 service_error"),
        (#"{"statusCode":400,"message":{"a":1}}"#, "400 service_error"),
        (#"{"statusCode":500,"message":"told"}"#, #"500 service_error "told""#),
        (#"{"code":"a b","statusCode":400}"#, "400 service_error"), (#" {"statusCode" : 404 } "#, "404 service_error"),
    ])
    func `an error's status by default`(error: String, result: String) {
        #expect(outcome(error, spec()) == result)
    }

    @Test func `a map gives names a status`() {
        let spec = spec(
            "{ map: { NOT_FOUND: 404, 1001: 409, nope: 410 } }", global: "{ map: { NOT_FOUND: 400, OTHER: 403 } }")
        #expect(outcome(#"{"code":"NOT_FOUND","message":"m"}"#, spec) == #"404 NOT_FOUND "m""#)
        #expect(outcome(#"{"status":"OTHER"}"#, spec) == "403 service_error")
        #expect(outcome(#"{"code":1001}"#, spec) == "409 service_error")
        #expect(outcome(#"{"status":"error","message":"nope"}"#, spec) == #"410 service_error "nope""#)
        #expect(outcome(#""nope""#, spec) == #"410 service_error "nope""#)
        #expect(outcome(#"{"name":"nope"}"#, spec) == "410 service_error")
        #expect(outcome(#"{"statusCode":418,"code":"NOT_FOUND"}"#, spec) == "418 NOT_FOUND")
    }

    @Test func `the order of fields, the rest, and cases`() {
        #expect(outcome(#"{"statusCode":404,"http":410}"#, spec("{ statusFrom: [http] }")) == "410 service_error")
        #expect(outcome(#"{"statusCode":404}"#, spec("{ statusFrom: [] }")) == "502 service_error")
        #expect(outcome(#"{"x":1}"#, spec("{ otherwise: 500 }", global: "{ otherwise: 503 }")) == "500 service_error")
        #expect(outcome(#"{"x":1}"#, spec("{}", global: "{ otherwise: 503 }")) == "503 service_error")
        let cases = spec(
            "{ 422: [{ when: { code: EMAIL_TAKEN }, title: Taken }, { when: { code: X, n: 1 } }] }",
            global: "{ 409: { when: { code: EMAIL_TAKEN } }, 451: { when: { code: Y } } }")
        #expect(
            outcome(#"{"code":"EMAIL_TAKEN","statusCode":400,"message":"m"}"#, cases) == #"422 EMAIL_TAKEN "m" (Taken)"#
        )
        #expect(outcome(#"{"code":"X","n":1}"#, cases) == "422 X")
        #expect(outcome(#"{"code":"X","n":"1"}"#, cases) == "502 X")
        #expect(outcome(#"{"code":"Y"}"#, cases) == "451 Y")
    }

    @Test func `a message nobody meant for the client shows only in debug`() {
        #expect(
            outcome(#"{"status":"error","message":"secret"}"#, spec("{ debug: true }"))
                == #"502 service_error "secret""#)
    }

    private func rendered(_ spec: ErrorSpec?, _ content: ErrorContent) -> String {
        var writer = JSONWriter(buffer: ByteBuffer())
        spec?.render(content, into: &writer)
        let text = String(buffer: writer.buffer)
        return text.utf16.count == writer.utf16Count ? text : "miscounted"
    }

    @Test func `a problem is RFC 9457`() {
        let content = ErrorContent(
            status: 504, code: "upstream_timeout", detail: "No answer in time.", instance: "id-1")
        #expect(
            rendered(spec(), content)
                == #"{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"No answer in time.","instance":"id-1","code":"upstream_timeout","message":"No answer in time."}"#
        )
        #expect(spec()?.contentType == "application/problem+json")
        #expect(
            rendered(spec("{ format: nest }"), content)
                == #"{"statusCode":504,"message":"No answer in time.","error":"Gateway Timeout"}"#)
        #expect(spec("{ format: nest }")?.contentType == "application/json; charset=utf-8")
    }

    @Test func `messages stay as they are, arrays stay arrays`() {
        Array(#"["a","b"]"#.utf8).withUnsafeBytes { message in
            let content = ErrorContent(status: 400, code: "service_error", title: "Wrong", message: message)
            #expect(
                rendered(spec(), content)
                    == #"{"type":"about:blank","title":"Wrong","status":400,"detail":"Wrong","code":"service_error","message":["a","b"]}"#
            )
            #expect(
                rendered(spec("{ format: nest }"), content)
                    == #"{"statusCode":400,"message":["a","b"],"error":"Wrong"}"#)
        }
        Array(#""not here""#.utf8).withUnsafeBytes { message in
            #expect(
                rendered(spec(), ErrorContent(status: 404, code: "c", message: message))
                    == #"{"type":"about:blank","title":"Not Found","status":404,"detail":"not here","code":"c","message":"not here"}"#
            )
        }
    }

    @Test func `the whole error shows only in debug`() {
        Array(#"{"stack":"at x"}"#.utf8).withUnsafeBytes { error in
            let content = ErrorContent(status: 502, code: "c", debug: error)
            #expect(!rendered(spec(), content).contains("stack"))
            #expect(rendered(spec("{ debug: true }"), content).hasSuffix(#","debug":{"stack":"at x"}}"#))
        }
    }

    @Test func `faults in errors are told`() {
        let result = load(
            route(
                "GET /x",
                "    errors: { format: json, map: { A: 200 }, otherwise: 99, 700: {}, 422: { titel: x }, debug: 1 }\n"))
        #expect(
            result.errors == [
                "r.yaml:7:23: \"format\" must be one of \"problem\", \"nest\", not \"json\"",
                "r.yaml:7:39: \"A\" must be between 400 and 599, not 200",
                "r.yaml:7:57: \"otherwise\" must be between 400 and 599, not 99",
                "r.yaml:7:61: an error's status is between 400 and 599, not 700",
                "r.yaml:7:75: error 422 has no \"when\"",
                "r.yaml:7:77: unknown key \"titel\" in error 422; did you mean \"title\"?",
                "r.yaml:7:96: \"debug\" must be true or false, not \"1\"",
            ])
    }

    // MARK: Responses

    private func header(_ value: String, _ result: String?, request: String = "GET /x/a%20b") -> String? {
        let file = load(route("GET /x/:id", "    response: { status: 201, headers: { Location: \"\(value)\" } }\n"))
            .file
        guard let file, let template = file.routes[0].response.headers.first else { return "not loaded" }
        let match = RouteMatch()
        return TestRequest(request).view { view in
            _ = file.table.lookup(view, into: match)
            guard let result else {
                return template.value(result: nil, request: view, match: match, path: file.routes[0].path)
            }
            return Array(result.utf8).withUnsafeBytes {
                template.value(result: $0, request: view, match: match, path: file.routes[0].path)
            }
        }
    }

    @Test func `headers take pieces of the answer, percent-encoded`() {
        #expect(header("/users/{$result.id}", #"{"id":7}"#) == "/users/7")
        #expect(
            header("/users/{$result.a.b}/{$path.id}?{$request.id}", #"{"a":{"b":"x/y z"}}"#)
                == "/users/x%2Fy%20z/a%20b?id-1")
        #expect(header("{$result}", "\"a\\r\\nSet-Cookie: b=c\"") == "a%0D%0ASet-Cookie%3A%20b%3Dc")
        #expect(header("{$result.id}", "{}") == nil)
        #expect(header("{$result.id}", #"{"id":{}}"#) == nil)
        #expect(header("{$result.id}", nil) == nil)
        #expect(header("fixed", nil) == "fixed")
        #expect(header("{$result.id}", #"{"id":"你"}"#) == "%E4%BD%A0")
    }

    /// What the answer of several values becomes for a request with these lines of `Accept`.
    private func form(_ response: String, _ accept: String...) -> ResponseSpec.Form? {
        let spec = load(route("GET /x", "    response: \(response)\n")).file?.routes.first?.response
        return TestRequest("GET /x", headers: accept.map { ("accept", $0) }).view { spec?.form(for: $0.fields) }
    }

    @Test func `a stream's form is negotiated`() {
        #expect(form("{}") == .last)
        #expect(form("{}", "text/event-stream") == .sse)
        #expect(form("{}", "text/html, Application/X-NDJSON;q=0.9") == .ndjson)
        #expect(form("{}", "*/*") == .last)
        #expect(form("{ otherwise: array }", "application/json") == .array)
        #expect(form("{ stream: sse }", "application/json") == .sse)
        #expect(form("{ stream: array }", "text/event-stream") == .array)
        #expect(form("{}", ",,;/,") == .last)
    }

    @Test(
        arguments: [
            ("application/json, text/event-stream;q=0", .last), ("text/event-stream; q=0.000", .last),
            ("text/event-stream;q=0, application/x-ndjson", .ndjson),
            ("text/event-stream;q=0.5, application/x-ndjson;q=0.8", .ndjson),
            ("application/x-ndjson;q=0.5, text/event-stream;q=0.5", .ndjson),
            ("text/event-stream, application/x-ndjson", .sse), ("application/x-ndjson, text/event-stream", .ndjson),
            ("text/event-stream;Q=0.001", .sse), ("text/event-stream \t; \tq=1.000 , */*", .sse),
            // JSON goes before a stream only where the client prefers it.
            ("application/json, text/event-stream", .sse), ("*/*, text/event-stream", .sse),
            ("application/json, text/event-stream;q=0.9", .last), ("application/json;q=0.5, text/event-stream", .sse),
            ("text/event-stream;q=0.5, */*", .last), ("text/event-stream;q=0.5, application/*;q=0.6", .last),
            ("application/json;q=0.1, */*, text/event-stream;q=0.5", .sse),
            ("text/event-stream, application/json;q=0, */*;q=0.1", .sse),
            // A wildcard never asks for a stream.
            ("text/*", .last), ("application/*", .last), ("*/*;q=0.1", .last),
            // Parameters, and what is not well-formed.
            ("text/event-stream;charset=utf-8;q=0", .last), ("text/event-stream; a=\"x,y;q=0\"", .sse),
            ("text/event-stream;q=0;ext=1, text/html", .last), ("text/event-stream;q=2", .last),
            ("text/event-stream;q=0.1234", .last), ("text/event-stream;q=", .last), ("text/event-stream;q=-1", .last),
            ("text/event-stream;q=1.001, application/x-ndjson;q=0.1", .ndjson), ("text/event-stream;", .sse),
            ("text/event-stream/x, text/event-streams", .last), ("text/event-stream x", .last),
            ("\"unclosed, text/event-stream", .last), ("", .last),
        ] as [(String, ResponseSpec.Form)])
    func `the client's weights decide`(accept: String, result: ResponseSpec.Form) {
        #expect(form("{}", accept) == result)
    }

    @Test func `several lines of Accept are one list`() {
        #expect(form("{}", "text/html", "text/event-stream") == .sse)
        #expect(form("{}", "text/event-stream;q=0.5", "application/x-ndjson") == .ndjson)
        #expect(form("{}", "application/json", "text/event-stream;q=0") == .last)
    }

    @Test(arguments: [
        "X-Request-Id", "Date", "connection", "Content-Length", "content-type", "Keep-Alive", "Proxy-Connection", "te",
        "Trailer", "Transfer-Encoding", "Upgrade",
    ])
    func `a header that the gateway writes itself cannot be set`(name: String) {
        #expect(
            load(route("GET /x", "    response: { headers: { \(name): mine } }\n")).errors == [
                "r.yaml:7:28: header \"\(name)\" is the gateway's own and cannot be set"
            ])
    }

    @Test func `faults in a response are told`() {
        let result = load(
            route(
                "GET /x",
                "    response: { status: 99, headers: { \"a b\": x, Content-Length: 1, X: \"{$result\", Y: \"{$path.a}\", Z: \"ä\" }, stream: sse, otherwise: last, heartbeat: 5 }\n"
            ))
        #expect(
            result.errors.map { String($0.drop { $0 != " " }.dropFirst()) } == [
                "\"status\" must be between 200 and 399, not 99", "\"a b\" is not a header name",
                "header \"Content-Length\" is the gateway's own and cannot be set", "\"{$result\" has no closing \"}\"",
                "\"{$path.a}\" does not exist: /x has no such parameter", "the value of a header is one line of ASCII",
                "\"otherwise\" is for \"stream: negotiate\"",
                "\"heartbeat\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"5\"",
            ])
        let event = load(
            routes(
                "  - { id: r, match: POST /x, emit: { service: math, pattern: p }, response: { status: 200, stream: sse, headers: { l: \"{$result.id}\" } } }\n"
            ))
        #expect(event.errors.count == 2)
    }
}
