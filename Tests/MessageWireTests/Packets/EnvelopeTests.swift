import MessageWire
import Testing

@Suite struct EnvelopeTests {
    @Test(arguments: [
        (#"{"response":1,"isDisposed":true,"id":"a"}"#, "value 1 last"), (#"{"response":null,"id":"a"}"#, "value null"),
        (#"{"isDisposed":true,"id":"a"}"#, "completed"), (#"{"isDisposed":"false","id":"a"}"#, "completed"),
        (#"{"isDisposed":0,"id":"a"}"#, "undefined"), (#"{"isDisposed":-0.0e5,"id":"a"}"#, "undefined"),
        (#"{"isDisposed":1e-400,"id":"a"}"#, "undefined"), (#"{"isDisposed":1e-300,"id":"a"}"#, "completed"),
        (#"{"isDisposed":[],"id":"a"}"#, "completed"), (#"{"isDisposed":"","id":"a"}"#, "undefined"),
        (#"{"isDisposed":null,"id":"a"}"#, "undefined"), (#"{"err":null,"id":"a"}"#, "undefined"),
        (#"{"err":"x","response":1,"id":"a"}"#, #"error "x""#), (#"{"err":{},"id":"a"}"#, "error {}"),
        (#"{"err":false,"isDisposed":true,"id":"a"}"#, "completed"), (#"{"err":0,"response":2,"id":"a"}"#, "value 2"),
        (#"{"id":"a","result":5}"#, #"foreign {"id":"a","result":5}"#), (" {} ", "foreign {}"),
        (#"{"response":1,"err":"x","err":"","response":2,"id":"a"}"#, "value 2"),
        (#"{"\u0072esponse":1,"is\u0044isposed":true,"\u0069d":"a"}"#, "value 1 last"),
        (#" { "response" : [ 1 ] , "isDisposed" : true } "#, "value [ 1 ] last"),
        (
            #"{"Response":1,"responsE":2,"idx":3,"er":1,"isDisposee":1}"#,
            #"foreign {"Response":1,"responsE":2,"idx":3,"er":1,"isDisposee":1}"#
        ),
    ])
    func `answers mean what a NestJS client takes them for`(json: String, meaning: String) throws {
        let json = Array(json.utf8)
        let reply = try #require(try json.reply())
        let read =
            switch reply.outcome {
            case .value(let value, let isLast): "value \(json.text(value) ?? "")" + (isLast ? " last" : "")
            case .undefinedValue: "undefined"
            case .error(let error): "error \(json.text(error) ?? "")"
            case .completed: "completed"
            case .foreign(let whole): "foreign \(json.text(whole) ?? "")"
            }
        #expect(read == meaning)
    }

    @Test(arguments: ["null", "1", "\"x\"", "true", "[{\"response\":1}]", " [] "])
    func `what is no object is ignored`(json: String) throws {
        #expect(try Array(json.utf8).reply() == nil)
        #expect(try Array(json.utf8).request() == nil)
    }

    @Test(arguments: [
        "", " ", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\" 1}", "{}x",
        "{\"a\":1 \"b\":2}",
        "{\"response\":tru}", "[", "nul", "{\"a\":\"\u{1}\"}", "{\"id\":01}", "{\"a\":[1,]}", "{}{}",
    ])
    func `what is no JSON is an error`(json: String) {
        #expect(throws: MessageWireError.self) { _ = try Array(json.utf8).reply() }
        #expect(throws: MessageWireError.self) { _ = try Array(json.utf8).request() }
    }

    @Test(
        arguments: [
            (#"{"pattern":"p","data":1,"id":"x"}"#, RequestEnvelope.Kind.request, "x"),
            (#"{"pattern":"p","data":1}"#, .event, nil), (#"{"pattern":"p","data":1,"id":null}"#, .request, "null"),
            (#"{"id":"x"}"#, .foreign, "x"), ("{}", .foreign, nil), (#"{"data":1,"id":0}"#, .request, "0"),
            (#"{"pattern":null,"id":{"b":[1]}}"#, .request, #"{"b":[1]}"#),
            (#"{"pattern":"p","id":"a","id":"b"}"#, .request, "b"), (#"{"patterns":1,"dat":2,"ids":3}"#, .foreign, nil),
        ] as [(String, RequestEnvelope.Kind, String?)])
    func `packets ask for what a NestJS server takes them for`(json: String, kind: RequestEnvelope.Kind, id: String?)
        throws
    {
        let json = Array(json.utf8)
        let request = try #require(try json.request())
        #expect(request.kind == kind)
        #expect(json.text(request.id)?.replacing("\"", with: "") == id?.replacing("\"", with: ""))
        #expect(json.text(request.whole) == String(decoding: json, as: UTF8.self))
    }

    @Test func `all members of a packet are found`() throws {
        let json = Array(#"{"metadata":{"a":"b"},"data":[1],"id":"i","x":{"id":2},"pattern":{"cmd":"p"}}"#.utf8)
        let request = try #require(try json.request())
        #expect(json.text(request.pattern) == #"{"cmd":"p"}"#)
        #expect(json.text(request.data) == "[1]")
        #expect(json.text(request.metadata) == #"{"a":"b"}"#)
        #expect(json.text(request.id) == "\"i\"")
    }

    @Test func `nesting is limited with the packet's own object`() {
        func packet(_ depth: Int) -> [UInt8] {
            Array("{\"data\":\(String(repeating: "[", count: depth))\(String(repeating: "]", count: depth))}".utf8)
        }
        #expect(throws: Never.self) { _ = try packet(511).request() }
        #expect(throws: MessageWireError.notJSON(JSONScanError(.tooDeep, at: 519))) { _ = try packet(512).request() }
    }

    @Test(arguments: [
        "1", "-0.5e3", "null", "true", "\"\"", "\"a\\\"b\"", "[]", "{}", "[1,[2]]", "{\"a\":{\"b\":[1,2]}}", "\"안녕 😀\"",
        #"",isDisposed":true,"id":"0123456789abcdef"}"#, #"{"isDisposed":true,"id":"0123456789abcdef"}"#,
        "1,\"err\":\"x\"", "1,\"response\":2", " 1", "1 ", "", "[1,]", "01", "tru", "\"\u{1}\"", "1}", "[",
    ])
    func `the commonest form of an answer is read as any other form`(value: String) {
        for id in ["0123456789abcdef", "0123456789ab\\u0041", "0123456789abcd\"x", "가나다라마0"] {
            let text = #"{"response":\#(value),"isDisposed":true,"id":"\#(id)"}"#
            // With white space behind it, it is not of that form.
            let (common, general) = (Array(text.utf8), Array((text + " ").utf8))
            #expect(Result { try common.reply() }.map(\.?.outcome) == Result { try general.reply() }.map(\.?.outcome))
            #expect((try? common.reply())??.id == (try? general.reply())??.id)
            #expect((try? common.reply())??.isDisposed == (try? general.reply())??.isDisposed)
        }
    }
}

extension Result where Failure == any Error, Success: Equatable {
    /// Two errors are the same when they say the same.
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): "\(left)" == "\(right)"
        default: false
        }
    }
}
