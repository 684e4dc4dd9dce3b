import Pipeline

extension RouteMatch {
    /// Splits a path into segments and, if it holds escapes, decodes it, once.
    ///
    /// The split comes first, so an encoded slash could never make a segment; it is refused all the same, since the
    /// service behind might see it otherwise. Empty segments (`//`) match nothing.
    ///
    /// - Returns: a fault; `nil` when the segments are set.
    func split(_ path: UnsafeRawBufferPointer) -> PathFault? {
        isDecoded = false
        var hasHighBytes = false
        for byte in path where byte < 0x30 || byte == 0x3B || byte == 0x5C || byte >= 0x7F {
            switch byte {
            case UInt8(ascii: "%"): isDecoded = true
            case UInt8(ascii: ";"): return .pathParameter
            case UInt8(ascii: "\\"): return .backslash
            case 0x80...: hasHighBytes = true
            case 0...0x20, 0x7F: return .controlCharacter
            default: break
            }
        }
        if isDecoded { return splitDecoding(path) }
        if hasHighBytes, !PercentDecoding.isUTF8(path) { return .notUTF8 }
        return splitSegments(path)
    }

    /// Sets the segments; bounds beyond the storage's size are counted, not kept.
    private func splitSegments(_ path: UnsafeRawBufferPointer) -> PathFault? {
        segmentCount = 0
        pathCount = path.count
        endsWithSlash = false
        guard path.count > 1, path[0] == UInt8(ascii: "/") else { return nil }
        let (starts, ends) = (storage.starts, storage.ends)
        var start = 1
        var index = 1
        var count = 0
        while true {
            if index < path.count, path[index] != UInt8(ascii: "/") {
                index &+= 1
                continue
            }
            if index == start, index == path.count {
                endsWithSlash = true
                break
            }
            let length = index &- start
            if length <= 2, length > 0, path[start] == UInt8(ascii: "."), path[index &- 1] == UInt8(ascii: ".") {
                return .dotSegment
            }
            if count < PathStorage.capacity {
                starts[count] = UInt32(truncatingIfNeeded: start)
                ends[count] = UInt32(truncatingIfNeeded: index)
            }
            count &+= 1
            if length == 0 { hasEmptySegment = true }
            if index == path.count { break }
            index &+= 1
            start = index
        }
        segmentCount = count
        return nil
    }

    private func splitDecoding(_ path: UnsafeRawBufferPointer) -> PathFault? {
        storage.reserve(path.count)
        let output = storage.decoded
        var (index, count) = (0, 0)
        while index < path.count {
            var byte = path[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < path.count, let high = PercentDecoding.hexValue(path[index]),
                    let low = PercentDecoding.hexValue(path[index + 1])
                else { return .malformedEscape }
                byte = high << 4 | low
                index += 2
                switch byte {
                case UInt8(ascii: "/"): return .encodedSlash
                case UInt8(ascii: "\\"): return .backslash
                case 0: return .nul
                case 1..<0x20, 0x7F: return .controlCharacter
                default: break
                }
            }
            output[count] = byte
            count += 1
        }
        let bytes = UnsafeRawBufferPointer(rebasing: output[..<count])
        guard PercentDecoding.isUTF8(bytes) else { return .notUTF8 }
        return splitSegments(bytes)
    }
}
