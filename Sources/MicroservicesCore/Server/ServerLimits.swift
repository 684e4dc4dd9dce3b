import MessageWire

/// The limits of a connection, as they were when it began; shared by all that began with the same.
final class ServerLimits: Sendable {
    let options: TCPServerLimits
    let frames: FrameLimits
    /// At least one, whatever was configured.
    let maxHandlersInFlight: Int

    init(_ options: TCPServerLimits) {
        self.options = options
        frames = FrameLimits(maxUnits: options.maxBufferSize)
        maxHandlersInFlight = max(options.maxHandlersInFlight, 1)
    }
}
