import CProcess
import Logging
import MartletGateway
import NIOCore
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Lines reach their file whatever becomes of it, and nothing waits for them.
@Suite struct LogWriterTests {
    /// A folder that is gone when the test is over.
    private final class Folder {
        let path: String

        init() throws {
            var template = Array("/tmp/martlet-log-XXXXXX".utf8CString)
            path = try #require(mkdtemp(&template).map { String(cString: $0) })
        }

        deinit {
            for name in ["access.log", "access.log.1", "sub/access.log"] { unlink("\(path)/\(name)") }
            rmdir("\(path)/sub")
            rmdir(path)
        }

        func read(_ name: String) -> String {
            let descriptor = open("\(path)/\(name)", O_RDONLY)
            guard descriptor >= 0 else { return "" }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test func `a renamed file is left for a new one`() throws {
        let folder = try Folder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        writer.write(line: "before")
        writer.flush()
        #expect(rename("\(folder.path)/access.log", "\(folder.path)/access.log.1") == 0)
        writer.write(line: "renamed")
        writer.flush()
        writer.write(line: "handed over before")
        LogWriter.reopenAll()
        // What comes while the file is opened again may go to either.
        writer.flush()
        writer.write(line: "after")
        writer.flush()
        #expect(folder.read("access.log.1") == "before\nrenamed\nhanded over before\n")
        #expect(folder.read("access.log") == "after\n")
    }

    @Test func `a pipe that nobody reads is no log`() throws {
        let folder = try Folder()
        #expect(mkfifo("\(folder.path)/access.log", 0o600) == 0)
        let error = #expect(throws: LogFileError.self) { try LogWriter.file("\(folder.path)/access.log") }
        #expect(error?.reason == "nobody reads the pipe")
        let reader = open("\(folder.path)/access.log", O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let writer = try LogWriter.file("\(folder.path)/access.log")
        writer.write(line: "a")
        writer.flush()
        var byte: UInt8 = 0
        #expect(Glibc.read(reader, &byte, 1) == 1 && byte == 0x61)
    }

    @Test func `all files are written at the end`() throws {
        let folder = try Folder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        writer.write(line: "last")
        LogWriter.flushAll()
        #expect(folder.read("access.log") == "last\n")
    }

    @Test func `a file that cannot be opened again goes on where it is`() throws {
        let folder = try Folder()
        mkdir("\(folder.path)/sub", 0o700)
        let writer = try LogWriter.file("\(folder.path)/sub/access.log")
        writer.write(line: "one")
        writer.flush()
        rename("\(folder.path)/sub/access.log", "\(folder.path)/access.log")
        rmdir("\(folder.path)/sub")
        LogWriter.reopenAll()
        writer.write(line: "two")
        writer.flush()
        #expect(folder.read("access.log") == "one\ntwo\n")
    }

    @Test func `two who name a file share it, and what is there stays`() throws {
        let folder = try Folder()
        do {
            let writer = try LogWriter.file("\(folder.path)/access.log")
            #expect(try LogWriter.file("\(folder.path)/access.log") === writer)
            writer.write(line: "one")
            writer.flush()
        }
        let again = try LogWriter.file("\(folder.path)/access.log")
        again.write(line: "two")
        again.flush()
        #expect(folder.read("access.log") == "one\ntwo\n")
    }

    @Test func `a file that grows fast has blocks ahead, and no byte more`() throws {
        let folder = try Folder()
        let path = "\(folder.path)/access.log"
        let probe = open(path, O_WRONLY | O_CREAT, 0o600)
        let isPossible = martlet_allocate_behind(probe, 1 << 20) == 0
        close(probe)
        unlink(path)
        let writer = try LogWriter.file(path)
        func sizes() -> (bytes: Int, onDisk: Int) {
            var status = stat()
            return stat(path, &status) == 0 ? (Int(status.st_size), Int(status.st_blocks) * 512) : (-1, -1)
        }
        writer.write(line: "one")
        writer.flush()
        #expect(sizes().bytes == 4)
        #expect(sizes().onDisk < 1 << 20)
        // In parts of it, and behind a line that came alone.
        let many = String(repeating: "a line of some length\n", count: 16_000)
        for _ in 0..<2 {
            writer.write(ByteBuffer(string: many))
            writer.flush()
        }
        #expect(sizes().bytes == 4 + 2 * many.utf8.count)
        if isPossible { #expect(sizes().onDisk >= 8 << 20) }
        writer.write(line: "last")
        writer.flush()
        #expect(folder.read("access.log") == "one\n" + many + many + "last\n")
    }

    @Test func `of a file that grows fast the end stays in memory, and the rest goes`() throws {
        let folder = try Folder()
        let path = "\(folder.path)/access.log"
        let writer = try LogWriter.file(path)
        let file = open(path, O_RDWR)
        defer { close(file) }
        let mebibyte = 1 << 20
        func residentPages(_ range: Range<Int>) throws -> Int {
            let count = range.count * mebibyte
            let memory = try #require(mmap(nil, count, PROT_READ, MAP_SHARED, file, range.lowerBound * mebibyte))
            defer { munmap(memory, count) }
            var pages = [UInt8](repeating: 0, count: count / Int(getpagesize()))
            try #require(mincore(memory, count, &pages) == 0)
            return pages.count { $0 & 1 != 0 }
        }
        let piece = ByteBuffer(string: String(repeating: "a line of 32 bytes with its end\n", count: mebibyte / 32))
        writer.write(piece)
        writer.flush()
        // A file system that has nothing but memory keeps all.
        fsync(file)
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        guard try residentPages(0..<1) == 0 else { return }
        for number in 2...96 {
            writer.write(piece)
            writer.flush()
            // What is not on the disk yet could not go.
            if number % 8 == 0 { fsync(file) }
        }
        let pagesOfSixteen = 16 * mebibyte / Int(getpagesize())
        #expect(try residentPages(0..<16) < pagesOfSixteen / 8)
        #expect(try residentPages(80..<96) > pagesOfSixteen / 2)
        var status = stat()
        #expect(stat(path, &status) == 0 && Int(status.st_size) == 96 * mebibyte)
    }

    @Test func `a file that cannot be opened is an error with its name`() {
        #expect {
            _ = try LogWriter.file("/nowhere/access.log")
        } throws: {
            "\($0)" == "cannot write the log /nowhere/access.log: no such file or directory"
        }
    }

    @Test func `a full disk loses lines, and the next that has room says how many`() async throws {
        let writer = try LogWriter.file("/dev/full")
        // Nothing of it waits, or traps.
        for number in 1...1000 { writer.write(line: "line \(number)") }
        writer.flush()
        writer.write(line: "one more")
        writer.flush()
    }

    @Test func `what nobody reads is dropped, counted by lines`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let writer = LogWriter(descriptor: ends[1], maxPendingBytes: 256 << 10)
        let line = String(repeating: "x", count: 1023)
        var three = ByteBuffer()
        for _ in 0..<3 { three.writeString(line + "\n") }
        for _ in 0..<1000 { writer.write(three) }
        // Somebody reads now, and has all that was kept.
        let reading = Task.detached { [end = ends[0]] in
            var text: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(end, &block, block.count)
                guard count > 0 else { break }
                text += block.prefix(count)
            }
            return String(decoding: text, as: UTF8.self)
        }
        try await eventually("there is room again") {
            writer.flush()
            return true
        }
        writer.write(line: "last")
        writer.flush()
        close(ends[1])
        let lines = await reading.value.split(separator: "\n")
        close(ends[0])
        #expect(lines.last == "last")
        let kept = lines.count { $0 == line[...] }
        let dropped = lines.filter { $0.hasSuffix(" log lines dropped: the log's reader does not keep up") }
            .compactMap { Int($0.prefix { $0 != " " }) }
        #expect(dropped.reduce(0, +) + kept == 3000)
        #expect(!dropped.isEmpty)
    }
}
