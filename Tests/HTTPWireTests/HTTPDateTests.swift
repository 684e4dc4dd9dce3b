import Foundation
import HTTPWire
import Testing

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (.max, "Fri, 31 Dec 9999 23:59:59 GMT"), (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
    func `moments are written as HTTP wants them`(_ seconds: Int, _ text: String) {
        #expect(HTTPDate(epochSeconds: seconds).text == text)
    }

    @Test func `every day of four centuries agrees with the C library`() {
        for day in 0..<146_097 {
            let seconds = day * 86400 + day * 7919 % 86400
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            var buffer = [CChar](repeating: 0, count: 64)
            let count = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            let expected = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard HTTPDate(epochSeconds: seconds).text == expected else {
                #expect(HTTPDate(epochSeconds: seconds).text == expected)
                return
            }
        }
    }
}
