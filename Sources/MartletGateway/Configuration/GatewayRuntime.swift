import HTTPWire
import MicroservicesCore
import NetworkIO
import Routing

/// The numbers that connections look at, converted once from the route file: bytes, counts, nanoseconds.
struct GatewayRuntime: Sendable {
    var httpLimits: HTTPLimits
    /// What HTTP/2 adds to them.
    var http2Limits: HTTP2Limits
    /// Requests of one connection, after which its client is asked for a new one; `Int.max` for no bound.
    var maxRequestsPerConnection: Int
    /// Requests of one connection in flight.
    var maxPipelined: Int
    /// Connections of the whole process.
    var maxConnections: Int
    /// From a TLS connection's beginning to the end of its handshake.
    var handshakeTimeout: Int64
    /// From a request's first byte to the end of its head.
    var headerTimeout: Int64
    /// From the head's end; grows by a second for each KiB of body received.
    var bodyTimeout: Int64
    /// Without any request, or without a client reading its answer.
    var idleTimeout: Int64
    /// How long what a client still sends is thrown away after it was refused.
    var lingerTimeout: Int64 = 2_000_000_000
    /// Without a whole head while the gateway stops: long enough for a request that is on its way already.
    var drainIdleTime: Int64 = 1_000_000_000
    /// Answers of one connection that its client has not read: above it no request is read and a stream is broken off.
    var maxUnreadOutput = 1 << 20
    /// Answers of one connection that its client has not read, when another one comes: above it that one is replaced by a 503.
    /// What is in flight when the client stops reading cannot be taken back, so without this a few clients could hold many
    /// large answers.
    var maxHeldAnswers = 64 << 20
    /// Output of one HTTP/2 connection that is made before the socket has taken what was made before, in bytes.
    var maxOutputAhead = 256 << 10
    /// Bodies of unfinished requests of one HTTP/2 connection, in bytes: above it only the oldest request may go on.
    var maxUnfinishedBodies = 4 << 20
    /// Values of one answer that are gathered into an array, or the last of them, in bytes.
    var maxCollectedBytes = 16 << 20

    /// What a KiB of a body buys its client, nanoseconds for each byte: also how fast a client has to read.
    private static let nanosecondsPerByte: Int64 = 1_000_000_000 / 1024

    /// Bytes of answers that a client has to read within the idle time-out: a KiB each second.
    var leastRead: Int { max(Int(idleTimeout / Self.nanosecondsPerByte), 1) }

    /// How long a client has for its body: beside the time allowed, a second for each KiB that came.
    ///
    /// - Parameter count: bytes that came.
    /// - Returns: nanoseconds from the head's end.
    func timeForBody(received count: Int) -> Int64 { bodyTimeout + Int64(count) * Self.nanosecondsPerByte }

    init(_ limits: GatewayLimits) {
        httpLimits = HTTPLimits()
        httpLimits.maxRequestLineBytes = limits.uri
        httpLimits.maxHeaderBytes = limits.headers
        httpLimits.maxHeaderCount = limits.headerCount
        httpLimits.maxBodyBytes = limits.body
        http2Limits = HTTP2Limits()
        http2Limits.http = httpLimits
        http2Limits.maxStreams = limits.streams
        http2Limits.streamWindow = limits.http2.window
        http2Limits.connectionWindow = limits.http2.connectionWindow
        http2Limits.maxResets = limits.http2.resets
        http2Limits.maxIdleFrames = limits.http2.idleFrames
        maxRequestsPerConnection = limits.requestsPerConnection ?? .max
        maxPipelined = limits.pipelined
        maxConnections = limits.connections
        handshakeTimeout = limits.handshakeTimeout.nanoseconds
        headerTimeout = limits.headerTimeout.nanoseconds
        bodyTimeout = limits.bodyTimeout.nanoseconds
        idleTimeout = limits.idleTimeout.nanoseconds
    }
}
