import CProcess
import TestSupport
import Testing

@testable import MartletGateway

#if canImport(Glibc)
    import Glibc
#endif

/// Which way lines go to their file.
@Suite struct LogOutputTests {
    /// Whether files of a folder can be written past the system's memory. Where there is nothing else, all stays there.
    private static func takesDirectWrites(_ folder: LogFolder) throws -> Bool {
        let path = "\(folder.path)/access.log.1"
        let probe = open(path, O_RDWR | O_CREAT, 0o600)
        defer {
            close(probe)
            unlink(path)
        }
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { page.deallocate() }
        page.initializeMemory(as: UInt8.self, repeating: 0)
        guard martlet_set_direct(probe, 1) == 0, Glibc.write(probe, page.baseAddress, 4096) == 4096 else {
            return false
        }
        return try residentBytes(path) == 0
    }

    /// Bytes of a file that are in the system's memory.
    private static func residentBytes(_ path: String) throws -> Int {
        let file = open(path, O_RDWR)
        defer { close(file) }
        let count = Int(lseek(file, 0, SEEK_END))
        let memory = try #require(mmap(nil, count, PROT_READ, MAP_SHARED, file, 0))
        defer { munmap(memory, count) }
        let page = Int(getpagesize())
        var pages = [UInt8](repeating: 0, count: (count + page - 1) / page)
        try #require(mincore(memory, count, &pages) == 0)
        return pages.count { $0 & 1 != 0 } * page
    }

    private func write(_ bytes: [UInt8], _ output: inout LogOutput) throws {
        let end = output.end
        var lines = WaitingLines()
        lines.begin(at: try #require(end))
        bytes.withUnsafeBytes { lines.append($0, isStreamed: true) }
        #expect(output.write(lines.bytes, dropped: 0) == nil)
    }

    private static let piece = Array(String(repeating: "a line of 31 bytes, no more no\n", count: 70_000).utf8)

    @Test func `many lines at once go past the system's memory`() throws {
        let folder = try LogFolder()
        guard try Self.takesDirectWrites(folder) else { return }
        let path = "\(folder.path)/access.log"
        var output = LogOutput(descriptor: try LogOutput.open(path), path: path, maxDiskWait: .seconds(3600))
        for _ in 0..<4 { try write(Self.piece, &output) }
        // Of the first one what has shown how fast the disk is; what fills no page goes the other way.
        #expect(try Self.residentBytes(path) <= Self.piece.count + 8 * 4096)
        #expect(
            folder.read("access.log")
                == String(decoding: Self.piece + Self.piece + Self.piece + Self.piece, as: UTF8.self))
    }

    @Test func `a disk that keeps the log waiting is left to the system`() throws {
        let folder = try LogFolder()
        let path = "\(folder.path)/access.log"
        var output = LogOutput(descriptor: try LogOutput.open(path), path: path, maxDiskWait: .zero)
        try write(Self.piece, &output)
        try write(Self.piece, &output)
        // All but what the disk was tried with.
        #expect(try Self.residentBytes(path) >= 2 * Self.piece.count - 256 * 1024 - 8 * 4096)
        #expect(folder.read("access.log") == String(decoding: Self.piece + Self.piece, as: UTF8.self))
    }

    @Test func `lines that lie otherwise than in their file are written all the same`() throws {
        let folder = try LogFolder()
        let path = "\(folder.path)/access.log"
        var output = LogOutput(descriptor: try LogOutput.open(path), path: path, maxDiskWait: .seconds(3600))
        for place in [1, 4095, 16] {
            let end = output.end
            var lines = WaitingLines()
            lines.begin(at: try #require(end) + place)
            Self.piece.withUnsafeBytes { lines.append($0, isStreamed: true) }
            #expect(output.write(lines.bytes, dropped: 0) == nil)
        }
        #expect(folder.read("access.log") == String(decoding: Self.piece + Self.piece + Self.piece, as: UTF8.self))
    }

    @Test func `a file that somebody else holds for good is written all the same`() throws {
        let folder = try LogFolder()
        let path = "\(folder.path)/access.log"
        var output = LogOutput(descriptor: try LogOutput.open(path), path: path)
        let other = open(path, O_RDONLY)
        defer { close(other) }
        try #require(flock(other, LOCK_EX) == 0)
        try write(Self.piece, &output)
        #expect(folder.read("access.log") == String(decoding: Self.piece, as: UTF8.self))
    }

    @Test func `lines that may wait for others are written, the first ones too, and those behind a drain`() async throws
    {
        let folder = try LogFolder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        func write(_ text: String) { Array(text.utf8).withUnsafeBytes { writer.write($0, isPatient: true) } }
        write("one\n")
        try await eventually("the first line") { folder.read("access.log") == "one\n" }
        write("two\n")
        writer.flush()
        write("three\n")
        try await eventually("a line behind a drain") { folder.read("access.log") == "one\ntwo\nthree\n" }
        write("four\n")
        try await eventually("one more") { folder.read("access.log") == "one\ntwo\nthree\nfour\n" }
    }

    @Test func `what is no file has no end`() throws {
        let device = LogOutput(descriptor: try LogOutput.open("/dev/null"), path: "/dev/null")
        let stream = LogOutput(descriptor: STDERR_FILENO, path: nil)
        let ends = [device.end, stream.end]
        #expect(ends == [nil, nil])
    }
}
