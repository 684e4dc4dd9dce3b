/// A type whose methods are handlers: what a class with `@Controller()` is in NestJS.
///
/// The macro of the same name writes the conformance. Without the macro it is one method:
///
/// ```swift
/// struct Clock: Controller {
///     func now() -> Date { .now }
///
///     static func register(on handlers: ControllerHandlers<Clock>) {
///         handlers.answer(.message, ["now"], payload: .ignored) { clock, _, _ in clock.now() }
///     }
/// }
/// ```
///
/// Which instance a handler runs on is said where the controller is added: `add(_:)` or
/// ``HandlerRegistrar/add(_:make:)``.
public protocol Controller: SendableMetatype {
    /// Registers the type's handlers.
    ///
    /// - Parameter handlers: Takes them up, and gives each the instance that it runs on.
    static func register(on handlers: ControllerHandlers<Self>)
}

extension HandlerRegistrar {
    /// Registers the handlers of a controller that serves all messages.
    ///
    /// ```swift
    /// service.add(OrderController(orders: store))
    /// ```
    ///
    /// - Parameter controller: The one instance. Its methods run for several messages at the same time, so its type is
    ///   `Sendable` (a public struct has to say so).
    public func add<Instance: Controller & Sendable>(_ controller: Instance) {
        Instance.register(on: ControllerHandlers(self, .shared { controller }))
    }

    /// Registers the handlers of a controller that is made anew for each message, and for each handler of an event: NestJS's
    /// `Scope.REQUEST`.
    ///
    /// ```swift
    /// service.add(OrderController.self) { request in
    ///     OrderController(orders: store.scoped(to: request.metadata["x-tenant"]))
    /// }
    /// ```
    ///
    /// The instance need not be `Sendable`: one message has it to itself.
    ///
    /// - Parameters:
    ///   - type: The controller.
    ///   - make: Makes an instance, behind the guards and pipes, so that a message that is refused costs none. What it throws is
    ///     answered as if the handler had thrown it.
    public func add<Instance: Controller>(
        _ type: Instance.Type, make: @escaping @Sendable (_ request: RequestContext) async throws -> Instance
    ) {
        Instance.register(on: ControllerHandlers(self, .made(make)))
    }
}
