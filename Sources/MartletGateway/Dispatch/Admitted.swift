/// A request that has passed its guards.
struct Admitted {
    /// Index into ``RouteTable/routes``.
    let route: Int
    let admission: Admission?
    /// Whose table that is. Kept until the body is there: the route file may be read again meanwhile.
    let dispatcher: Dispatcher

    init(route: Int, admission: Admission?, by dispatcher: Dispatcher) {
        self.route = route
        self.admission = admission
        self.dispatcher = dispatcher
    }
}
