/// What one built-in entry of `interceptors:` says.
package enum InterceptorSettings: Sendable {
    case requestID(RequestIDSettings)
    case trace
    case accessLog(AccessLogSettings)
    case timeout(Duration)
    case cache(CacheSettings)
    case cors(CORSSettings)
    case compress(CompressSettings)
    case setHeaders(SetHeadersSettings)
    case mapResponse(ResultTemplate)
    case collapse
}

/// `RequestId`: whose id a request has, and who gets to know it.
package struct RequestIDSettings: Sendable, Hashable {
    /// Lower case.
    package var header: String
    /// Whether a client's own id is taken, if it looks like one.
    package var trustsIncoming: Bool

    package static let defaults = RequestIDSettings(header: "x-request-id", trustsIncoming: false)
}

/// `AccessLog`: a line for each request of the route.
package struct AccessLogSettings: Sendable, Hashable {
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case text
        case json
    }

    /// Only answers from this status on; 0 for all.
    package var minStatus: Int
    /// `nil` for the form that the gateway's other lines have.
    package var format: Format?
}

/// `Cache`: answers that are given again without asking the service.
package struct CacheSettings: Sendable, Hashable {
    package var ttl: Duration
    /// Answers of each event loop.
    package var maxEntries: Int
    /// Bytes of one answer.
    package var maxBytes: Int
    /// Whether callers that guards tell apart share answers.
    package var isShared: Bool

    package static let defaultMaxEntries = 1000
    package static let defaultMaxBytes = 64 << 10
}

/// `Cors`: which pages of other origins may read answers.
package struct CORSSettings: Sendable, Hashable {
    /// Origins as browsers send them; `*.` before a host stands for its subdomains.
    package var origins: [String]
    package var allowsAnyOrigin: Bool
    /// `nil` allows those of the path.
    package var methods: [String]?
    /// Lower case; `nil` allows what is asked for.
    package var headers: [String]?
    package var exposedHeaders: [String]
    package var allowsCredentials: Bool
    package var maxAge: Duration

    package static let defaultMaxAge = Duration.seconds(600)
}

/// `Compress`: answers are made smaller for clients that take it.
package struct CompressSettings: Sendable, Hashable {
    package enum Encoding: String, Sendable, Hashable, CaseIterable {
        case br
        case gzip
    }

    /// In the order of preference.
    package var encodings: [Encoding]
    /// Smaller bodies are left alone, bytes.
    package var minBytes: Int
    /// 1 (fast) to 9 (small).
    package var level: Int

    package static let defaultMinBytes = 1024
    package static let defaultLevel = 5
}

/// `SetHeaders`: fields of every answer of the route.
package struct SetHeadersSettings: Sendable, Hashable {
    /// Names in lower case.
    package var set: [Field]
    /// Fields of inner enhancers and the route that are taken out, in lower case.
    package var remove: [String]

    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String
    }
}
