import MessageWire
import Pipeline

/// Which handlers belong to which pattern.
///
/// As in NestJS: of several message handlers for one pattern the last one wins, event handlers add up. One pattern never
/// works as both: a message handler replaces event handlers registered before it, and event handlers registered after
/// it are never called. The registry says so in ``warnings``, since NestJS keeps silent about it.
///
/// World: filled before the service starts; then an unchanging value.
struct HandlerRegistry: Sendable {
    /// What is registered for one pattern.
    enum Route: Sendable {
        case message(any MessageHandler)
        case events([any MessageHandler])
    }

    // By bytes: Swift's string equality takes composed and decomposed letters for the same.
    private var routes: [[UInt8]: Route] = [:]
    /// Sentences about registrations that cannot work as written.
    private(set) var warnings: [String] = []

    /// How many patterns have handlers.
    var count: Int { routes.count }

    func find(_ route: String) -> Route? { routes[Array(route.utf8)] }

    mutating func add(_ registration: HandlerRegistration) {
        let handler = registration.handler.within(registration.enhancers)
        for pattern in registration.patterns {
            switch registration.kind {
            case .message: addMessage(pattern, handler)
            case .event: addEvent(pattern, handler)
            }
        }
    }

    /// The same with every handler within the global scope, for good.
    func within(_ global: Enhancers) -> HandlerRegistry {
        var registry = self
        registry.routes = routes.mapValues { route in
            switch route {
            case .message(let handler): .message(handler.within(global))
            case .events(let handlers): .events(handlers.map { $0.within(global) })
            }
        }
        return registry
    }

    private mutating func addMessage(_ pattern: MessagePattern, _ handler: any MessageHandler) {
        warnUnreachable(pattern)
        let key = Array(pattern.route.utf8)
        switch routes[key] {
        case .message: warnings.append("two message handlers for \(pattern): only the last one is called")
        case .events: warnings.append("a message handler for \(pattern) replaces the event handlers before it")
        case nil: break
        }
        routes[key] = .message(handler)
    }

    private mutating func addEvent(_ pattern: MessagePattern, _ handler: any MessageHandler) {
        warnUnreachable(pattern)
        let key = Array(pattern.route.utf8)
        switch routes[key] {
        case .message: warnings.append("the event handler for \(pattern) is never called: it has a message handler")
        case .events(let handlers): routes[key] = .events(handlers + [handler])
        case nil: routes[key] = .events([handler])
        }
    }

    private mutating func warnUnreachable(_ pattern: MessagePattern) {
        let sent = Array(pattern.value.serialized().utf8)
        let arrives = sent.withUnsafeBytes { PatternNormalizer.route(ofIncoming: $0) }
        if let arrives, arrives.utf8.elementsEqual(pattern.route.utf8) { return }
        warnings.append("the pattern \(pattern) is never found: a message with it arrives as \(arrives ?? "nothing")")
    }
}
