/// Says which parameter of a handler is the payload, or which part of it: NestJS's `@Payload()` and `@Payload('id')`.
///
/// ```swift
/// @MessagePattern("order.find") func find(@Payload("id") id: Int) async throws -> Order
/// @MessagePattern("order.ship") func ship(@Payload(\Order.address) to address: Address) async
/// ```
///
/// A parameter without it is the whole payload. A missing member is nil to an optional and a 400 to everything else. Whoever calls
/// the method passes the plain value.
///
/// Spec: ``PayloadPart``
@propertyWrapper
public struct Payload<Value> {
    /// The payload.
    public var wrappedValue: Value

    /// The whole payload.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// One member of it.
    ///
    /// - Parameters:
    ///   - wrappedValue: The member's value.
    ///   - name: The member's name.
    public init(wrappedValue: Value, _ name: String) { self.wrappedValue = wrappedValue }

    /// What a key path leads to.
    ///
    /// - Parameters:
    ///   - wrappedValue: What it leads to.
    ///   - path: From the type of the whole payload to the parameter's.
    public init<Whole: Decodable>(wrappedValue: Value, _ path: KeyPath<Whole, Value>) {
        self.wrappedValue = wrappedValue
    }
}

/// Says which parameter of a handler is the message's context: NestJS's `@Ctx()`.
///
/// A parameter whose type is written ``MessageContext`` or ``RequestContext`` needs no mark; another name for ``MessageContext`` does.
@propertyWrapper
public struct Ctx<Value> {
    /// The context.
    public var wrappedValue: Value

    /// Marks a parameter.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}
