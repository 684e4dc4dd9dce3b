#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What tells one state of a file from another; links are followed, so a link that points elsewhere is a change.
package struct FileStamp: Sendable, Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    package init(_ path: String) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        device = isThere ? UInt(status.st_dev) : 0
        inode = isThere ? UInt(status.st_ino) : 0
        size = isThere ? Int(status.st_size) : -1
        #if canImport(Darwin)
            let changed = status.st_mtimespec
        #else
            let changed = status.st_mtim
        #endif
        seconds = isThere ? changed.tv_sec : 0
        nanoseconds = isThere ? changed.tv_nsec : 0
    }

    /// Looks at files every second, until the task is cancelled. A change counts when it is a second old: whoever
    /// replaces a certificate replaces its key too.
    ///
    /// - Parameters:
    ///   - former: The files as they were before they were read; `nil` for as they are now.
    ///   - stamps: The files as they are now.
    ///   - changed: Called after each change.
    package static func watch(
        since former: [FileStamp]? = nil, _ stamps: @Sendable () -> [FileStamp], changed: @Sendable () -> Void
    ) async {
        var known = former ?? stamps()
        var candidate = known
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = stamps()
            if now != known && now == candidate {
                known = now
                changed()
            }
            candidate = now
        }
    }
}
