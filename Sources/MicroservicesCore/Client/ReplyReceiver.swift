import MessageWire

/// One frame of an answer, valid only during the call that brings it.
package struct Reply {
    /// The frame's JSON text, valid UTF-8, whole and validated.
    package let json: UnsafeRawBufferPointer
    /// What the frame means, as ranges of `json`.
    package let outcome: ReplyEnvelope.Outcome

    /// Whether nothing follows for this request.
    package var isLast: Bool {
        switch outcome {
        case .value(_, let isLast): isLast
        case .undefinedValue: false
        case .error, .completed, .foreign: true
        }
    }

    /// Whether the service answered with an error.
    var isError: Bool {
        guard case .error = outcome else { return false }
        return true
    }
}

/// Whoever waits for the answer to a request. Called on the event loop that the request was made on.
///
/// After a last reply or a failure nothing further is called, and the request's slot is free already.
package protocol ReplyReceiver: AnyObject {
    /// A frame came for the request.
    func replyReceived(_ reply: Reply, now: Int64)
    /// There will be no (further) answer.
    func replyFailed(_ failure: UpstreamFailure)
    /// A request that had to wait for a connection was sent on one; the ticket replaces the one it had.
    func requestSent(_ ticket: RequestTicket)
    /// An event that had to wait for a connection was handed to one.
    func eventHandedOver()
}
