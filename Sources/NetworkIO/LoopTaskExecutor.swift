import NIOCore

/// Runs the jobs of tasks on one event loop, so that a handler never leaves the thread of its connection.
///
/// Jobs that become ready within a tick are gathered and run by one drain at its end. Jobs made ready by those run in
/// the same drain, for a few rounds: a task that only ever yields cannot keep the loop from its sockets.
///
/// World: one event loop; ``enqueue(_:)`` may be called anywhere.
package final class LoopTaskExecutor: TaskExecutor, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the members below are touched on `eventLoop` only.

    /// The loop that every job runs on.
    package let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var isDrainScheduled = false

    /// How often a drain looks for jobs that its own jobs made ready.
    private static let maxRounds = 16

    /// Makes the executor of a loop.
    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Takes a job that is ready to run.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            append(job)
        } else {
            eventLoop.execute { self.append(job) }
        }
    }

    private func append(_ job: UnownedJob) {
        jobs.append(job)
        scheduleDrain()
    }

    private func scheduleDrain() {
        guard !isDrainScheduled else { return }
        isDrainScheduled = true
        // A strong reference on purpose: a job must not outlive the executor it runs on.
        eventLoop.execute { self.drain() }
    }

    private func drain() {
        let executor = asUnownedTaskExecutor()
        var rounds = 0
        while !jobs.isEmpty, rounds < Self.maxRounds {
            swap(&jobs, &running)
            for job in running { job.runSynchronously(on: executor) }
            running.removeAll(keepingCapacity: true)
            rounds += 1
        }
        isDrainScheduled = false
        if !jobs.isEmpty { scheduleDrain() }
    }
}
