import NIOCore

/// Remembers what the gateway looked like during the last seconds, so that rates and percentiles can be told. However many
/// look, the gateway is asked one question at a time; nobody looking costs nothing.
///
/// World: structured concurrency.
actor AdminSampler {
    /// How old an answer may be.
    enum Freshness {
        /// Nearly a second: for whoever looks all the time.
        case recent
        /// A quarter of a second, so that many probes are not many questions; the phase is that of this moment.
        case probe
        /// The gateway is asked after the call: what was done before is seen.
        case now

        /// Nanoseconds.
        fileprivate var age: Int64 {
            switch self {
            case .recent: AdminSampler.freshness
            case .probe: 250_000_000
            case .now: -1
            }
        }
    }

    /// Samples kept: with one a second the window of rates is ten seconds long.
    private static let kept = 11
    /// Nanoseconds between two samples.
    fileprivate static let freshness: Int64 = 900_000_000
    /// Nanoseconds: with what is older no rate is made.
    private static let window: Int64 = 15_000_000_000

    private let source: any AdminSource
    private var samples: [AdminStatus] = []
    private var last: AdminStatus?
    /// The question under way, for all who want to know, and its number.
    private var asking: (number: Int, answer: Task<AdminStatus, Never>)?
    private var questions = 0

    init(source: any AdminSource) { self.source = source }

    /// The present and, if somebody looked before, an earlier moment to compare it with.
    ///
    /// - Parameter freshness: How old the answer may be.
    /// - Returns: Both.
    func latest(_ freshness: Freshness = .recent) async -> AdminView {
        let now = Int64(bitPattern: NIODeadline.now().uptimeNanoseconds)
        var status: AdminStatus
        if let last, now - last.monotonic < freshness.age {
            status = last
        } else {
            status = await ask(isNew: freshness == .now)
        }
        if freshness == .probe { status.phase = source.currentPhase }
        return view(of: status)
    }

    /// What was seen so far is out of date.
    func forget() { last = nil }

    /// - Parameter isNew: Whether an answer will not do whose question was asked before.
    /// - Returns: The answer.
    private func ask(isNew: Bool) async -> AdminStatus {
        let known = questions
        if isNew, let asking { _ = await asking.answer.value }
        if let asking, !isNew || asking.number > known { return await asking.answer.value }
        questions += 1
        let number = questions
        let answer = Task { [source] in await source.status() }
        asking = (number, answer)
        let status = await answer.value
        if asking?.number == number { asking = nil }
        keep(status)
        return status
    }

    private func keep(_ status: AdminStatus) {
        last = status
        // A younger one would make the window shorter, and rates out of a few milliseconds.
        if let last = samples.last, status.monotonic - last.monotonic < Self.freshness { return }
        samples.removeAll { status.monotonic - $0.monotonic > Self.window }
        samples.append(status)
        if samples.count > Self.kept { samples.removeFirst() }
    }

    private func view(of status: AdminStatus) -> AdminView {
        let earlier = samples.first { sample in
            (Self.freshness / 2...Self.window).contains(status.monotonic - sample.monotonic)
        }
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
