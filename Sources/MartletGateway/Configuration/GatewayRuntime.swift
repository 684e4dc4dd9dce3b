import HTTPWire
import Microservices
import NetworkIO
import Routing

/// The numbers that connections look at, converted once from the route file: bytes, counts, nanoseconds.
struct GatewayRuntime: Sendable {
    var httpLimits: HTTPLimits
    /// Requests of one connection in flight.
    var maxPipelined: Int
    /// Connections of the whole process.
    var maxConnections: Int
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
    /// Values of one answer that are gathered into an array, or the last of them, in bytes.
    var maxCollectedBytes = 16 << 20

    init(_ limits: GatewayLimits) {
        httpLimits = HTTPLimits()
        httpLimits.maxRequestLineBytes = limits.uri
        httpLimits.maxHeaderBytes = limits.headers
        httpLimits.maxHeaderCount = limits.headerCount
        httpLimits.maxBodyBytes = limits.body
        maxPipelined = limits.pipelined
        maxConnections = limits.connections
        headerTimeout = limits.headerTimeout.nanoseconds
        bodyTimeout = limits.bodyTimeout.nanoseconds
        idleTimeout = limits.idleTimeout.nanoseconds
    }
}
