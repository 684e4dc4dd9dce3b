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
    @Test func `a renamed file is left for a new one`() throws {
        let folder = try LogFolder()
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
        let folder = try LogFolder()
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
        let folder = try LogFolder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        writer.write(line: "last")
        LogWriter.flushAll()
        #expect(folder.read("access.log") == "last\n")
    }

    @Test func `a file that cannot be opened again goes on where it is`() throws {
        let folder = try LogFolder()
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
        let folder = try LogFolder()
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

    /// So many lines that differ, of 20 bytes and more.
    private static func lines(_ count: Int, _ name: String) -> String {
        var text = ""
        for number in 0..<count { text += "\(name) \(number) \(String(repeating: "x", count: 12 + number % 50))\n" }
        return text
    }

    @Test func `many lines at once are written byte for byte, whatever their sizes`() async throws {
        let folder = try LogFolder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        var written = "what was there before\n"
        writer.write(ByteBuffer(string: written))
        writer.flush()
        // Of many sizes, whole pages among them, with single lines between.
        for size in [60_000, 40_000, 30_000, 65_536, 50_001, 99_999, 7, 70_000, 60_000] {
            let lines = Self.lines(size, "of \(size)")
            writer.write(ByteBuffer(string: lines))
            writer.flush()
            written += lines
            if size == 30_000 {
                let page = String(repeating: "a line of 32 bytes with its end\n", count: (1 << 20) / 32)
                writer.write(ByteBuffer(string: page))
                writer.flush()
                writer.write(line: "one")
                writer.flush()
                written += page + "one\n"
            }
        }
        try await eventually("all is written") { folder.read("access.log").utf8.count >= written.utf8.count }
        #expect(folder.read("access.log") == written)
    }

    @Test func `two processes append many lines to one file, and none is torn`() async throws {
        let folder = try LogFolder()
        let writers = try ["access.log", "./access.log"].map { try LogWriter.file("\(folder.path)/\($0)") }
        #expect(writers[0] !== writers[1])
        let texts = (0..<6).map { Self.lines(30_000, "part \($0)") }
        await withTaskGroup { group in
            for (index, writer) in writers.enumerated() {
                group.addTask {
                    for number in stride(from: index, to: texts.count, by: 2) {
                        writer.write(ByteBuffer(string: texts[number]))
                        writer.flush()
                    }
                }
            }
        }
        try await eventually("all is written") {
            folder.read("access.log").utf8.count >= texts.reduce(0) { $0 + $1.utf8.count }
        }
        let found = folder.read("access.log").split(separator: "\n").sorted()
        #expect(found == texts.joined().split(separator: "\n").sorted())
    }

    @Test func `a named pipe gets many lines as they are`() async throws {
        let folder = try LogFolder()
        let path = "\(folder.path)/access.log"
        try #require(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let writer = try LogWriter.file(path)
        let text = Self.lines(60_000, "piped")
        let reading = Task.detached {
            var found: [UInt8] = []
            // Fewer bytes than are written at once.
            var bytes = [UInt8](repeating: 0, count: 1000)
            while found.count < text.utf8.count {
                var wanted = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                poll(&wanted, 1, 1000)
                let count = Glibc.read(reader, &bytes, bytes.count)
                if count > 0 { found += bytes[..<count] }
                if count == 0 { break }
            }
            return String(decoding: found, as: UTF8.self)
        }
        writer.write(ByteBuffer(string: text))
        writer.flush()
        #expect(await reading.value == text)
    }

    @Test func `files that are renamed while much is written lose nothing`() async throws {
        let folder = try LogFolder()
        let writer = try LogWriter.file("\(folder.path)/access.log")
        let texts = (0..<6).map { Self.lines(40_000, "part \($0)") }
        for (number, text) in texts.enumerated() {
            writer.write(ByteBuffer(string: text))
            if number == 2 {
                writer.flush()
                rename("\(folder.path)/access.log", "\(folder.path)/access.log.1")
                LogWriter.reopenAll()
            }
        }
        writer.flush()
        // Lines of the moment in which it is opened are in either. A busy disk may take longer than anybody waits for a log.
        func found() -> String { folder.read("access.log.1") + folder.read("access.log") }
        let expected = texts.joined()
        try await eventually("all is written") { found().utf8.count >= expected.utf8.count }
        #expect(found() == expected)
        #expect(folder.read("access.log.1").hasPrefix(texts[0]))
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
