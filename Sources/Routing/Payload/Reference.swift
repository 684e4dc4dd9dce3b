import Pipeline

/// What a `$` in a payload leads to.
enum Reference: Sendable, Hashable {
    /// Index into the template's parameters.
    case path(Int)
    case wholePath
    case query(String)
    case wholeQuery
    /// Lower-case name.
    case header(String)
    case cookie(String)
    /// Keys and indexes from the body's root; empty is the whole body.
    case body([String])
    case request(RequestFact)
    case tls(TLSFact)
    /// A guard's name for its claims, and keys from their root.
    case claim(String, [String])

    /// The facts behind `$request.`.
    enum RequestFact: String, Sendable, Hashable, CaseIterable {
        case id
        case ip
        case method
        case path
        case time
        case host
    }

    /// The facts behind `$tls.`: what the client's TLS connection says.
    enum TLSFact: String, Sendable, Hashable, CaseIterable {
        case subject
    }

    static let roots = ["$path", "$query", "$header", "$cookie", "$body", "$request", "$tls"]

    var usesBody: Bool {
        if case .body = self { return true }
        return false
    }

    /// Whether it always stands for an object (or for nothing).
    var isSpreadable: Bool {
        switch self {
        case .wholePath, .wholeQuery, .body, .claim: true
        default: false
        }
    }

    /// Whether `all: true` says anything.
    var canRepeat: Bool {
        switch self {
        case .query, .header: true
        default: false
        }
    }
}

/// A reference with everything its long form can add: `{ from: $path.id, pipes: [ParseInt] }`.
struct ValuePlan: Sendable {
    var reference: Reference
    /// Without the dollar, for messages: `path.id`.
    var name: String
    var pipes: [any ValuePipe] = []
    var isAll = false
    var choices: EnumOptions?
    var shape: TextShape?

    /// Whether a text is one for want of anything else: only a body and claims bring types of their own.
    var comparesTexts: Bool {
        if case .claim = reference { return false }
        return !reference.usesBody
    }

    /// Nothing but the reference: it can be written without being looked at.
    var isPlain: Bool { pipes.isEmpty && !isAll && choices == nil && shape == nil }
}
