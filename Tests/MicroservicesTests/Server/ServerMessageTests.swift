import Microservices
import Synchronization
import Testing

/// Messages and events over real sockets: what handlers get and what senders get back.
@Suite(.timeLimit(.minutes(1)))
struct ServerMessageTests {
    struct Order: Codable {
        var sku: String
        var count: Int
        var note: String?
        var tags: [String]
    }

    struct Plain: Error, CustomStringConvertible {
        var description: String { "the secret detail" }
    }

    actor Counter {
        var count = 0
        func next() -> Int {
            count += 1
            return count
        }
    }

    @Test func `a Codable payload and result keep the order of declaration`() async throws {
        try await ServerHarness.run {
            $0.onMessage("order") { (order: Order, _) in order }
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":"order","data":{"tags":["a"],"count":2,"sku":"x","extra":1},"id":"1"}"#)
            #expect(answer == #"74#{"response":{"sku":"x","count":2,"tags":["a"]},"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test(arguments: [
        (#"{"sku":"x","count":"2","tags":[]}"#, "count must be an integer"),
        (#"{"sku":"x","count":2.5,"tags":[]}"#, "count must be an integer that fits Int"),
        (#"{"sku":"x","tags":[]}"#, "count is required"),
        (#"{"sku":"x","count":1,"tags":["a",7]}"#, "tags.1 must be a string"),
        (#"[1]"#, "payload must be an object"),
        (#"null"#, "payload must be an object"),
    ])
    func `a payload that does not fit is answered with what is wrong`(data: String, problem: String) async throws {
        try await ServerHarness.run {
            $0.onMessage("order") { (order: Order, _) in order }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"order","data":\#(data),"id":"1"}"#)
            let packet =
                #"{"err":{"statusCode":400,"message":["\#(problem)"],"error":"Bad Request"},"isDisposed":true,"id":"1"}"#
            #expect(answer == "\(packet.utf16.count)#\(packet)")
        }
    }

    @Test func `a missing payload is refused unless the type is optional`() async throws {
        try await ServerHarness.run {
            $0.onMessage("order") { (order: Order, _) in order }
            $0.onMessage("maybe") { (order: Order?, _) in order == nil }
        } _: { harness in
            let refused = try await harness.answer(to: #"{"pattern":"order","id":"1"}"#)
            #expect(refused.contains(#""message":["payload is required"]"#))
            let accepted = try await harness.answer(to: #"{"pattern":"maybe","id":"1"}"#)
            #expect(accepted == #"44#{"response":true,"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `JSON passes through a handler untouched`() async throws {
        let data = #"{"b":12345678901234567890,"a":[1.0,1e400,-0],"한국어":"안녕 😀","b":null}"#
        try await ServerHarness.run {
            $0.onMessage("echo") { (data: JSONValue, _) in data }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"echo","data":\#(data),"id":"1"}"#)
            let packet = #"{"response":\#(data),"isDisposed":true,"id":"1"}"#
            #expect(answer == "\(packet.utf16.count)#\(packet)")
        }
    }

    @Test func `nil and Void are no answer, null is one`() async throws {
        try await ServerHarness.run {
            $0.onMessage("nil") { (_: JSONValue?, _) -> Int? in nil }
            $0.onMessage("void") { (_: JSONValue?, _) in }
            $0.onMessage("a null") { (_: JSONValue?, _) in JSONValue.null }
            $0.onMessage("some") { (_: JSONValue?, _) -> Int? in 7 }
            $0.onMessage("later nil") { (_: JSONValue?, _) -> Int? in
                await Task.yield()
                return nil
            }
            $0.onMessage("later void") { (_: JSONValue?, _) in await Task.yield() }
            $0.onMessage("later some") { (_: JSONValue?, _) -> Int? in
                await Task.yield()
                return 7
            }
        } _: { harness in
            let answers = [
                "nil": #"28#{"isDisposed":true,"id":"1"}"#, "void": #"28#{"isDisposed":true,"id":"1"}"#,
                "a null": #"44#{"response":null,"isDisposed":true,"id":"1"}"#,
                "some": #"41#{"response":7,"isDisposed":true,"id":"1"}"#,
                "later nil": #"28#{"isDisposed":true,"id":"1"}"#,
                "later void": #"28#{"isDisposed":true,"id":"1"}"#,
                "later some": #"41#{"response":7,"isDisposed":true,"id":"1"}"#,
            ]
            for (pattern, expected) in answers {
                let answer = try await harness.answer(to: #"{"pattern":"\#(pattern)","id":"1"}"#)
                #expect(answer == expected)
            }
        }
    }

    @Test func `ten thousand requests in one piece are answered in order`() async throws {
        let count = 10_000
        try await ServerHarness.run {
            $0.onMessage(["cmd": "sum"]) { (data: [Int], _) in data.reduce(0, +) }
        } _: { harness in
            var requests = ""
            var answers = ""
            for number in 0..<count {
                let request = #"{"pattern":{"cmd":"sum"},"data":[\#(number)],"id":"\#(number)"}"#
                let answer = #"{"response":\#(number),"isDisposed":true,"id":"\#(number)"}"#
                requests += "\(request.utf8.count)#\(request)"
                answers += "\(answer.utf8.count)#\(answer)"
            }
            let peer = try await ServerPeer.connect(port: harness.port)
            peer.sendWithoutWaiting(Array(requests.utf8))
            let received = await peer.received(count: answers.utf8.count)
            #expect(received.bytes.elementsEqual(answers.utf8))
            await peer.close()
        }
    }

    @Test func `two million characters go there and back`() async throws {
        try await ServerHarness.run {
            $0.onMessage("echo") { (data: String, _) in data }
        } _: { harness in
            let text = String(repeating: "가나", count: 1_000_000)
            let request = #"{"pattern":"echo","data":"\#(text)","id":"big"}"#
            let answer = #"2000044#{"response":"\#(text)","isDisposed":true,"id":"big"}"#
            let peer = try await ServerPeer.connect(port: harness.port)
            peer.sendWithoutWaiting(Array("\(request.utf16.count)#\(request)".utf8))
            let received = await peer.received(count: answer.utf8.count)
            #expect(received.bytes.elementsEqual(answer.utf8))
            await peer.close()
        }
    }

    @Test func `handlers come back to the connection from actors and other threads`() async throws {
        let counter = Counter()
        try await ServerHarness.run {
            $0.onMessage("actor") { (_: JSONValue?, _) in await counter.next() }
            $0.onMessage("main") { (_: JSONValue?, _) in await Task { @MainActor in 5 }.value }
            $0.onMessage("detached") { (_: JSONValue?, _) in
                let first = await Task.detached { 20 }.value
                return await withTaskGroup(of: Int.self) { group in
                    for number in 1...3 { group.addTask { number } }
                    return await group.reduce(first, +)
                }
            }
        } _: { harness in
            for number in 1...20 {
                let answer = try await harness.answer(to: #"{"pattern":"actor","id":"1"}"#)
                #expect(answer.contains("\"response\":\(number),"))
                let main = try await harness.answer(to: #"{"pattern":"main","id":"1"}"#)
                #expect(main.contains("\"response\":5,"))
                let detached = try await harness.answer(to: #"{"pattern":"detached","id":"1"}"#)
                #expect(detached.contains("\"response\":26,"))
            }
        }
    }

    @Test func `the context tells about the message`() async throws {
        try await ServerHarness.run {
            $0.onMessage(["b": 1, "a": "x"]) { (_: JSONValue?, context) -> JSONValue in
                [
                    "pattern": .string(context.pattern), "route": .string(context.route), "id": context.id ?? "none",
                    "event": .bool(context.isEvent), "host": .string(context.peerAddress?.host ?? ""),
                    "trace": .string(context.metadata["traceparent"] ?? ""),
                    "tries": .string(context.metadata["tries"] ?? ""),
                ]
            }
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":{ "b":1,"a":"x"},"id":[7],"metadata":{"traceparent":"00-1","tries":2}}"#)
            let response =
                #"{"pattern":"{\"b\":1,\"a\":\"x\"}","route":"{\"a\":\"x\",\"b\":1}","id":[7],"event":false,"#
                + #""host":"127.0.0.1","trace":"00-1","tries":"2"}"#
            let packet = #"{"response":\#(response),"isDisposed":true,"id":[7]}"#
            #expect(answer == "\(packet.utf16.count)#\(packet)")
        }
    }

    @Test func `an unexpected error is logged and not told`() async throws {
        try await ServerHarness.run {
            $0.onMessage("fail") { (_: JSONValue?, _) in throw Plain() }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"fail","id":"1"}"#)
            #expect(answer.contains(#"{"err":{"status":"error","message":"Internal server error"}"#))
            #expect(!answer.contains("secret"))
            #expect(harness.log.contains("the secret detail"))
        }
    }

    @Test func `a result that cannot be encoded is an unexpected error`() async throws {
        struct Unwritable: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(1)
                throw Plain()
            }
        }
        try await ServerHarness.run {
            $0.onMessage("fail") { (_: JSONValue?, _) in Unwritable() }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"fail","id":"1"}"#)
            let packet = #"{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":"1"}"#
            #expect(answer == "\(packet.utf8.count)#\(packet)")
        }
    }

    @Test func `an unknown event is silent and logged once`() async throws {
        try await ServerHarness.run {
            $0.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            for _ in 0..<3 { try await peer.send(frame: #"{"pattern":"nope","data":1}"#) }
            try await peer.send(frame: #"{"pattern":"barrier","id":"b"}"#)
            let received = await peer.received(upTo: "}")
            #expect(received.text == #"28#{"isDisposed":true,"id":"b"}"#)
            #expect(harness.log.all.filter { $0.contains("no handler for this event") }.count == 1)
            await peer.close()
        }
    }

    @Test func `three event handlers answer a request together`() async throws {
        try await ServerHarness.run {
            $0.onEvent("e") { (_: JSONValue?, _) in 1 }
            $0.onEvent("e") { (_: JSONValue?, _) in }
            $0.onEvent("e") { (_: JSONValue?, _) in AsyncStream.of(2, 3) }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"e","id":"1"}"#)
            #expect(answer == #"71#{"response":{"current":1,"next":{"next":3}},"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `one event handler's error answers a request to all of them`() async throws {
        try await ServerHarness.run {
            $0.onEvent("e") { (_: JSONValue?, _) in 1 }
            $0.onEvent("e") { (_: JSONValue?, _) in throw RPCError(["code": 1]) }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"e","id":"1"}"#)
            #expect(answer == #"45#{"err":{"code":1},"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `a message handler replaces event handlers, and what cannot work is logged`() async throws {
        try await ServerHarness.run {
            $0.onEvent("dual") { (_: JSONValue?, _) in "event" }
            $0.onMessage("dual") { (_: JSONValue?, _) in "message" }
            $0.onEvent("dual") { (_: JSONValue?, _) in "late event" }
            $0.onMessage("1.0") { (_: JSONValue?, _) in "never" }
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":"dual","id":"1"}"#)
            #expect(answer == #"49#{"response":"message","isDisposed":true,"id":"1"}"#)
            #expect(harness.log.contains("replaces the event handlers before it"))
            #expect(harness.log.contains("is never called: it has a message handler"))
            #expect(harness.log.contains("the pattern 1.0 is never found: a message with it arrives as 1"))
        }
    }
}
