import Synchronization

/// The TLS context that new connections get; it can be replaced while connections are open.
///
/// World: any. Read once for each connection.
package final class TLSContextBox<Context: Sendable>: Sendable {
    private let value: Mutex<Context>

    package init(_ context: Context) { value = Mutex(context) }

    /// What a connection that begins now gets.
    package var current: Context { value.withLock { $0 } }

    /// New connections get another context; those that are open keep theirs.
    package func replace(with context: Context) { value.withLock { $0 = context } }
}
