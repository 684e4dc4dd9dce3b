#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Version 1: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`.
enum ProxyProtocolLine {
    // `line` is what stands behind `PROXY ` and before CR LF.
    static func read(_ line: ArraySlice<UInt8>) throws(ProxyProtocolError) -> ProxyProtocolHeader {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let family: CInt
        switch words.first {
        // Whatever else stands there means nothing.
        case "UNKNOWN"?: return .local
        case "TCP4"?: family = AF_INET
        case "TCP6"?: family = AF_INET6
        default: throw .malformedLine
        }
        guard words.count == 5, let source = IPText.canonical(words[1], family),
            IPText.canonical(words[2], family) != nil, let port = Self.port(words[3]), Self.port(words[4]) != nil
        else { throw .malformedLine }
        return .client(address: source, port: port)
    }

    private static func port(_ text: String) -> UInt16? {
        guard let port = UInt16(text), String(port) == text else { return nil }
        return port
    }
}

/// IP addresses in the form that everything else compares them in.
enum IPText {
    /// - Returns: `nil` for what is no address of the family.
    static func canonical(_ text: String, _ family: CInt) -> String? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(family, text, &bytes) == 1 else { return nil }
        return self.text(bytes[...], family)
    }

    // 4 or 16 bytes, by family, or more.
    static func text(_ bytes: ArraySlice<UInt8>, _ family: CInt) -> String? {
        var text = [UInt8](repeating: 0, count: 64)
        let isWritten = bytes.withUnsafeBytes { address in
            text.withUnsafeMutableBytes { text in
                guard let address = address.baseAddress, let base = text.baseAddress else { return false }
                return inet_ntop(family, address, base.assumingMemoryBound(to: CChar.self), socklen_t(text.count))
                    != nil
            }
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) : nil
    }
}
