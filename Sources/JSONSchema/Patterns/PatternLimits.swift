import CPCRE2

/// How much a search may cost. Made once for each class of text sizes and then only read.
///
/// `@unchecked Sendable`: PCRE2 lets threads share a context that none of them changes.
final class PatternLimits: @unchecked Sendable {
    /// Integers in which the linear matcher keeps the alternatives it follows: about 200 at a time.
    static let workspaceSize = 1200
    /// What the linear matcher costs for each byte, in steps.
    static let stepsPerByte = 4
    /// Steps times bytes of text. A step may read all of the text, so their product bounds a search's time.
    private static let maxWork = 20_000_000
    /// Steps where the linear matcher cannot help.
    private static let maxSteps = 50_000
    private static let minSteps = 100
    /// Memory for backtracking, in KiB.
    private static let maxHeapKiB: UInt32 = 16_384

    let context: OpaquePointer?
    let steps: Int

    /// Texts of up to so many bytes, with the limits of a first and of an only try.
    private static let classes: [(bytes: Int, first: PatternLimits, only: PatternLimits)] =
        [64, 256, 1024, 4096, 16_384, 65_536, 262_144].map { bytes in
            let most = min(maxSteps, maxWork / bytes)
            return (
                bytes, PatternLimits(steps: min(most, 1000 + 20 * bytes)), PatternLimits(steps: max(minSteps, most))
            )
        }
    private static let longest = PatternLimits(steps: minSteps)

    private init(steps: Int) {
        self.steps = steps
        context = pcre2_match_context_create_8(nil)
        guard let context else { return }
        pcre2_set_match_limit_8(context, UInt32(steps))
        pcre2_set_depth_limit_8(context, UInt32(steps))
        pcre2_set_heap_limit_8(context, Self.maxHeapKiB)
    }

    deinit { pcre2_match_context_free_8(context) }

    /// The limits for a text: wider ones if there is no other matcher for when they do not suffice.
    static func forText(ofBytes count: Int, isOnlyTry: Bool) -> PatternLimits {
        for (bytes, first, only) in classes where count <= bytes { return isOnlyTry ? only : first }
        return longest
    }
}
