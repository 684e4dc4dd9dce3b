import Routing

/// What spans say of a generation's routes, ready to be copied.
///
/// World: one event loop.
struct SpanPieces: ~Copyable {
    /// By route: ` /get/:id`, which stands behind the method in the span's name.
    let templates: LinePieces
    /// By route: the attributes of the request's span.
    let routes: LinePieces
    /// By variant of a pattern: name and kind of the message's span.
    private let messages: LinePieces
    /// By variant of a pattern: the attributes of the message's span, their list not ended.
    private let messageAttributes: LinePieces
    /// By endpoint: the attributes that name it.
    let upstreams: LinePieces
    /// By route.
    private let places: UnsafeMutableBufferPointer<Place>

    private struct Place {
        let firstVariant: Int
        let lastVariant: Int
    }

    /// - Parameters:
    ///   - routes: The table's.
    ///   - names: The services'.
    ///   - upstreams: The addresses of all endpoints.
    init(_ routes: [Route], _ names: [String], _ upstreams: [String]) {
        templates = LinePieces(routes.map { " " + Self.contents($0.path.text) })
        self.routes = LinePieces(
            routes.map { route in
                "," + Self.list([.init("http.route", .text(route.path.text)), .init("martlet.route", .text(route.id))])
            })
        self.upstreams = LinePieces(upstreams.map { "," + Self.list(Self.server($0)) })
        var (messages, attributes): ([String], [String]) = ([], [])
        places = .allocate(capacity: routes.count)
        for (index, route) in routes.enumerated() {
            let lastVariant = messages.count + route.pattern.variants.count - 1
            places.initializeElement(at: index, to: Place(firstVariant: messages.count, lastVariant: lastVariant))
            for pattern in route.pattern.variants {
                let message = Self.message(route, pattern.stringValue ?? pattern.serialized(), names[route.service])
                messages.append(message.head)
                attributes.append("[" + Self.list(message.attributes))
            }
        }
        self.messages = LinePieces(messages)
        messageAttributes = LinePieces(attributes)
    }

    deinit { places.deallocate() }

    /// Name and kind of the message's span.
    func message(_ route: Int, variant: Int) -> LinePiece { messages[place(route, variant)] }

    /// The attributes of the message's span, their list not ended.
    func messageAttributes(_ route: Int, variant: Int) -> LinePiece { messageAttributes[place(route, variant)] }

    private func place(_ route: Int, _ variant: Int) -> Int {
        min(places[route].firstVariant + variant, places[route].lastVariant)
    }

    /// Spec: OpenTelemetry semantic conventions for RPC client spans and for messaging producer spans
    private static func message(
        _ route: Route, _ pattern: String, _ service: String
    ) -> (head: String, attributes: [SpanRecord.Attribute]) {
        let isEvent = route.kind == .emit
        let name = contents(isEvent ? "send \(pattern)" : "\(service)/\(pattern)")
        let kind = isEvent ? SpanRecord.Kind.producer : .client
        let attributes: [SpanRecord.Attribute] =
            isEvent
            ? [
                .init("messaging.system", .text("nestjs")), .init("messaging.operation.type", .text("send")),
                .init("messaging.destination.name", .text(pattern)),
            ]
            : [
                .init("rpc.system", .text("nestjs")), .init("rpc.service", .text(service)),
                .init("rpc.method", .text(pattern)),
            ]
        return (
            ",\"name\":\"\(name)\",\"kind\":\(kind.rawValue)",
            attributes + [.init("peer.service", .text(service)), .init("network.transport", .text("tcp"))]
        )
    }

    /// `host:port` as two attributes.
    static func server(_ text: String) -> [SpanRecord.Attribute] {
        guard !text.isEmpty else { return [] }
        guard let address = EndpointAddress(text) else { return [.init("server.address", .text(text))] }
        return [.init("server.address", .text(address.host)), .init("server.port", .integer(address.port))]
    }

    private static func list(_ attributes: [SpanRecord.Attribute]) -> String {
        LineBuffer.text { $0.attributeList(attributes) }
    }

    /// A text without its quotes.
    private static func contents(_ text: String) -> String {
        String(decoding: LineBuffer.text { $0.spanText(text) }.utf8.dropFirst().dropLast(), as: UTF8.self)
    }
}
