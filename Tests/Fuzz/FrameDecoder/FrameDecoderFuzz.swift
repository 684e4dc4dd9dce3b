// libFuzzer entry for the frame decoder.
//
// The first three bytes choose cuts and limits, the rest is what a peer sends. It is decoded whole, byte by byte and in
// pieces; any difference traps, as does a frame that is not valid UTF-8.

import MessageWire
import NIOCore

/// Called by libFuzzer for every input.
///
/// - Parameters:
///   - data: the input; borrowed.
///   - count: its size in bytes.
/// - Returns: always zero, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrameDecoder(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 3 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 3, count: count - 3))
    let whole = outcome(bytes, step: bytes.count, limits: .defaults)
    precondition(whole == outcome(bytes, step: 1, limits: .defaults), "byte by byte differs from whole")
    precondition(whole == outcome(bytes, step: Int(data[0]) + 1, limits: .defaults), "pieces differ from whole")
    let short = FrameLimits(maxLengthTextUnits: Int(data[2]))
    let shortWhole = outcome(bytes, step: bytes.count, limits: short)
    precondition(shortWhole == outcome(bytes, step: 1, limits: short), "the limit of the length text depends on cuts")
    // A small limit of units depends on the segments: here only traps count.
    let limits = FrameLimits(maxUnits: Int(data[1]), maxLengthTextUnits: Int(data[2]))
    _ = outcome(bytes, step: Int(data[0]) + 1, limits: limits)
    return 0
}

private struct Outcome: Equatable {
    var frames: [[UInt8]] = []
    var error: MessageWireError?
}

private func outcome(_ bytes: [UInt8], step: Int, limits: FrameLimits) -> Outcome {
    var decoder = FrameDecoder(limits: limits)
    var outcome = Outcome()
    var start = 0
    while start < bytes.count, outcome.error == nil {
        let end = min(bytes.count, start + step)
        decoder.received(ByteBuffer(bytes: bytes[start..<end]))
        start = end
        do throws(MessageWireError) {
            while let range = try decoder.next() {
                guard let frame = decoder.storage.getBytes(at: range.lowerBound, length: range.count),
                    let text = String(validating: frame, as: UTF8.self)
                else { preconditionFailure("a frame is not valid UTF-8") }
                precondition(frame.withUnsafeBytes { UTF16Count.of($0) } == text.utf16.count)
                outcome.frames.append(frame)
            }
        } catch {
            outcome.error = error
        }
        decoder.reclaim()
    }
    return outcome
}
