import Logging
import MicroservicesCore
import NetworkIO
import Pipeline
import Routing

/// When the message of a request was sent and answered, on the loop's clock; 0 for what did not happen.
///
/// World: one event loop.
struct MessageTiming {
    /// The message was put on a connection.
    private(set) var sentAt: Int64 = 0
    /// The first frame of the answer came.
    private(set) var firstReplyAt: Int64 = 0
    /// The last one so far.
    private(set) var lastReplyAt: Int64 = 0

    /// A message that is sent anew has no reply yet; the same time again is the same sending.
    @inline(__always)
    mutating func sent(_ now: Int64) {
        guard now != sentAt else { return }
        self = MessageTiming()
        sentAt = now
    }

    @inline(__always)
    mutating func replied(_ now: Int64) {
        if firstReplyAt == 0 { firstReplyAt = now }
        lastReplyAt = now
    }
}

/// What lines and spans say of an exchange.
extension Exchange {
    /// Which request a line of the gateway's own is about.
    var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["request_id": "\(requestID)"]
        if let trace = knownTrace { metadata["trace_id"] = "\(trace.traceID)" }
        return metadata
    }

    /// The trace that the request belongs to: the gateway's own, or the one that `Trace` passes on.
    var knownTrace: TraceContext? { trace ?? admission?.trace }

    /// Its place among ``AccessLinePlan/protocolNames``.
    var protocolIndex: Int { isHTTP2 ? 2 : minorVersion == 0 ? 0 : 1 }

    /// What is known of the client by its TLS connection, also when the exchange has left it.
    var tls: TLSFacts? { sink?.tls ?? notes.tls }

    var tlsVersion: String? { tls?.version }

    /// Who the caller is, by the name that guards know it by: a key's name, a token's or certificate's subject. Never what it has
    /// shown to prove it.
    var identity: String? {
        for entry in admission?.claims?.entries ?? [] {
            if let name = entry.value["sub"]?.stringValue ?? entry.value["name"]?.stringValue { return name }
        }
        return tlsSubject
    }
}
