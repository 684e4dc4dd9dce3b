import MicroservicesCore
import Routing

/// What access lines and spans say of a generation's routes, ready to be copied: names of routes, of their services, addresses of
/// endpoints.
///
/// World: one event loop.
struct RouteTexts: ~Copyable {
    /// By route.
    let routes: LineNames
    let spans: SpanPieces
    /// Whether there is something in ``spans``.
    let hasSpans: Bool
    private let services: LineNames
    /// The endpoints of all services.
    let upstreams: LineNames
    /// By route: its service, and where the endpoints of that begin.
    private let places: UnsafeMutableBufferPointer<(service: Int, firstUpstream: Int)>

    /// - Parameters:
    ///   - routes: The table's.
    ///   - names: The services'.
    ///   - pools: By service.
    ///   - hasSpans: Whether spans are recorded.
    init(_ routes: [Route], _ names: [String], _ pools: [ConnectionPool], hasSpans: Bool) {
        self.hasSpans = hasSpans
        self.routes = LineNames(routes.map(\.id))
        services = LineNames(names)
        var upstreams: [String] = []
        var firsts: [Int] = []
        for pool in pools {
            firsts.append(upstreams.count)
            upstreams += (0..<pool.endpointCount).map(pool.name(ofEndpoint:))
        }
        self.upstreams = LineNames(upstreams)
        spans = hasSpans ? SpanPieces(routes, names, upstreams) : SpanPieces([], [], [])
        places = .allocate(capacity: routes.count)
        _ = places.initialize(from: routes.map { ($0.service, firsts[$0.service]) })
    }

    deinit { places.deallocate() }

    /// The name of a route's service.
    @inline(__always)
    func service(ofRoute index: Int, _ format: LogFormat) -> LinePiece { services.piece(places[index].service, format) }

    /// The place of an endpoint of a route's service among all endpoints.
    @inline(__always)
    func upstream(ofRoute index: Int, _ endpoint: Int) -> Int { places[index].firstUpstream + endpoint }
}
