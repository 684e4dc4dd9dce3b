public import MessageWire

/// An error that the caller is meant to see: what NestJS calls `RpcException` (and, at a gateway, `HttpException`).
///
/// A handler throws it, and the caller receives ``value`` word for word; a client proxy throws it when a service answered
/// with an error. Every other error that a handler throws reaches the caller as "Internal server error" only, and the log
/// with everything it has to say.
///
/// ```swift
/// throw RPCError(statusCode: 404, message: "No such order", error: "Not Found")
/// throw RPCError(["code": "OUT_OF_STOCK", "message": "Sold out", "sku": .string(sku)])
/// throw RPCError("Already shipped")       // {"status":"error","message":"Already shipped"}
/// ```
///
/// A gateway takes the HTTP status from `statusCode`, `status` or `code`.
public struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What stands (or stood) in the packet's `err` member.
    public let value: JSONValue

    /// An error with a payload of its own.
    ///
    /// - Parameter payload: An object or array is sent as it is; everything else becomes
    ///   `{"status":"error","message":payload}`.
    public init(_ payload: JSONValue) {
        switch payload {
        case .object, .array: self.value = payload
        case .null, .bool, .number, .string: self.value = ["status": "error", "message": payload]
        }
    }

    /// An error with a message only: `{"status":"error","message":message}`.
    public init(_ message: String) {
        self.init(.string(message))
    }

    /// An error without anything to say: `{"status":"error"}`.
    public init() {
        self.value = ["status": "error"]
    }

    /// An error in the form of NestJS's HTTP exceptions: `{"statusCode":404,"message":"…","error":"Not Found"}`.
    ///
    /// - Parameters:
    ///   - statusCode: The HTTP status that a gateway should answer with, 400 to 599.
    ///   - message: A sentence for the caller, or an array of them (one for each thing that is wrong).
    ///   - error: The name of the kind of error; left out when nil.
    public init(statusCode: Int, message: JSONValue, error: String? = nil) {
        var members = [
            JSONValue.Member(name: "statusCode", value: JSONValue(integerLiteral: statusCode)),
            JSONValue.Member(name: "message", value: message),
        ]
        if let error { members.append(JSONValue.Member(name: "error", value: .string(error))) }
        self.value = .object(members)
    }

    /// An error as a peer sent it, whatever it is.
    package init(received value: JSONValue) {
        self.value = value
    }

    /// The `message`, or the whole value when it is a bare string.
    public var message: String? {
        value["message"]?.stringValue ?? value.stringValue
    }

    /// The `statusCode`, when it is an integer.
    public var statusCode: Int? { value["statusCode"]?.intValue }

    /// The JSON text of the value.
    public var description: String { value.serialized() }

    /// What every error becomes that is not meant for the caller.
    package static let internalServerError = RPCError("Internal server error")
}
