import MartletGateway
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Where a gateway writes its access lines, for a test that reads them when the gateway has stopped.
final class AccessLines {
    let writer: LogWriter
    private let ends: [Int32]

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        self.ends = ends
        writer = LogWriter(descriptor: ends[1])
    }

    /// Everything that was written; to be asked for once.
    func read() -> [String] {
        writer.flush()
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(ends[0], &bytes, bytes.count)
        close(ends[0])
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
