/// What a peer can do wrong on a message connection. Each of these ends the connection: behind a bad frame nobody knows
/// where the next one starts.
///
/// The fault is the peer's, always. Whether a request that was in flight may be sent again is decided by what is known
/// about it, not by these.
package enum MessageWireError: Error, Sendable, Equatable {
    /// There is no number in front of the `#`.
    case corruptedLength
    /// No `#` came within ``FrameLimits/maxLengthTextUnits``.
    case lengthTextTooLong
    /// The announced length is above ``FrameLimits/maxFrameUnits``: it could never be taken.
    case frameTooLong(announced: Int)
    /// More was received and not yet taken out than ``FrameLimits/maxUnits``.
    case bufferTooFull
    /// The announced length ends between the two units of one character.
    case lengthCutsCharacter
    /// A framing that is not NestJS's refuses the bytes; its words.
    case badFraming(String)
    /// The frame's text is not JSON.
    case notJSON(JSONScanError)
}

extension MessageWireError: CustomStringConvertible {
    /// One sentence for the log.
    package var description: String {
        switch self {
        case .corruptedLength: "The length in front of a frame is not a number."
        case .lengthTextTooLong: "The length in front of a frame does not end."
        case .frameTooLong(let announced):
            "A frame of \(announced) UTF-16 units is announced, which is above the limit."
        case .bufferTooFull: "More is waiting than the limit allows."
        case .lengthCutsCharacter: "The length of a frame ends within a character."
        case .badFraming(let reason): "The framing refuses the bytes: \(reason)"
        case .notJSON(let error): "The text of a frame is not JSON: \(error)"
        }
    }
}
