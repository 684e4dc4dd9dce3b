/// Why a microservice could not do what it was told.
public struct MicroserviceError: Error, Sendable, CustomStringConvertible {
    /// What went wrong; new codes may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case alreadyStarted, cannotListen, badCertificate, badConfiguration, notRunning
        }
        private let kind: Kind

        /// ``Microservice/start()`` was called a second time.
        public static let alreadyStarted = Code(kind: .alreadyStarted)
        /// The address cannot be listened on: in use, not of this machine, or not permitted.
        public static let cannotListen = Code(kind: .cannotListen)
        /// A certificate or key cannot be used; the message names the file, or the option that it was a text of.
        public static let badCertificate = Code(kind: .badCertificate)
        /// An option of a configuration cannot be used; the message has a line for each, with its key.
        public static let badConfiguration = Code(kind: .badConfiguration)
        /// ``Microservice/unwrap()`` was called while the service does not listen.
        public static let notRunning = Code(kind: .notRunning)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// A sentence for the operator.
    public let message: String
    /// The error behind it, if any.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message.
    public var description: String { message }
}
