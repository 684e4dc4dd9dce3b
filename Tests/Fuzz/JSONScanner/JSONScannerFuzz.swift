// libFuzzer entry for the JSON scanner and everything that trusts it.
//
// What the scanner takes must be UTF-8, be measured right, and be readable by every function that does not check again.

import MessageWire

/// Called by libFuzzer for every input.
///
/// - Parameters:
///   - data: the input; borrowed.
///   - count: its size in bytes.
/// - Returns: always zero, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSONScanner(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : count)
    useUnchecked(text)
    let strict = try? JSONScanner.scan(text, rules: .untrusted)
    guard let scan = try? JSONScanner.scan(text, rules: .rfc8259) else {
        precondition(strict == nil, "the stricter rules took what the others refused")
        precondition((try? ReplyEnvelope.scan(text)) == nil, "an envelope took what is no JSON")
        return 0
    }
    guard let valid = String(validating: text[scan.value], as: UTF8.self) else {
        preconditionFailure("bad UTF-8 was taken")
    }
    precondition(valid.utf16.count == scan.utf16Count, "UTF-16 units were counted wrong")
    precondition(UTF16Count.of(UnsafeRawBufferPointer(rebasing: text[scan.value])) == scan.utf16Count)
    precondition(strict == nil || strict == scan)
    guard let value = try? JSONValue.parse(text), let again = try? JSONValue.parse(value.serialized()) else {
        preconditionFailure("an accepted text could not be read or written")
    }
    precondition(again == value, "writing changed the value")
    let normalized = value.javaScriptNormalized
    precondition(normalized.javaScriptNormalized == normalized, "the normal form is not normal")
    guard let reply = try? ReplyEnvelope.scan(text), let request = try? RequestEnvelope.scan(text) else {
        precondition(value.kind != .object, "an envelope refused JSON")
        return 0
    }
    precondition((reply.id == nil) == (value["id"] == nil))
    if let pattern = request.pattern {
        _ = PatternNormalizer.route(ofIncoming: UnsafeRawBufferPointer(rebasing: text[pattern]))
    }
    return 0
}

/// Functions that take checked text must not read beyond any text.
private func useUnchecked(_ text: UnsafeRawBufferPointer) {
    _ = JSONScanner.kind(of: text)
    _ = JSONScanner.find(["a", "0"], in: text)
    JSONScanner.forEachMember(of: text) { key, value in
        precondition(key.upperBound <= text.count && value.upperBound <= text.count)
    }
    JSONScanner.forEachElement(of: text) { precondition($0.upperBound <= text.count) }
    _ = JSONScanner.unescape(text)
    _ = UTF16Count.of(text)
    _ = PacketID(json: text)
}
