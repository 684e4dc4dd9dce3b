import Testing

@Suite struct ControllerMacroTests {
    @Test func `each marked method becomes a registration`() {
        expectExpansion(
            """
            @Controller(use: Enhancers(guards: [SignedGuard()]))
            struct OrderController {
                let orders: OrderStore

                @MessagePattern(["cmd": "order"])
                func find(@Payload("id") id: Int, context: MessageContext) async throws -> Order {
                    try await orders.find(id)
                }

                @EventPattern("order_paid", use: Enhancers(pipes: [Trim()]))
                func paid(_ order: Order) { }

                func helper() { }
            }
            """,
            """
            struct OrderController {
                let orders: OrderStore
                func find(@Payload("id") id: Int, context: MessageContext) async throws -> Order {
                    try await orders.find(id)
                }
                func paid(_ order: Order) { }

                func helper() { }
            }

            extension OrderController: Microservices.Controller {
                nonisolated static func register(on handlers: Microservices.ControllerHandlers<OrderController>) {
                    let handlers = handlers.within(Enhancers(guards: [SignedGuard()]))
                    handlers.answer(.message, [["cmd": "order"]], payload: "id") { (controller, payload: Int, context) in
                        try await controller.find(id: payload, context: context)
                    }
                    handlers.handle(.event, ["order_paid"], use: Enhancers(pipes: [Trim()])) { (controller, payload: Order, _) in
                        controller.paid(payload)
                    }
                }
            }
            """)
    }

    /// A handler and the registration that it becomes.
    struct Form: Sendable, CustomTestStringConvertible {
        let method: String
        let registration: String
        let call: String

        init(_ method: String, _ registration: String, _ call: String) {
            self.method = method
            self.registration = registration
            self.call = call
        }

        var testDescription: String { method }
    }

    static let forms: [Form] = [
        Form(
            "func f() -> Date", #"answer(.message, ["p"], payload: .ignored) { (controller, _, _) in"#,
            "controller.f()"),
        Form(
            "func f() throws", #"handle(.message, ["p"], payload: .ignored) { (controller, _, _) in"#,
            "try controller.f()"),
        Form(
            "func f() -> Void", #"handle(.message, ["p"], payload: .ignored) { (controller, _, _) in"#,
            "controller.f()"),
        Form(
            "func f(_ x: [Int]) async -> Int", #"answer(.message, ["p"]) { (controller, payload: [Int], _) in"#,
            "await controller.f(payload)"),
        Form(
            "func f(_ context: MessageContext, of x: sending Order?) -> Int",
            #"answer(.message, ["p"]) { (controller, payload: Order?, context) in"#,
            "controller.f(context, of: payload)"),
        Form(
            "func f(request: RequestContext) -> Int",
            #"answer(.message, ["p"], payload: .ignored) { (controller, _, context) in"#,
            "controller.f(request: Microservices.RequestContext(context))"),
        Form(
            "func f(@Ctx _ it: Context) -> Int",
            #"answer(.message, ["p"], payload: .ignored) { (controller, _, context) in"#, "controller.f(context)"),
        Form(
            #"func f(@Payload(\Order.id) _ id: Int) -> Int"#,
            #"answer(.message, ["p"], payload: .at(\Order.id)) { (controller, payload: Int, _) in"#,
            "controller.f(payload)"),
        Form(
            "func f(@Payload(Keys.id) _ id: Int) -> Int",
            #"answer(.message, ["p"], payload: .member(Keys.id)) { (controller, payload: Int, _) in"#,
            "controller.f(payload)"),
        Form(
            "@MainActor func f(@Payload _ id: Int) -> Int",
            #"answer(.message, ["p"]) { (controller, payload: Int, _) in"#, "await controller.f(payload)"),
    ]

    @Test(arguments: forms) func `a handler of any form is called as it is declared`(_ form: Form) {
        expectExpansion(
            """
            @Controller
            struct C {
                @MessagePattern("p") \(form.method) { g() }
            }
            """,
            """
            struct C {
                \(form.method) { g() }
            }

            extension C: Microservices.Controller {
                nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
                    handlers.\(form.registration)
                        \(form.call)
                    }
                }
            }
            """)
    }

    @Test func `the methods of an actor are awaited, its nonisolated ones are not`() {
        expectExpansion(
            """
            @Controller
            public actor Counter {
                @EventPattern("a", ["b": 1], Patterns.c) func count() { }
                @MessagePattern("name") nonisolated func name() -> String { "n" }
            }
            """,
            """
            public actor Counter {
                func count() { }
                nonisolated func name() -> String { "n" }
            }

            extension Counter: Microservices.Controller {
                public nonisolated static func register(on handlers: Microservices.ControllerHandlers<Counter>) {
                    handlers.handle(.event, ["a", ["b": 1], Patterns.c], payload: .ignored) { (controller, _, _) in
                        await controller.count()
                    }
                    handlers.answer(.message, ["name"], payload: .ignored) { (controller, _, _) in
                        controller.name()
                    }
                }
            }
            """)
    }

    @Test(arguments: [
        "public ": "public ", "package ": "package ", "fileprivate ": "fileprivate ", "private ": "fileprivate ",
        "": "",
    ])
    func `the conformance is as visible as the type`(_ access: String, _ expected: String) {
        expectExpansion(
            """
            @Controller
            \(access)final class C {
                @EventPattern("a") func a() async { }
            }
            """,
            """
            \(access)final class C {
                func a() async { }
            }

            extension C: Microservices.Controller {
                \(expected)nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
                    handlers.handle(.event, ["a"], payload: .ignored) { (controller, _, _) in
                        await controller.a()
                    }
                }
            }
            """)
    }
}
