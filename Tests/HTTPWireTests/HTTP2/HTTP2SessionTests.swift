import HTTPWire
import NIOCore
import TestSupport
import Testing

/// A driver that answers by the request's path and writes down what it hears.
private final class RecordingDriver: HTTP2SessionDriver {
    let session: HTTP2Session
    var events: [String] = []
    /// Streams that wait for the test to answer them.
    var waiting: [HTTP2Stream] = []
    let reader = HTTP2TestReader()

    init(_ limits: HTTP2Limits = .defaults) {
        session = HTTP2Session(limits: limits, pool: HTTP2StreamPool(), now: 0)
        session.driver = self
    }

    private func path(_ stream: HTTP2Stream) -> String { String(decoding: stream.head.path, as: UTF8.self) }

    func requestBegan(_ stream: HTTP2Stream) {
        stream.bodyLimit = 1 << 20
        events.append("began \(stream.id) \(path(stream))\(stream.isRequestWhole ? " whole" : "")")
        if stream.isRequestWhole { answer(stream) }
    }

    func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
        stream.bodyCount += bytes.count
        session.consumeAll(stream)
    }

    func requestEnded(_ stream: HTTP2Stream) {
        events.append("ended \(stream.id) \(stream.bodyCount)")
        answer(stream)
    }

    func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError) {
        events.append("refused \(stream.id) \(error)")
        respond(stream, HTTP1ResponseHead(status: error.status), "")
    }

    func streamClosed(_ stream: HTTP2Stream) { events.append("closed \(stream.id)") }
    func pingAnswered() { events.append("ping answered") }

    private func answer(_ stream: HTTP2Stream) {
        if path(stream) == "/wait" { waiting.append(stream) } else { json(stream, "{\"ok\":true}") }
    }

    func json(_ stream: HTTP2Stream, _ body: String) {
        Array(body.utf8).withUnsafeBytes { body in
            withUnsafeBytes(of: UInt64(0x3030_3030_3030_3030)) {
                session.respondJSON(
                    stream, body: body, sendsBody: true, date: HTTPDate(epochSeconds: 0), requestID: $0)
            }
        }
    }

    /// Lends the bytes of `bodies` as the answers of streams, then takes the bytes away.
    func lend(_ bodies: [(HTTP2Stream, String)], meanwhile: () -> Void = {}, isHeld: (HTTP2Stream) -> Void = { _ in }) {
        var bytes = bodies.flatMap { Array($0.1.utf8) }
        bytes.withUnsafeMutableBytes { lent in
            var start = 0
            for (stream, body) in bodies {
                let piece = UnsafeRawBufferPointer(rebasing: lent[start..<start + body.utf8.count])
                start += piece.count
                withUnsafeBytes(of: UInt64(0x3030_3030_3030_3030)) {
                    session.respondJSON(
                        stream, body: piece, sendsBody: true, date: HTTPDate(epochSeconds: 0), requestID: $0,
                        isLent: true)
                }
            }
            meanwhile()
            session.writeLent(isHeld)
            lent.initializeMemory(as: UInt8.self, repeating: 0x21)
        }
    }

    func respond(_ stream: HTTP2Stream, _ head: HTTP1ResponseHead, _ body: String?) {
        withUnsafeBytes(of: UInt64(0x3030_3030_3030_3030)) {
            session.respond(
                stream, head, hasBody: body?.isEmpty != true, date: HTTPDate(epochSeconds: 0), requestID: $0)
        }
        guard let body, !body.isEmpty else { return }
        Array(body.utf8).withUnsafeBytes { session.write(stream, $0, isLast: true) }
    }

    func receive(_ bytes: [UInt8], now: Int64 = 0) { bytes.withUnsafeBytes { session.receive($0, now: now) } }

    /// All frames that the session has to send now.
    func sent(upTo limit: Int = .max) -> [HTTP2TestFrame] {
        session.lendOutput(ByteBuffer(), upTo: limit)
        reader.received(Array(buffer: session.takeOutput()))
        var frames: [HTTP2TestFrame] = []
        while let frame = reader.next() { frames.append(frame) }
        return frames
    }

    func sent(_ frames: HTTP2TestFrame..., now: Int64 = 0) -> [HTTP2TestFrame] {
        receive(frames.flatMap(\.bytes), now: now)
        return sent()
    }
}

@Suite struct HTTP2SessionTests {
    private func started(_ limits: HTTP2Limits = .defaults) -> RecordingDriver {
        let driver = RecordingDriver(limits)
        driver.receive(HTTP2TestFrame.start)
        _ = driver.sent(.settingsAcknowledged)
        return driver
    }

