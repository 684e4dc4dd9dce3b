import HTTPWire
import NIOCore

/// One connection to the admin listener: requests in, answers out, one after the other.
///
/// World: structured concurrency, a task for each connection. Whatever hangs is ended by a timer on the listener's own event loop.
struct AdminConnection {
    /// How long a client may be silent between requests.
    private static let idleTime = TimeAmount.seconds(60)
    /// How long the first request may take to be whole.
    private static let firstTime = TimeAmount.seconds(5)
    /// How long a request may take to arrive.
    private static let requestTime = TimeAmount.seconds(10)
    /// How long a client may take to read an answer, or one event.
    private static let writeTime = TimeAmount.seconds(30)
    /// How long what a refused client still sends is read, so that it sees why.
    private static let lingerTime = TimeAmount.seconds(2)

    /// How long it may take when the listener stops.
    private static let endTime = TimeAmount.seconds(1)

    let stream: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let handler: AdminHandler
    let connections: AdminConnections
    /// Among the connections.
    let place: UInt64

    private var channel: any Channel { stream.channel }

    /// Serves until either side ends the connection.
    func run() async {
        try? await stream.executeThenClose { inbound, _ in
            var reader = AdminRequestReader()
            var timer = closing(after: Self.firstTime)
            var hasAsked = false
            var isMidRequest = false
            // The bytes can be iterated over once only: what follows a refusal comes by here as well, and is thrown away.
            var isRefused = false
            for try await bytes in inbound where !isRefused {
                reader.received(bytes)
                do throws(HTTPWireError) {
                    while let request = try reader.next() {
                        timer.cancel()
                        guard await serve(request) else { return }
                        timer = closing(after: Self.idleTime)
                        isMidRequest = false
                        hasAsked = true
                    }
                } catch {
                    timer.cancel()
                    isRefused = true
                    await refuse(error)
                    timer = closing(after: Self.lingerTime)
                    continue
                }
                if reader.isOverfull { break }
                guard hasAsked, reader.isMidRequest != isMidRequest else { continue }
                isMidRequest = reader.isMidRequest
                timer.cancel()
                timer = closing(after: isMidRequest ? Self.requestTime : Self.idleTime)
            }
            timer.cancel()
        }
    }

    /// - Returns: Whether the connection lives on.
    private func serve(_ request: AdminRequest) async -> Bool {
        connections.isBusy(true, place)
        defer { connections.isBusy(false, place) }
        var response = await handler.answer(request)
        var isStream = response.body == .events && !request.isHead
        if isStream, !connections.beginStream(place) {
            isStream = false
            response = .problem(
                503, code: "too_many_streams", detail: "Half of the admin listener's connections are streams already.")
        }
        let keepAlive = request.keepAlive && !isStream && !Task.isCancelled
        do {
            try await write(response.bytes(answering: request, keepAlive: keepAlive, date: .present))
            if isStream { try await streamEvents(request) }
        } catch {
            return false
        }
        return keepAlive
    }

    /// A snapshot each second, until the client goes, may no longer see it, or the listener stops.
    private func streamEvents(_ request: AdminRequest) async throws {
        let isChunked = request.minorVersion > 0
        while handler.mayGoOn(request) {
            let event = ByteBuffer(string: await handler.event())
            var chunk = ByteBuffer()
            if isChunked {
                event.withUnsafeReadableBytes { HTTP1ResponseSerializer.writeChunk($0, into: &chunk) }
            } else {
                chunk = event
            }
            try await write(chunk)
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Bytes that are no request: that is said, and our direction ends. What the client still sends is read for a while, so that
    /// it sees why.
    private func refuse(_ error: HTTPWireError) async {
        let response = AdminResponse.problem(error.status, code: error.code, detail: error.detail)
        let nobody = AdminRequest(method: "GET", path: "/")
        try? await write(response.bytes(answering: nobody, keepAlive: false, date: .present))
        try? await channel.close(mode: .output)
    }

    /// Returns when the system has taken the bytes, so that nothing is gathered for a client that does not read.
    private func write(_ buffer: ByteBuffer) async throws {
        let timer = closing(after: Self.writeTime)
        defer { timer.cancel() }
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(buffer)
        } onCancel: {
            // A client that does not read does not hold up the end.
            _ = closing(after: Self.endTime)
        }
    }

    private func closing(after time: TimeAmount) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: time) { [channel] in channel.close(promise: nil) }
    }
}

extension HTTPDate {
    fileprivate static var present: HTTPDate { HTTPDate(epochSeconds: Timestamp.now().seconds) }
}
