import NIOCore

/// Remembers what the gateway looked like during the last seconds, so that rates and percentiles can be told. However many
/// look, the gateway is asked once a second at most; nobody looking costs nothing.
///
/// World: structured concurrency.
actor AdminSampler {
    /// Samples kept: with one a second the window of rates is ten seconds long.
    private static let kept = 11
    /// Nanoseconds: what is younger counts as now.
    private static let freshness: Int64 = 900_000_000
    /// Nanoseconds: with what is older no rate is made.
    private static let window: Int64 = 15_000_000_000

    private let source: any AdminSource
    private var samples: [AdminStatus] = []

    init(source: any AdminSource) { self.source = source }

    /// The present and, if somebody looked before, an earlier moment to compare it with.
    ///
    /// - Parameter isExact: Whether what is nearly a second old will not do.
    /// - Returns: Both.
    func latest(isExact: Bool = false) async -> AdminView {
        let now = Int64(bitPattern: NIODeadline.now().uptimeNanoseconds)
        if !isExact, let last = samples.last, now - last.monotonic < Self.freshness { return view(of: last) }
        let status = await ask()
        return view(of: status)
    }

    private func ask() async -> AdminStatus {
        let status = await source.status()
        // A younger one would make the window shorter, and rates out of a few milliseconds.
        if let last = samples.last, status.monotonic - last.monotonic < Self.freshness { return status }
        samples.removeAll { status.monotonic - $0.monotonic > Self.window }
        samples.append(status)
        if samples.count > Self.kept { samples.removeFirst() }
        return status
    }

    private func view(of status: AdminStatus) -> AdminView {
        let earlier = samples.first { status.monotonic - $0.monotonic >= Self.freshness / 2 }
        return AdminView(status: status, earlier: earlier)
    }
}

/// A moment, and one some seconds before it.
package struct AdminView: Sendable {
    package var status: AdminStatus
    /// `nil` when nobody looked before.
    package var earlier: AdminStatus?

    package init(status: AdminStatus, earlier: AdminStatus?) {
        self.status = status
        self.earlier = earlier
    }

    /// Seconds between the two.
    var seconds: Double? { earlier.map { Double(status.monotonic - $0.monotonic) / 1e9 } }
}
