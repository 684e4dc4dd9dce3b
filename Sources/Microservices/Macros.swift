public import MicroservicesCore
public import Pipeline

/// Makes a type's methods handlers: NestJS's `@Controller()`.
///
/// ```swift
/// @Controller(use: Enhancers(guards: [SignedGuard()]))
/// struct OrderController {
///     let orders: OrderStore
///
///     @MessagePattern(["cmd": "order"])
///     func find(@Payload("id") id: Int) async throws -> Order { try await orders.find(id) }
///
///     @EventPattern("order_paid")
///     func paid(_ order: Order, context: MessageContext) async { await orders.pay(order.id) }
/// }
///
/// service.add(OrderController(orders: store))
/// ```
///
/// It belongs on a struct, a final class or an actor, and writes the conformance to the protocol `Controller`. Handlers stand in
/// the type's own body, not in an extension.
///
/// - Parameter enhancers: Guards, interceptors, pipes and filters around every handler, as with `@UseGuards()` on a class.
@attached(extension, conformances: Controller, names: named(register))
public macro Controller(use enhancers: Enhancers = Enhancers()) =
    #externalMacro(module: "MicroservicesMacros", type: "ControllerMacro")

/// Makes a method of a `@Controller` answer messages: NestJS's `@MessagePattern()`.
///
/// The method takes at most one payload, of any `Decodable` type, and at most one `MessageContext` and `RequestContext`, in any
/// order and with any labels. It may be `async` and may throw. What it returns is the answer: a value,
/// several (an `AsyncSequence`), or none, as with the closure form, `onMessage` of `HandlerRegistrar`.
///
/// ```swift
/// @MessagePattern(["cmd": "order"]) func find(@Payload("id") id: Int) async throws -> Order
/// @MessagePattern("orders.watch", ["cmd": "watch"]) func watch(_ query: Query) -> AsyncStream<Order>
/// @MessagePattern("now") func now() -> Date
/// ```
///
/// - Parameters:
///   - patterns: What the method answers; constants may be named (`Patterns.order`).
///   - enhancers: Guards, interceptors, pipes and filters of this handler.
@attached(peer)
public macro MessagePattern(_ patterns: MessagePattern..., use enhancers: Enhancers = Enhancers()) =
    #externalMacro(module: "MicroservicesMacros", type: "MessagePatternMacro")

/// Makes a method of a `@Controller` handle events: NestJS's `@EventPattern()`.
///
/// The method is as that of ``MessagePattern(_:use:)``. Nothing is answered to an event; all handlers of a pattern run at the same
/// time.
///
/// - Parameters:
///   - patterns: What the method wants to know of.
///   - enhancers: Guards, interceptors, pipes and filters of this handler.
@attached(peer)
public macro EventPattern(_ patterns: MessagePattern..., use enhancers: Enhancers = Enhancers()) =
    #externalMacro(module: "MicroservicesMacros", type: "EventPatternMacro")
