import Testing

@testable import MicroservicesCore

@Suite struct OptionTextTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("1.5s", .milliseconds(1500)),
        ("2m", .seconds(120)),
        ("1h", .seconds(3600)), ("30d", .seconds(30 * 24 * 3600)), ("5000", .seconds(5)), ("0.5", .microseconds(500)),
    ])
    func `times are written with a unit, or are milliseconds as in NestJS`(text: String, duration: Duration) {
        #expect(OptionText.duration(text) == duration)
    }

    @Test(arguments: [
        "", "0", "0s", "-1s", "5 s", "s", "1,5s", "5S", "31d", "1.s", ".5s", "infs", "nan", "99999999999999999s",
    ])
    func `other times are refused`(text: String) {
        #expect(OptionText.duration(text) == nil)
    }

    @Test(arguments: [
        ("65536", 65536), ("512B", 512), ("64KiB", 65536), ("1.5MiB", 1_572_864), ("2GiB", 2_147_483_648),
        ("64kB", 64000), ("1MB", 1_000_000),
    ])
    func `sizes are plain numbers or have a unit`(text: String, size: Int) {
        #expect(OptionText.size(text) == size)
    }

    @Test(arguments: ["", "0", "0MB", "-1", "1 MB", "1Mb", "1e6", "9999999GiB"])
    func `other sizes are refused`(text: String) {
        #expect(OptionText.size(text) == nil)
    }
}
