import MessageWire

/// Nest's `ParseUUIDPipe`: 8-4-4-4-12 hex digits; with a version, that digit and the variant too. The text stays as
/// it is.
package struct ParseUUID: ScalarPipe {
    /// 3, 4, 5 or 7; `nil` takes any.
    package let version: Int?

    /// The versions Nest's pipe knows.
    package static let versions = [3, 4, 5, 7]

    package init(version: Int? = nil) {
        self.version = version
    }

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        guard case .string(let text) = value else { throw PipeError("The value passed as UUID is not a string") }
        let bytes = Array(text.utf8)
        guard bytes.count == 36, isWellFormed(bytes) else {
            throw PipeError("Validation failed (uuid\(version.map { " v \($0)" } ?? "") is expected)")
        }
        return value
    }

    private func isWellFormed(_ bytes: [UInt8]) -> Bool {
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return false }
            default:
                guard (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF) else { return false }
            }
        }
        guard let version else { return true }
        guard bytes[14] == UInt8(0x30 + version) else { return false }
        // Version 3 has no variant in Nest's own expression.
        return version == 3 || "89abAB".utf8.contains(bytes[19])
    }
}
