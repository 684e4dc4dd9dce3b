import Dispatch

/// Does what keeps a processor busy for long, on a thread of its own: the few threads of tasks are for other tests, which
/// have time-outs.
///
/// - Parameter work: What is done; expectations belong behind it.
/// - Returns: Its result.
public func onThreadOfItsOwn<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        // A serial queue has one; a concurrent one shares those of tasks.
        DispatchQueue(label: "test").async { continuation.resume(returning: work()) }
    }
}

/// Does it on several threads at the same time, each with its number.
public func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        for number in 0..<count { group.addTask { await onThreadOfItsOwn { work(number) } } }
    }
}
