import Pipeline

/// Handlers that share enhancers: what a controller class with its decorators is in NestJS.
///
/// Made by ``Microservice/controller(use:_:)``.
public struct HandlerGroup: HandlerRegistrar {
    private let registrar: any HandlerRegistrar
    private let enhancers: Enhancers

    init(_ registrar: any HandlerRegistrar, _ enhancers: Enhancers) {
        self.registrar = registrar
        self.enhancers = enhancers
    }

    /// Takes up a handler, within the group's enhancers.
    public func add(_ registration: HandlerRegistration) {
        var registration = registration
        registration.enhancers = registration.enhancers.within(enhancers)
        registrar.add(registration)
    }
}
