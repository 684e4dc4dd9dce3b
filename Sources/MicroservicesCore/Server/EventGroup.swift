import MessageWire

/// The answer to a request whose pattern has several event handlers: what NestJS 11 makes of it,
/// `{"current":first,"next":{"current":second,"next":third}}`.
///
/// A handler without a result leaves its member out; an error of any handler is the answer at once.
///
/// World: one event loop.
final class EventGroup {
    /// What one handler had to say.
    enum Part {
        /// JSON text of its (last) value.
        case value([UInt8])
        case nothing
        case error(RPCError)
    }

    private var parts: [Part?]
    private let finish: (Part) -> Void
    private var isFinished = false

    /// - Parameters:
    ///   - count: The number of handlers, at least two.
    ///   - finish: Called once with the whole.
    init(count: Int, finish: @escaping (Part) -> Void) {
        self.parts = Array(repeating: nil, count: count)
        self.finish = finish
    }

    func received(_ part: Part, at index: Int) {
        parts[index] = part
        guard !isFinished else { return }
        if case .error = part {
            isFinished = true
            return finish(part)
        }
        guard parts.allSatisfy({ $0 != nil }) else { return }
        isFinished = true
        finish(.value(Array(text(from: 0).utf8)))
    }

    private func text(from index: Int) -> String {
        var members: [String] = []
        if case .value(let value) = parts[index] {
            members.append("\"current\":" + String(decoding: value, as: UTF8.self))
        }
        if index + 2 == parts.count {
            if case .value(let value) = parts[index + 1] {
                members.append("\"next\":" + String(decoding: value, as: UTF8.self))
            }
        } else {
            members.append("\"next\":" + text(from: index + 1))
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
