import Logging
import MessageWire
import NIOCore
import NetworkIO

/// From bytes to handlers.
extension ServerConnection {
    /// Starts the handlers of all packets that are whole, as far as there is room for them.
    func process() {
        // A handler that ends at once must not start the next packet from within.
        guard !isProcessing else { return }
        isProcessing = true
        var isInterrupted = false
        do throws(MessageWireError) {
            while phase == .active {
                guard hasRoom || takesWhatCame else {
                    isInterrupted = true
                    break
                }
                guard let frame = try decoder.next() else { break }
                try handle(frame)
            }
        } catch {
            isProcessing = false
            refuse(error)
            return
        }
        isProcessing = false
        hasWaitingPackets = isInterrupted
        guard phase == .active else { return }
        let storage = decoder.stream?.packet ?? decoder.frames.storage
        decoder.reclaim()
        if decoder.isEmpty { loop.context.clientReceiveBuffers.give(storage) }
        watchIncompleteMessage(isInterrupted: isInterrupted)
        // What waits because the answers of this tick fill the buffer goes on after the flush.
        if isInterrupted, output != nil { markDirty() }
    }

    private func refuse(_ error: MessageWireError) {
        complain("connection ended: malformed message", ["reason": "\(error)"])
        loop.monitor.report(.error(error, peer: peer.address))
        sendFIN()
    }

    private func watchIncompleteMessage(isInterrupted: Bool) {
        guard let timeout = limits.options.incompleteMessageTimeout else { return }
        let isWaiting = !isInterrupted && !decoder.isEmpty && !decoder.hasOnlyWhitespace
        if isWaiting, !hasReceiveDeadline {
            loop.setDeadline(place, .receive, after: timeout)
        } else if !isWaiting, hasReceiveDeadline {
            loop.cancelDeadline(place, .receive)
        }
        hasReceiveDeadline = isWaiting
    }

    private func handle(_ frame: Range<Int>) throws(MessageWireError) {
        // A copy of the reference: handlers run while the bytes are looked at.
        let storage = decoder.stream?.packet ?? decoder.frames.storage
        let failure = storage.withVeryUnsafeBytes { bytes -> MessageWireError? in
            let json = UnsafeRawBufferPointer(rebasing: bytes[frame])
            do throws(MessageWireError) {
                messageCompleted()
                guard !loop.deserializes else {
                    try deserialize(json)
                    return nil
                }
                dispatch(try RequestEnvelope.scan(json), in: json)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// A message is complete: the time for the next one starts anew.
    private func messageCompleted() {
        guard hasReceiveDeadline else { return }
        hasReceiveDeadline = false
        loop.cancelDeadline(place, .receive)
    }

    func dispatch(_ envelope: RequestEnvelope?, in json: UnsafeRawBufferPointer) {
        guard let envelope, envelope.kind != .foreign else {
            loop.complain("packet ignored: it has neither pattern nor data", metadata: ["peer": "\(peer.name)"])
            return
        }
        let id = envelope.id.map { Self.echoed(UnsafeRawBufferPointer(rebasing: json[$0])) }
        guard let patternRange = envelope.pattern else {
            if let id { return writeNoHandler(id: id) }
            loop.complain("event ignored: it has no pattern", metadata: ["peer": "\(peer.name)"])
            return
        }
        let pattern = loop.entry(UnsafeRawBufferPointer(rebasing: json[patternRange]), isEvent: id == nil)
        let data = envelope.data.map { UnsafeRawBufferPointer(rebasing: json[$0]) }
        let metadata = envelope.metadata.map { Array(json[$0]) }

        func start(_ handler: any MessageHandler, _ destination: Exchange.Destination) {
            started()
            var exchange = Exchange(
                connection: self, destination: destination, pattern: pattern, id: id, metadata: metadata, data: data)
            guard metadata == nil || exchange.keepDeadline() else { return exchange.returnPayload() }
            handler.start(exchange, data: data)
            if !isKnownUniquelyReferenced(&exchange) { exchange.returnPayload() }
        }

        switch pattern.handlers {
        case .message(let handler):
            start(handler, id == nil ? .nowhere : .sender)
        case .events(let handlers) where id == nil:
            for handler in handlers { start(handler, .nowhere) }
        case .events(let handlers):
            guard handlers.count > 1 else {
                if let handler = handlers.first { start(handler, .sender) }
                return
            }
            let group = EventGroup(count: handlers.count) { [self] in answer($0, id: id) }
            for (index, handler) in handlers.enumerated() { start(handler, .group(group, index: index)) }
        case nil:
            if let id { writeNoHandler(id: id) }
        }
    }

    /// Answers a request that met several event handlers.
    private func answer(_ part: EventGroup.Part, id: [UInt8]?) {
        switch part {
        case .value(let text):
            text.withUnsafeBytes { _ = writeReply(id: id, value: $0, units: UTF16Count.of($0), isLast: true) }
        case .nothing:
            writeCompletion(id: id)
        case .error(let error):
            loop.encode(error.value) { writeError(id: id, value: $0, units: $1) }
        }
    }

    /// The id as NestJS gives it back, which is as it came except for the writing of unusual ones.
    private static func echoed(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        guard raw.first != 0x22 || raw.contains(0x5C) else { return Array(raw) }
        return Array(JSONValue(checked: raw).javaScriptNormalized.serialized().utf8)
    }
}