    // MARK: Requests and answers

    @Test func `a session begins with its settings`() throws {
        let driver = RecordingDriver()
        let settings = try #require(driver.sent().first)
        #expect(settings.kind == .settings)
        #expect(settings.payload.count == 24)
        #expect(settings.payload[..<6] == [0, 3, 0, 0, 0, 128])
    }

    @Test func `a request is answered`() throws {
        let driver = started()
        let frames = driver.sent(.request(1, "GET", "/a"))
        #expect(driver.events == ["began 1 /a whole", "closed 1"])
        #expect(frames.map(\.description) == ["headers 1 flags 4", "data 1 flags 1 11B"])
        let fields = driver.reader.fields(of: frames[0])
        #expect(fields[":status"] == "200")
        #expect(fields["content-type"] == "application/json")
        #expect(fields["content-length"] == "11")
        #expect(fields["x-request-id"] == "00000000")
        #expect(frames[1].payload == Array("{\"ok\":true}".utf8))
    }

    @Test func `an answer within a lent output leaves without a copy in between`() throws {
        let driver = started()
        _ = driver.sent(.request(1, "GET", "/wait"))
        driver.session.lendOutput(ByteBuffer(), upTo: .max)
        driver.json(try #require(driver.waiting.first), "[1]")
        #expect(driver.session.unsent == 0)
        driver.reader.received(Array(buffer: driver.session.takeOutput()))
        #expect(driver.reader.next()?.kind == .headers)
        #expect(driver.reader.next()?.payload == Array("[1]".utf8))
        #expect(driver.events.last == "closed 1")
    }

    // MARK: Lent answers

    /// A driver with requests that wait, and an output.
    private func waiting(_ count: Int, _ before: HTTP2TestFrame..., upTo limit: Int = .max) -> RecordingDriver {
        let driver = started()
        _ = driver.sent(.settings([(4, 10)]))
        driver.receive((before + (0..<count).map { .request(1 + 2 * $0, "GET", "/wait") }).flatMap(\.bytes))
        _ = driver.sent()
        driver.session.lendOutput(ByteBuffer(), upTo: limit)
        return driver
    }

    /// What was written into the output that was lent.
    private func taken(_ driver: RecordingDriver) -> [HTTP2TestFrame] {
        driver.reader.received(Array(buffer: driver.session.takeOutput()))
        var frames: [HTTP2TestFrame] = []
        while let frame = driver.reader.next() { frames.append(frame) }
        return frames
    }

    @Test func `answers that are lent are written together before their bytes go`() {
        let driver = waiting(3)
        let before = driver.events
        driver.lend(
            Array(zip(driver.waiting, ["[1]", "[2,2]", "[3,3,3]"])),
            meanwhile: {
                #expect(driver.events == before)
                #expect(driver.waiting.map(\.isBorrowing) == [true, true, true])
            })
        #expect(driver.session.unsent == 0)
        #expect(driver.events.suffix(3) == ["closed 1", "closed 3", "closed 5"])
        let bodies = taken(driver).filter { $0.kind == .data }.map(\.payload)
        #expect(bodies == ["[1]", "[2,2]", "[3,3,3]"].map { Array($0.utf8) })
    }

    @Test func `of what is lent the rest is copied that the client's window does not take`() {
        let driver = waiting(2)
        var held: [Int32] = []
        driver.lend(Array(zip(driver.waiting, ["0123456789abcdefghijklmno", "[2]"])), isHeld: { held.append($0.id) })
        #expect(held == [1])
        #expect(driver.session.unsent == 15)
        #expect(driver.waiting.map(\.isBorrowing) == [false, false])
        let first = taken(driver).filter { $0.kind == .data }.map {
            "\($0.stream) \(String(decoding: $0.payload, as: UTF8.self))"
        }
        #expect(first.sorted() == ["1 0123456789", "3 [2]"])
        let rest = driver.sent(.windowUpdate(1, 100))
        #expect(rest.map(\.payload) == [Array("abcdefghijklmno".utf8)])
        #expect(driver.session.unsent == 0)
    }

    @Test func `of what is lent the rest is copied that the output has no room for`() {
        let driver = waiting(3, upTo: 1)
        let bodies = ["[1]", "[2,2]", "[3,3,3]"]
        driver.lend(Array(zip(driver.waiting, bodies)))
        var payloads = taken(driver).filter { $0.kind == .data }.map(\.payload)
        #expect(driver.session.hasMoreOutput)
        payloads += driver.sent().filter { $0.kind == .data }.map(\.payload)
        #expect(payloads == bodies.map { Array($0.utf8) })
        #expect(driver.session.unsent == 0)
    }

    @Test func `nothing is left of what was lent to a stream that is closed meanwhile`() {
        let driver = waiting(2)
        let first = driver.waiting[0]
        driver.lend(Array(zip(driver.waiting, ["[1]", "[2]"])), meanwhile: { driver.session.reset(first, .cancel) })
        let frames = taken(driver)
        #expect(frames.contains { $0.stream == 1 && $0.kind == .reset })
        #expect(frames.filter { $0.kind == .data }.map(\.payload) == [Array("[2]".utf8)])
        driver.lend([], meanwhile: { driver.session.abandon() })
        #expect(driver.session.streams.isEmpty)
    }

    @Test func `how the bytes are cut changes nothing`() {
        let bytes =
            HTTP2TestFrame.start
            + [
                HTTP2TestFrame.settingsAcknowledged, .request(1, "POST", "/a", endsStream: false),
                .data(1, "hello", endsStream: false), .data(1, ""), .request(3, "GET", "/b"),
                .headers(5, [(":method", "GET")]), .request(7, "POST", "/c", endsStream: false, endsHeaders: false),
                .continuation(7, HTTP2TestFrame.block([("x", "y")]), endsHeaders: true),
                .data(7, "abc", endsStream: false),
                .headers(7, [("trailer", "t")]), .ping(), .reset(9), .request(11),
            ].flatMap(\.bytes)
        func run(_ pieces: [ArraySlice<UInt8>]) -> ([String], [String]) {
            let driver = RecordingDriver()
            var frames: [HTTP2TestFrame] = driver.sent()
            for piece in pieces { driver.receive(Array(piece)) }
            frames += driver.sent()
            return (driver.events.filter { !$0.hasPrefix("closed") }, frames.map(\.description))
        }
        let whole = run([bytes[...]])
        #expect(whole.0.contains("ended 1 5") && whole.0.contains("ended 7 3"))
        for cut in bytes.indices {
            let (events, frames) = run([bytes[..<cut], bytes[cut...]])
            #expect(events == whole.0)
            #expect(frames == whole.1)
        }
        let (events, frames) = run(bytes.indices.map { bytes[$0...$0] })
        #expect(events == whole.0)
        #expect(frames == whole.1)
    }

    @Test func `bodies come in pieces and windows are opened`() {
        let driver = started()
        var frames = driver.sent(.request(1, "POST", "/a", endsStream: false))
        let piece = String(repeating: "x", count: 16_000)
        for _ in 0..<20 { frames += driver.sent(.data(1, piece, endsStream: false)) }
        frames += driver.sent(.data(1, "", endsStream: true))
        #expect(driver.events.contains("ended 1 320000"))
        #expect(frames.contains { $0.kind == .windowUpdate && $0.stream == 1 })
    }

    @Test func `an answer stops at the client's window and goes on`() throws {
        let driver = started()
        _ = driver.sent(.settings([(4, 10)]), .request(1, "GET", "/wait"))
        driver.json(try #require(driver.waiting.first), String(repeating: "1", count: 25))
        #expect(driver.sent().map(\.description) == ["headers 1 flags 4", "data 1 10B"])
        #expect(driver.session.unsent == 15)
        #expect(driver.sent(.windowUpdate(1, 10)).map(\.description) == ["data 1 10B"])
        #expect(driver.sent(.windowUpdate(1, 10)).map(\.description) == ["data 1 flags 1 5B"])
        #expect(driver.session.unsent == 0)
    }

    @Test func `output is made as far as it is wanted`() throws {
        let driver = started()
        _ = driver.sent(.settings([(4, 1 << 20)]), .windowUpdate(0, 1 << 20), .request(1, "GET", "/wait"))
        driver.json(try #require(driver.waiting.first), String(repeating: "1", count: 200_000))
        #expect(driver.sent(upTo: 20_000).filter { $0.kind == .data }.count == 2)
        #expect(driver.session.hasMoreOutput)
        #expect(driver.sent().last?.endsStream == true)
        #expect(!driver.session.hasMoreOutput)
    }

    @Test func `a stream's pieces leave as they come, and its end`() throws {
        let driver = started()
        _ = driver.sent(.request(1, "GET", "/wait"))
        let stream = try #require(driver.waiting.first)
        driver.respond(stream, HTTP1ResponseHead(status: 200, framing: .untilClose), nil)
        #expect(driver.sent().map(\.description) == ["headers 1 flags 4"])
        Array("one".utf8).withUnsafeBytes { driver.session.write(stream, $0, isLast: false) }
        #expect(driver.sent().map(\.description) == ["data 1 3B"])
        driver.session.end(stream, isComplete: true)
        #expect(driver.sent().map(\.description) == ["data 1 flags 1 0B"])
    }

    @Test func `a stream that is broken off is reset behind what was written`() throws {
        let driver = started()
        _ = driver.sent(.request(1, "GET", "/wait"))
        let stream = try #require(driver.waiting.first)
        driver.respond(stream, HTTP1ResponseHead(status: 200, framing: .untilClose), nil)
        Array("one".utf8).withUnsafeBytes { driver.session.write(stream, $0, isLast: false) }
        driver.session.end(stream, isComplete: false)
        #expect(driver.sent().map(\.description) == ["headers 1 flags 4", "data 1 3B", "reset 1 code 2"])
    }

    @Test func `a waiting client is asked for its body`() throws {
        let driver = started()
        _ = driver.sent(.request(1, "POST", "/a", fields: [("expect", "100-continue")], endsStream: false))
        driver.session.sendContinue(try #require(driver.session.streams.first))
        let frame = try #require(driver.sent().first)
        #expect(driver.reader.fields(of: frame) == [":status": "100"])
        #expect(driver.sent(.data(1, "x")).first?.kind == .headers)
    }

    // MARK: What is refused

    @Test(
        arguments: [
            [HTTP2TestFrame.headers(1, [(":method", "GET")])],
            [.request(1, fields: [("X", "y")])], [.request(1, fields: [("connection", "close")])],
            [.request(1, "POST", fields: [("content-length", "3")], endsStream: false), .data(1, "ab")],
            [.request(1, "POST", fields: [("content-length", "3")], endsStream: false), .data(1, "abcd")],
            [.request(1, "POST", fields: [("content-length", "3")])],
            [.request(1, "POST", endsStream: false), .headers(1, [("a", "b")], endsStream: false)],
            [.request(1, "POST", endsStream: false), .headers(1, [(":path", "b")])],
            [.request(1, "POST", endsStream: false), .headers(1, [("A", "b")])],
        ] as [[HTTP2TestFrame]])
    func `a malformed message resets its stream and nobody hears of it`(frames: [HTTP2TestFrame]) {
        let driver = started()
        driver.receive(frames.flatMap(\.bytes))
        #expect(driver.sent().contains { $0.kind == .reset && $0.stream == 1 && $0.errorCode == 1 })
        #expect(!driver.events.contains { $0.hasPrefix("ended") || $0.hasSuffix("whole") })
        #expect(driver.sent(.request(3, "GET", "/a")).contains { $0.stream == 3 && $0.kind == .headers })
    }

    @Test(
        arguments: [
            ([HTTP2TestFrame.request(1), .request(1)], 5), ([.request(1), .data(1, "x")], 5),
            ([.request(1, "GET", "/wait", endsStream: false), .reset(1), .data(1, "x")], 5),
            ([.request(5), .request(3)], 1), ([.data(1, "x")], 1), ([.request(2)], 1), ([.priority(1, on: 1)], 1),
            ([.priority(0, on: 1)], 1), ([.continuation(1, endsHeaders: true)], 1), ([.windowUpdate(0, 0)], 1),
            ([.settings([(UInt16(4), UInt32.max)])], 3), ([HTTP2TestFrame(type: 6, payload: [1])], 6),
        ] as [([HTTP2TestFrame], Int)])
    func `a broken rule ends the connection with its code`(frames: [HTTP2TestFrame], code: Int) {
        let driver = started()
        var sent: [HTTP2TestFrame] = []
        for frame in frames { sent += driver.sent(frame) }
        #expect(sent.last { $0.kind == .goAway }?.errorCode == code)
        #expect(driver.session.isOver)
    }

    @Test func `what comes late on a stream that we reset is passed over`() throws {
        let driver = started()
        _ = driver.sent(.request(1, "POST", "/wait", endsStream: false))
        driver.session.reset(try #require(driver.session.streams.first), .cancel)
        #expect(driver.sent().map(\.description) == ["reset 1 code 8"])
        #expect(driver.sent(.data(1, "late", endsStream: false), .headers(1, [("a", "b")])).isEmpty)
        #expect(!driver.session.isOver)
    }

    @Test func `a bad preface ends everything`() {
        let driver = RecordingDriver()
        driver.receive(Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8))
        #expect(driver.session.isOver)
    }

    // MARK: Floods

    @Test(arguments: [
        HTTP2TestFrame.ping(), .settings(), .priority(99, on: 1), .windowUpdate(0, 1), .data(1, "", endsStream: false),
        HTTP2TestFrame(type: 0xEE, stream: 3), .windowUpdate(77, 1),
    ])
    func `frames that bring nothing end the connection at last`(frame: HTTP2TestFrame) {
        let driver = started()
        _ = driver.sent(.request(1, "POST", "/wait", endsStream: false))
        if frame.stream == 77 { _ = driver.sent(.request(99)) }
        var sent: [HTTP2TestFrame] = []
        for _ in 0..<1200 where !driver.session.isOver { sent += driver.sent(frame) }
        #expect(sent.last { $0.kind == .goAway }?.errorCode == 11)
    }

    @Test func `requests that are reset at once end the connection at last`() {
        let driver = started()
        var sent: [HTTP2TestFrame] = []
        var count = 0
        while !driver.session.isOver, count < 1000 {
            let id = count * 2 + 1
            sent += driver.sent(.request(id, "GET", "/wait"), .reset(id))
            count += 1
        }
        #expect(count == 201)
        #expect(sent.last { $0.kind == .goAway }?.errorCode == 11)
    }

    @Test func `a client that lets its requests be answered may reset others`() {
        let driver = started()
        for count in 0..<1000 {
            let id = count * 4 + 1
            _ = driver.sent(.request(id, "GET", "/wait"), .reset(id), .request(id + 2, "GET", "/a"))
        }
        #expect(!driver.session.isOver)
    }

    @Test func `resets that the client provokes count as its own`() {
        let driver = started()
        var sent: [HTTP2TestFrame] = []
        var count = 0
        while !driver.session.isOver, count < 1000 {
            let id = count * 2 + 1
            sent += driver.sent(.request(id, "GET", "/wait"), .windowUpdate(id, 0x7FFF_FFFF))
            count += 1
        }
        #expect(count <= 202)
        #expect(sent.last { $0.kind == .goAway }?.errorCode == 11)
    }

    @Test func `a flood of continuations ends the connection`() {
        let driver = started()
        var sent = driver.sent(.request(1, endsHeaders: false))
        #expect(driver.session.isReadingHead)
        for _ in 0..<9 { sent += driver.sent(.continuation(1, endsHeaders: false)) }
        #expect(sent.last { $0.kind == .goAway }?.errorCode == 11)
        #expect(driver.events.isEmpty)
    }

    @Test func `a small block that stands for a large head ends the connection`() {
        let driver = started()
        // A field of 4000 bytes is put into the table, then named again and again by one byte.
        let large: [UInt8] = [0x40, 1, 0x61, 0x7F, 0xA1, 0x1E] + Array(repeating: 0x62, count: 4000)
        let block = HTTP2TestFrame.request(1).payload + large + Array(repeating: 0xBE, count: 4000)
        let sent = driver.sent(HTTP2TestFrame(type: 1, flags: 5, stream: 1, payload: block))
        #expect(sent.last { $0.kind == .goAway }?.errorCode == 11)
        #expect(driver.events.filter { $0.hasPrefix("began") }.isEmpty)
    }

    @Test func `a head above the limits is answered`() {
        let driver = started()
        let sent = driver.sent(.request(1, fields: (0..<101).map { ("x\($0)", "y") }))
        #expect(driver.events.first == "refused 1 tooManyFields")
        #expect(sent.first.map { driver.reader.fields(of: $0)[":status"] } == "431")
    }

    // MARK: The end

    @Test func `the end is announced, then told`() {
        let driver = started()
        driver.session.announceEnd()
        let sent = driver.sent()
        #expect(sent.first?.lastStream == 0x7FFF_FFFF)
        #expect(sent.last?.kind == .ping)
        // What the client had sent by then is still taken.
        #expect(
            driver.sent(.request(1, "GET", "/wait"), .ping(String(repeating: "\0", count: 8), isAnswer: true)).isEmpty)
        #expect(driver.events.last == "ping answered")
        driver.session.refuseFurtherRequests()
        #expect(driver.sent().map(\.lastStream) == [1])
        #expect(driver.sent(.request(3, "GET", "/a")).isEmpty)
        #expect(!driver.session.isOver)
        driver.json(driver.waiting[0], "1")
        #expect(driver.sent().last?.endsStream == true)
        #expect(driver.session.isOver)
    }

    @Test func `a connection that is gone closes its streams`() {
        let driver = started()
        _ = driver.sent(.request(1, "GET", "/wait"), .request(3, "GET", "/wait"))
        driver.session.abandon()
        #expect(driver.events.filter { $0.hasPrefix("closed") }.count == 2)
        #expect(driver.session.streams.isEmpty)
    }
}
