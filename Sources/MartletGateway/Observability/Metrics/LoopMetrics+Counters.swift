import Pooling

extension LoopMetrics {
    /// What is counted of one route.
    struct RouteCounters: Sendable {
        var id: String
        var service: String
        /// Tables that have the route.
        var tables: Int
        var inFlight = 0
        var duration = LatencyHistogram()
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        var cacheHits: UInt64 = 0
        var cacheMisses: UInt64 = 0
        var collapsed: UInt64 = 0
        /// Finished requests by status and reason, in the order in which these came up: the usual one is nearly always the first,
        /// and found by one comparison.
        private var ends: [End] = []

        /// One combination of status and reason.
        private struct End: Sendable {
            /// The status times 256, and the reason's number.
            var key: Int
            var count: UInt64
        }

        init(id: String, service: String, tables: Int) {
            self.id = id
            self.service = service
            self.tables = tables
        }

        /// Whether somebody may want to see it.
        var isUsed: Bool { tables > 0 }

        @inline(__always)
        mutating func finished(status: Int, reason: UInt8, nanoseconds: Int64, bytesIn: Int, bytesOut: Int) {
            inFlight &-= 1
            duration.record(nanoseconds: nanoseconds)
            self.bytesIn &+= UInt64(truncatingIfNeeded: bytesIn)
            self.bytesOut &+= UInt64(truncatingIfNeeded: bytesOut)
            let key = status << 8 | Int(reason)
            guard let first = ends.first, first.key == key else { return ended(key) }
            ends[0].count &+= 1
        }

        /// Every end but the usual one.
        private mutating func ended(_ key: Int) {
            if let place = ends.firstIndex(where: { $0.key == key }) {
                ends[place].count &+= 1
            } else if ends.count < Self.maxEnds - 1 {
                ends.append(End(key: key, count: 1))
            } else {
                // The last place is for whatever finds no other.
                if ends.count < Self.maxEnds { ends.append(End(key: Int(ReasonCodes.other), count: 0)) }
                ends[Self.maxEnds - 1].count &+= 1
            }
        }

        /// Combinations that are counted apart. A route that has more is seen with the status 0 and the reason `other`.
        private static let maxEnds = 64

        /// Finished requests by status and reason.
        var outcomes: [(status: Int, reason: String, count: UInt64)] {
            ends.map { ($0.key >> 8, ReasonCodes.all[$0.key & 0xFF], $0.count) }
        }
    }

    /// What is counted of one listener.
    struct ListenerCounters: Sendable {
        var address: String
        var accepted: UInt64 = 0
        var refused: UInt64 = 0
        /// By ``SpokenProtocol``.
        var open = [0, 0, 0]

        init(address: String) { self.address = address }
    }
}
