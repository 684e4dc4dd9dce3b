public import Logging
public import NIOCore
import NIOPosix

/// Makes client proxies by hand: NestJS's `ClientProxyFactory`, for those who look for it.
///
/// ```swift
/// let math = ClientProxyFactory.create(.tcp(port: 3000))
/// ```
public enum ClientProxyFactory {
    /// Makes a client proxy, as ``ClientProxy/init(_:eventLoopGroup:logger:)`` does; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - configuration: Where the service is, limits, timeouts.
    ///   - eventLoopGroup: Where its connections live; on one loop of this group.
    ///   - logger: For connections coming and going.
    /// - Returns: The client proxy.
    public static func create(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "martlet.client")
    ) -> ClientProxy {
        ClientProxy(configuration, eventLoopGroup: eventLoopGroup, logger: logger)
    }
}

/// A client proxy as a property: NestJS's `@Client()`.
///
/// ```swift
/// actor Checkout {
///     @Client(.tcp(port: 3000)) var stock
///
///     func reserve(_ sku: String) async throws -> Int { try await stock.send(["cmd": "reserve"], sku).decoded() }
/// }
/// ```
///
/// One client proxy belongs to each instance; copies of a structure share it. It connects with its first message. Its
/// connections are closed when the last instance that has it is gone and its last request is over; ``ClientProxy/close()`` and
/// ``ClientProxy/drain()`` do so before. For actors and structures; a `Sendable` class, and a static or global
/// property, hold a `let` of type ``ClientProxy`` instead, since Swift allows them no property wrapper. An application with
/// several clients, and a shutdown in order, uses a ``ClientRegistry``.
@propertyWrapper public struct Client: Sendable {
    /// The client proxy.
    public let wrappedValue: ClientProxy

    /// Makes the client proxy; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - configuration: Where the service is, limits, timeouts.
    ///   - eventLoopGroup: Where its connections live; on one loop of this group.
    ///   - logger: For connections coming and going.
    public init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "martlet.client")
    ) {
        wrappedValue = ClientProxy(configuration, eventLoopGroup: eventLoopGroup, logger: logger)
    }
}
