import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether the process may open what event loops need.
///
/// SwiftNIO ends the process when a new loop cannot have its descriptors, so they are asked for before. Somebody else may take
/// them in between; a process so near its limit could not serve anybody.
package enum EventLoopDescriptors {
    /// Of each loop on Linux: its selector, its timer, and what wakes it.
    private static let each = 3

    /// Opens as many descriptors as the loops will, and closes them again.
    ///
    /// - Parameter count: How many loops.
    /// - Throws: `IOError` with EMFILE or ENFILE.
    package static func check(loops count: Int) throws {
        var open: [CInt] = []
        defer { for descriptor in open { _ = close(descriptor) } }
        while open.count < count * each {
            var ends: [CInt] = [-1, -1]
            guard pipe(&ends) == 0 else { throw IOError(errnoCode: errno, reason: "pipe") }
            open += ends
        }
    }
}
