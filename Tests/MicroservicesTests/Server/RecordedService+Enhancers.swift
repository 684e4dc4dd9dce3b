import Microservices

/// The recorded server's handlers with guards, pipes, interceptors and exception filters, made with this library's.
extension RecordedService {
    func registerEnhanced(_ service: Microservice) {
        registerGuards(service)
        registerPipes(service)
        registerInterceptors(service)
        registerFilters(service)
    }

    private func registerGuards(_ service: Microservice) {
        let guards: [(String, any Guard)] = [
            ("deny", ClosureGuard { _ in false }),
            // Thrown in NestJS: an HttpException, which its microservices take for any other error.
            ("throw-http", ClosureGuard { _ in throw PlainError() }),
        ]
        for (name, each) in guards {
            let enhancers = Enhancers(guards: [each])
            service.onMessage(["guard": .string(name)], use: enhancers) { (_: JSONValue, _) in "passed" }
        }
    }

    private func registerPipes(_ service: Microservice) {
        let parseInt = ClosurePipe { value in
            guard let number = value?["id"]?.stringValue.flatMap(Int.init) else { throw PlainError() }
            return JSONValue(integerLiteral: number)
        }
        service.onMessage(["pipe": "parse-int"], use: Enhancers(pipes: [parseInt])) { (id: Int, _) in id }
        let validate = ClosurePipe { value in
            guard value?["age"]?.intValue != nil else { throw PlainError() }
            return value
        }
        service.onMessage(["pipe": "validate"], use: Enhancers(pipes: [validate])) { (data: JSONValue, _) in
            ["ok": data, "isDto": false] as JSONValue
        }
        let transform = ClosurePipe { value in ["isDto": true, "d": value ?? .null] }
        service.onMessage(["pipe": "validate-transform"], use: Enhancers(pipes: [validate, transform])) {
            (data: Validated, _) in data
        }
    }

    struct Validated: Codable {
        struct Person: Codable {
            var age: Int
            var name: String
        }

        var isDto: Bool
        var d: Person
    }

    private func registerInterceptors(_ service: Microservice) {
        let interceptors: [(String, any Interceptor)] = [
            ("shortcut", ClosureInterceptor { _, _ in .values(["short", "cut"].asynchronous) }),
            ("timeout", ClosureInterceptor { _, _ in throw PlainError() }),
            (
                "wrap-stream",
                ClosureInterceptor { context, next in
                    try await next.handle().map { ["wrapped": $0, "type": .string(context.kind.rawValue)] }
                }
            ),
        ]
        for (name, each) in interceptors {
            let enhancers = Enhancers(interceptors: [each])
            service.onMessage(["interceptor": .string(name)], use: enhancers) { (_: JSONValue, _) in
                AsyncStream.of(1, 2)
            }
        }
    }

    private func registerFilters(_ service: Microservice) {
        let filters: [(String, any ExceptionFilter)] = [
            ("all", ClosureFilter { _ in throw RPCError(["caught": "seen by filter", "name": "Error"]) }),
            ("error-object", ClosureFilter { _ in throw RPCError([:]) }),
            ("falsy-empty-string", ClosureFilter { _ in throw RPCError(received: "") }),
            ("falsy-false", ClosureFilter { _ in throw RPCError(received: false) }),
            ("falsy-null", ClosureFilter { _ in throw RPCError(received: nil) }),
            ("falsy-zero", ClosureFilter { _ in throw RPCError(received: 0) }),
            ("nothing", ClosureFilter { _ in nil }), ("of", ClosureFilter { _ in .value(["recovered": "x"]) }),
        ]
        for (name, each) in filters {
            service.onMessage(["filter": .string(name)], use: Enhancers(filters: [each])) { (_: JSONValue, _) in
                throw PlainError()
            }
        }
    }
}
