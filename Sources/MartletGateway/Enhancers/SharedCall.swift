import MicroservicesCore
import NetworkIO

/// The calls in flight of one `Collapse` entry, for each event loop.
final class CollapseSet: Sendable {
    private let tables: LoopLocal<CollapseTable>

    init(loops: Int) { tables = LoopLocal(loops: loops) { CollapseTable() } }

    /// The table of a loop; to be used on that loop.
    subscript(loop: Int) -> CollapseTable { tables[loop] }
}

/// Messages that were sent and have got no answer yet.
///
/// World: one event loop.
final class CollapseTable {
    fileprivate var calls: [CallKey: SharedCall] = [:]
    /// Of routes that run in tasks.
    let tasks = CollapsedCalls()

    func call(_ key: CallKey) -> SharedCall? { calls[key] }

    /// A call that others may join until its first answer comes.
    func begin(_ key: CallKey) -> SharedCall {
        let call = SharedCall(key: key, table: self)
        calls[key] = call
        return call
    }
}

/// One message for several requests that ask for the same: each of them gets what comes.
///
/// A client that goes away leaves the others alone; when the last one has left the message is forgotten.
///
/// World: one event loop.
final class SharedCall: ReplyReceiver {
    private let key: CallKey
    private weak var table: CollapseTable?
    private var members: [Exchange] = []
    private var ticket = RequestTicket.none
    private var sentAt: Int64 = 0
    private unowned(unsafe) var pool: ConnectionPool?

    init(key: CallKey, table: CollapseTable) {
        self.key = key
        self.table = table
    }

    func join(_ exchange: Exchange) {
        members.append(exchange)
        exchange.shared = self
    }

    /// The message is on its way.
    func sent(_ ticket: RequestTicket, on pool: ConnectionPool) {
        self.ticket = ticket
        self.pool = pool
        if ticket.endpoint != nil { sentAt = pool.loop.latestNow }
    }

    /// A request is no longer interested.
    func leave(_ exchange: Exchange) {
        members.removeAll { $0 === exchange }
        noteSending(exchange)
        guard members.isEmpty else { return }
        close()
        pool?.forget(ticket)
        pool = nil
    }

    private func close() {
        if table?.calls[key] === self { table?.calls[key] = nil }
    }

    func replyReceived(_ reply: Reply, now: Int64) {
        close()
        if reply.isLast { pool = nil }
        // One that is answered may leave, and its exchange serve another request, meanwhile.
        for exchange in members where exchange.shared === self {
            if reply.isLast { exchange.shared = nil }
            noteSending(exchange)
            exchange.replyReceived(reply, now: now)
        }
        if reply.isLast { members = [] }
    }

    func replyFailed(_ failure: UpstreamFailure) {
        close()
        pool = nil
        let all = members
        members = []
        for exchange in all where exchange.shared === self {
            exchange.shared = nil
            noteSending(exchange)
            exchange.replyFailed(failure)
        }
    }

    func requestSent(_ ticket: RequestTicket) {
        self.ticket = ticket
        sentAt = pool?.loop.latestNow ?? sentAt
    }

    /// Which endpoint took the message, and when, for the lines of those who share it.
    private func noteSending(_ exchange: Exchange) {
        exchange.ticket = ticket
        if sentAt != 0 { exchange.timing.sent(max(sentAt, exchange.startedAt)) }
    }

    func eventHandedOver() {}
}
