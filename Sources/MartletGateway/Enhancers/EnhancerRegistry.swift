public import MessageWire
public import Pipeline
import Routing

/// Guards, pipes, interceptors and exception filters of your own, by the names that route files use for them.
///
/// ```swift
/// var enhancers = EnhancerRegistry()
/// enhancers.addGuard("Tenant") { options in TenantGuard(header: options["header"]?.stringValue ?? "x-tenant") }
/// try await Gateway(routesAt: "Routes", enhancers: enhancers).run()
/// ```
///
/// ```yaml
/// use: { guards: [{ Tenant: { header: x-tenant } }] }
/// ```
///
/// An entry of the route file makes one object, wherever it is inherited or its set is used.
public struct EnhancerRegistry: Sendable {
    /// Makes a guard of the options that stand behind its name, an object; throws what is wrong with them.
    public typealias Factory<Made> = @Sendable (_ options: JSONValue) throws -> Made

    private var guards: [String: Factory<any Guard>] = [:]
    private var pipes: [String: Factory<any PipeTransform>] = [:]
    private var interceptors: [String: Factory<any Interceptor>] = [:]
    private var filters: [String: Factory<any ExceptionFilter>] = [:]

    /// A registry with nothing in it; the built-in ones are always there.
    public init() {}

    /// Registers a guard.
    ///
    /// - Parameters:
    ///   - name: As route files write it; not that of a built-in guard.
    ///   - make: Makes it of its options. What it throws is reported with file, line and column of the entry.
    public mutating func addGuard(_ name: String, make: @escaping Factory<any Guard>) {
        check(name, .guards)
        guards[name] = make
    }

    /// Registers a pipe; see ``addGuard(_:make:)``.
    public mutating func addPipe(_ name: String, make: @escaping Factory<any PipeTransform>) {
        check(name, .pipes)
        pipes[name] = make
    }

    /// Registers an interceptor; see ``addGuard(_:make:)``.
    public mutating func addInterceptor(_ name: String, make: @escaping Factory<any Interceptor>) {
        check(name, .interceptors)
        interceptors[name] = make
    }

    /// Registers an exception filter; see ``addGuard(_:make:)``.
    public mutating func addFilter(_ name: String, make: @escaping Factory<any ExceptionFilter>) {
        check(name, .filters)
        filters[name] = make
    }

    private func check(_ name: String, _ kind: EnhancerKind) {
        precondition(!RouteFile.builtInNames(kind).contains(name), "\"\(name)\" is built in; choose another name")
    }

    /// The names of each kind.
    package var names: [EnhancerKind: Set<String>] {
        [
            .guards: Set(guards.keys), .pipes: Set(pipes.keys), .interceptors: Set(interceptors.keys),
            .filters: Set(filters.keys),
        ]
    }

    /// Makes the enhancer of an entry.
    func make(_ kind: EnhancerKind, _ name: String, _ options: JSONValue) throws -> MadeEnhancer {
        switch kind {
        case .guards: if let make = guards[name] { return .customGuard(try make(options)) }
        case .pipes: if let make = pipes[name] { return .customPipe(try make(options)) }
        case .interceptors: if let make = interceptors[name] { return .customInterceptor(try make(options)) }
        case .filters: if let make = filters[name] { return .customFilter(try make(options)) }
        }
        throw EnhancerMissing(name: name)
    }
}

/// A route file was loaded with names that this registry does not have.
private struct EnhancerMissing: Error, CustomStringConvertible {
    let name: String
    var description: String { "nobody has registered it" }
}
