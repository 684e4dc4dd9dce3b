/// A span that has ended and waits to be sent.
struct SpanRecord: Sendable {
    /// The numbers of OTLP's `SpanKind`.
    enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
        case producer = 4
        case consumer = 5
    }

    enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case double(Double)
        case bool(Bool)
        case list([Value])
    }

    struct Attribute: Sendable, Equatable {
        var name: String
        var value: Value

        init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    struct Event: Sendable {
        var name: String
        var time: UInt64
        var attributes: [Attribute]
    }

    struct Link: Sendable {
        var traceHigh: UInt64
        var traceLow: UInt64
        var span: UInt64
        var attributes: [Attribute]
    }

    var traceHigh: UInt64
    var traceLow: UInt64
    var span: UInt64
    /// 0 for none.
    var parent: UInt64
    var state: String?
    var name: String
    var kind: Kind
    /// Nanoseconds since 1970.
    var start: UInt64
    var end: UInt64
    var attributes: [Attribute] = []
    var events: [Event] = []
    var links: [Link] = []
    var isError = false
    /// What the error says.
    var message = ""
}
