/// Origins of web pages, as a route file names them: `https://app.example.com`, `http://localhost:3000`, and
/// `https://*.example.com` for every host below one.
///
/// Spec: RFC 6454 §6.2
package enum OriginPattern {
    /// What is wrong with an origin, behind its text; `nil` when a browser may send it so.
    static func fault(_ text: String) -> String? {
        let malformed = "is not an origin; write https://app.example.com, without path, or \"*\""
        guard let colon = text.firstIndex(of: ":"), isScheme(text[..<colon]), text[colon...].hasPrefix("://") else {
            return malformed
        }
        let scheme = text[..<colon].lowercased()
        var host = text[text.index(colon, offsetBy: 3)...]
        if host.hasPrefix("*.") { host = host.dropFirst(2) }
        var port: Substring?
        // Behind a bracket, colons belong to an address.
        let afterAddress = host.hasPrefix("[") ? host.firstIndex(of: "]") ?? host.endIndex : host.startIndex
        if let colon = host[afterAddress...].firstIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard isHost(host) else { return malformed }
        guard let port else { return nil }
        guard let number = Int(port), (1...65_535).contains(number), String(number) == port else { return malformed }
        if ["https": 443, "http": 80][scheme] == number {
            return "is what browsers send without \":\(number)\"; leave that out"
        }
        return nil
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            return address.contains(":") && IPAddress(address) != nil
        }
        return !host.isEmpty && host.utf8.allSatisfy(isHostByte) && !host.hasPrefix(".") && !host.hasSuffix(".")
            && !host.contains("..")
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether a pattern stands for an origin. `https://*.example.com` stands for every host below `example.com`, not for itself.
    ///
    /// - Parameters:
    ///   - pattern: From the file, in lower case.
    ///   - origin: What a browser sent, in lower case.
    /// - Returns: Whether pages of the origin are meant.
    package static func matches(_ pattern: String, _ origin: String) -> Bool {
        guard let star = pattern.utf8.firstIndex(of: UInt8(ascii: "*")) else {
            return origin.utf8.elementsEqual(pattern.utf8)
        }
        let (head, tail) = (pattern.utf8[..<star], pattern.utf8[pattern.utf8.index(after: star)...])
        guard origin.utf8.count > head.count + tail.count, origin.utf8.starts(with: head),
            origin.utf8.suffix(tail.count).elementsEqual(tail)
        else { return false }
        return origin.utf8.dropFirst(head.count).dropLast(tail.count).allSatisfy(isHostByte)
    }
}
