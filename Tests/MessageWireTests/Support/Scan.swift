import MessageWire

/// `JSONScanner.scan` for arrays.
func scan(_ bytes: [UInt8], rules: JSONRules = .rfc8259) throws(JSONScanError) -> JSONScan {
    let result = bytes.withUnsafeBytes { text in
        do throws(JSONScanError) {
            return Result<JSONScan, JSONScanError>.success(try JSONScanner.scan(text, rules: rules))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

/// `JSONScanner.scan` for strings.
func scan(_ text: String, rules: JSONRules = .rfc8259) throws(JSONScanError) -> JSONScan {
    try scan(Array(text.utf8), rules: rules)
}

/// The reason why a text is refused, nil if it is taken.
func refusal(_ text: String, rules: JSONRules = .rfc8259) -> JSONScanError.Reason? {
    do throws(JSONScanError) {
        _ = try scan(text, rules: rules)
        return nil
    } catch {
        return error.reason
    }
}
