import NetworkIO
import Pipeline

/// A connection of a client as its worker sees it, whatever HTTP version it speaks.
protocol ClientConnection: AnyObject {
    /// Place in the worker's table; -1 when it is in none.
    var handle: Int { get set }
    /// When the worker's wheel will look at it; kept by the worker.
    var scheduledAt: Int64 { get set }
    /// The listener that accepted it, by its place in the worker's counters.
    var listener: Int { get set }
    /// What it is counted as.
    var spoken: SpokenProtocol { get }
    /// The wheel has come to its time.
    func deadlinePassed(now: Int64)
    /// The gateway is stopping: ends soon when nothing is owed, else after the last answer.
    func drain()
    /// Ends now.
    func close()
}

/// What a connection knows of a request that has no exchange yet; an id it has only with its exchange.
extension RequestFacts where Self: ResponseSink {
    var requestID: String { "" }
    var receivedAt: String { "" }
    var tlsSubject: String? { tls?.subject }
}
