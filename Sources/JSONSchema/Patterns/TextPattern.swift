import CPCRE2

/// A regular expression of a schema, compiled once and used by all event loops.
///
/// No text makes a match expensive. A search backtracks within a number of steps that shrinks as texts grow; when they are
/// used up, the text is read again by a matcher that follows all alternatives at once, whose time is linear in the text.
/// Only where that cannot be done either (back-references, a huge number of alternatives) a match stays undecided, and
/// what cannot be checked is not let through.
///
/// Without PCRE2's compiler to machine code: it needs memory that is writable and executable, and its own stack.
///
/// `@unchecked Sendable`: the compiled code is written by `init` and `deinit` alone; PCRE2 reads it from any number of
/// threads. Match data is made for each call.
///
/// Spec: pcre2api(3), "Multithreading"
final class TextPattern: @unchecked Sendable {
    /// What a search found.
    enum Verdict: Sendable, Hashable {
        case matches
        case differs
        /// The limits did not suffice to tell.
        case undecided
    }

    /// The pattern as the schema has it.
    let source: String
    private let code: OpaquePointer
    private let hasBackReferences: Bool

    /// Compiles an ECMA-262 pattern.
    ///
    /// - Throws: what is wrong with it, or that PCRE2 cannot match it (a lookbehind of unlimited length).
    init(_ source: String) throws(PatternFault) {
        let translated = try PatternTranslator.translate(source)
        self.source = source
        self.hasBackReferences = translated.hasBackReferences
        self.code = try Self.compile(translated.text)
    }

    /// Compiles a pattern in PCRE2's own language.
    init(native source: String) throws(PatternFault) {
        self.source = source
        self.hasBackReferences = true
        self.code = try Self.compile(source)
    }

    deinit { pcre2_code_free_8(code) }

    private static func compile(_ text: String) throws(PatternFault) -> OpaquePointer {
        let options =
            PCRE2_UTF | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C
            | PCRE2_NO_UTF_CHECK
        var error: Int32 = 0
        var offset = 0
        let code = text.utf8.span.withUnsafeBufferPointer { bytes in
            // An empty buffer has no address, and PCRE2 wants one.
            withUnsafePointer(to: 0 as UInt8) { empty in
                pcre2_compile_8(bytes.baseAddress ?? empty, bytes.count, options, &error, &offset, nil)
            }
        }
        guard let code else { throw PatternFault(reason: message(for: error)) }
        return code
    }

    /// Searches the text for the pattern.
    ///
    /// - Returns: what was found, and what that cost beyond a common search: about the number of PCRE2's steps.
    func search(_ text: String) -> (verdict: Verdict, work: Int) {
        text.utf8.span.withUnsafeBufferPointer { bytes in
            withUnsafePointer(to: 0 as UInt8) { empty in search(bytes.baseAddress ?? empty, count: bytes.count) }
        }
    }

    /// Whether ASCII text surely has a match.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        withUnsafePointer(to: 0 as UInt8) { empty in
            search(text.assumingMemoryBound(to: UInt8.self).baseAddress ?? empty, count: text.count).verdict == .matches
        }
    }

    private func search(_ start: UnsafePointer<UInt8>, count: Int) -> (verdict: Verdict, work: Int) {
        guard let found = pcre2_match_data_create_8(1, nil) else { return (.undecided, 0) }
        defer { pcre2_match_data_free_8(found) }
        let limits = PatternLimits.forText(ofBytes: count, isOnlyTry: hasBackReferences)
        // Swift's strings are sound UTF-8.
        let result = pcre2_match_8(code, start, count, 0, PCRE2_NO_UTF_CHECK, found, limits.context)
        guard result < PCRE2_ERROR_NOMATCH else { return (result >= 0 ? .matches : .differs, 0) }
        guard !hasBackReferences else { return (.undecided, limits.steps) }
        let second = withUnsafeTemporaryAllocation(of: Int32.self, capacity: PatternLimits.workspaceSize) { workspace in
            pcre2_dfa_match_8(
                code, start, count, 0, PCRE2_NO_UTF_CHECK | UInt32(PCRE2_DFA_SHORTEST), found, limits.context,
                workspace.baseAddress, workspace.count)
        }
        let work = limits.steps + count * PatternLimits.stepsPerByte
        if second >= 0 { return (.matches, work) }
        return (second == PCRE2_ERROR_NOMATCH ? .differs : .undecided, work)
    }

    private static func message(for error: Int32) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            let count = pcre2_get_error_message_8(error, buffer.baseAddress, buffer.count)
            guard count > 0 else { return "PCRE2 refuses it (\(error))" }
            return String(decoding: buffer[..<Int(count)], as: UTF8.self)
        }
    }
}

/// What is wrong with a pattern.
struct PatternFault: Error, Hashable {
    let reason: String
}
