import HTTPWire
import Pipeline
import Routing
import Synchronization

/// An interceptor that has to do with a request's head and that of its answer only: it says at once what it has to say, before the
/// guards, so that refusals carry it too.
///
/// World: any event loop, several at the same time.
protocol Prelude: Sendable {
    /// Looks at a request and notes what its answer, or its message, is to have.
    func prepare(_ request: RequestView, _ admission: Admission)
}

/// `RequestId`: takes the client's own id for the request's, if it is trusted to have one.
struct RequestIDPrelude: Prelude {
    let settings: RequestIDSettings

    func prepare(_ request: RequestView, _ admission: Admission) {
        guard settings.trustsIncoming else { return }
        var ids: [String?] = []
        request.fields.forEachValue(of: settings.header) { value in
            ids.append(Self.isID(value) ? String(decoding: value, as: UTF8.self) : nil)
        }
        // Of two nobody knows which is meant.
        if ids.count == 1, let id = ids[0] { admission.requestID = id }
    }

    /// Letters, digits and `-._~:+/=`, at most 64: fits UUIDs, ULIDs, and AWS's and Google's.
    private static func isID(_ text: UnsafeRawBufferPointer) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "-._~:+/=".utf8.contains(byte)
            }
    }
}

/// `SetHeaders`: fields of every answer.
struct SetHeadersPrelude: Prelude {
    private let fields: [HTTPField]
    private let removed: [String]

    init(_ settings: SetHeadersSettings) {
        fields = settings.set.compactMap { GatewayError.field($0.name, $0.value) }
        removed = settings.remove
    }

    func prepare(_ request: RequestView, _ admission: Admission) {
        for field in fields { admission.set(field) }
        admission.removed += removed
    }
}

/// `Trace`: goes on with the client's trace, or begins one, and sends it on in the packet's metadata.
///
/// The gateway is a span of its own: the trace id stays, the parent id is new. What is not well-formed begins a new trace. With
/// `gateway.tracing` every route does so, and this has nothing to add.
///
/// Spec: W3C Trace Context (Recommendation), §3
final class TracePrelude: Prelude {
    private let ids = Mutex(TraceIDs())

    func prepare(_ request: RequestView, _ admission: Admission) {
        // New traces are not sampled: nobody here records them.
        let trace = ids.withLock { ids in
            TraceContext(request.fields, ids: &ids, sampling: Sampling(0), followsParent: true)
        }
        (admission.trace, admission.traceState) = (trace, trace.state(request.fields))
    }
}
