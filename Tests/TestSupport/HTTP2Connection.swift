/// A client's HTTP/2 connection under a test's control: frames out as the test says, frames in one by one.
public final class HTTP2TestConnection {
    /// An answer put together from its frames.
    public struct Answer: Sendable, Equatable {
        /// The last value of each name.
        public var fields: [String: String] = [:]
        /// What DATA brought.
        public var body = ""
        /// The code of a RST_STREAM that ended it instead of END_STREAM.
        public var resetCode: Int?

        /// The value of `:status`; 0 before it came.
        public var status: Int { Int(fields[":status"] ?? "") ?? 0 }
    }

    private let connection: RawConnection
    private let reader = HTTP2TestReader()
    private var answers: [Int: Answer] = [:]
    private var finished: Set<Int> = []
    /// Everything but answers: SETTINGS, PING, GOAWAY, WINDOW_UPDATE, in order.
    public private(set) var others: [HTTP2TestFrame] = []

    /// Takes over a connection; nothing is sent yet.
    public init(_ connection: RawConnection) { self.connection = connection }

    /// Connects to a port of 127.0.0.1 and sends preface and SETTINGS.
    public static func open(port: Int, settings: [(UInt16, UInt32)] = []) async throws -> HTTP2TestConnection {
        try await open(on: try await RawConnection.connect(port: port), settings: settings)
    }

    /// Sends preface and SETTINGS on a connection.
    public static func open(
        on connection: RawConnection, settings: [(UInt16, UInt32)] = []
    ) async throws -> HTTP2TestConnection {
        let client = HTTP2TestConnection(connection)
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        try await client.connection.send(preface + HTTP2TestFrame.settings(settings).bytes)
        return client
    }

    /// Sends frames in one write.
    public func send(_ frames: HTTP2TestFrame...) async throws { try await send(frames) }

    /// Sends frames in one write.
    public func send(_ frames: [HTTP2TestFrame]) async throws { try await connection.send(frames.flatMap(\.bytes)) }

    /// Ends the connection with a FIN.
    public func close() async throws { try await connection.close() }

    /// Reads on until a stream's answer is whole, or the connection has ended.
    public func answer(_ stream: Int) async -> Answer? {
        while !finished.contains(stream) { guard await step() else { return nil } }
        return answers[stream]
    }

    /// Reads on until a stream's head has come; what came of the body is there too.
    public func head(_ stream: Int) async -> Answer? {
        while answers[stream]?.fields.isEmpty != false { guard await step() else { return nil } }
        return answers[stream]
    }

    /// Reads on until a stream's body holds a text.
    public func body(_ stream: Int, until text: String) async -> String? {
        while answers[stream]?.body.contains(text) != true { guard await step() else { return nil } }
        return answers[stream]?.body
    }

    /// Reads on until a frame that is no answer fits, and takes it out with all before it.
    public func other(_ isWanted: (HTTP2TestFrame) -> Bool) async -> HTTP2TestFrame? {
        while true {
            if let index = others.firstIndex(where: isWanted) {
                defer { others.removeFirst(index + 1) }
                return others[index]
            }
            guard await step() else { return nil }
        }
    }

    /// Reads on until GOAWAY with a code other than NO_ERROR, or the end; the code.
    public func endCode() async -> Int? {
        await other { $0.kind == .goAway && $0.errorCode != 0 }?.errorCode
    }

    /// Reads on to the end of the connection.
    public func receiveEnd() async { while await step() {} }

    /// Takes the next bytes; false at the end.
    private func step() async -> Bool {
        while let frame = reader.next() {
            take(frame)
            return true
        }
        guard let bytes = await connection.receiveBytes() else { return false }
        reader.received(bytes)
        return true
    }

    private func take(_ frame: HTTP2TestFrame) {
        var answer = answers[frame.stream] ?? Answer()
        switch frame.kind {
        case .headers:
            let fields = reader.fields(of: frame)
            if fields[":status"] == "100" { return }
            answer.fields.merge(fields) { $1 }
        case .data: answer.body += String(decoding: frame.payload, as: UTF8.self)
        case .reset: answer.resetCode = frame.errorCode
        default:
            others.append(frame)
            return
        }
        answers[frame.stream] = answer
        if frame.endsStream || frame.kind == .reset { finished.insert(frame.stream) }
    }
}
