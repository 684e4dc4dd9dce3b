import NetworkIO

/// The live page: one document with everything in it, so that it needs no build, no files beside the binary and no request to
/// anybody else.
///
/// It holds no data and no secret; its script asks `/events`. What may run is told to the browser by hash: this style and this
/// script, nothing that came in with a name from a route file.
enum AdminPage {
    static func response(needsToken: Bool) -> AdminResponse {
        AdminResponse(status: 200, contentType: "text/html; charset=utf-8", body: .text(html(needsToken: needsToken)))
            .with("content-security-policy", policy)
            .with("x-frame-options", "DENY")
            .with("referrer-policy", "no-referrer")
    }

    static func html(needsToken: Bool) -> String {
        """
        <!doctype html>
        <html lang="en" data-token="\(needsToken)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Martlet</title>
        <link rel="icon" href="\(icon)">
        <style>\(style)</style>
        </head>
        <body>
        \(markup)
        <script>\(script)</script>
        </body>
        </html>

        """
    }

    /// A swallow without feet, which never lands: the martlet of heraldry, much simplified.
    private static let icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
        + "%3Cpath fill='%230b7a75' d='M1 3c4 0 6 2 7 5 1-3 3-5 7-5-2 1-3 3-3 5l3 3-5-1-2 3-2-3-5 1 3-3c0-2-1-4-3-5z'/%3E%3C/svg%3E"

    static let policy =
        "default-src 'none'; script-src '\(hash(script))'; style-src '\(hash(style))'; img-src data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// As Content Security Policy has it. Spec: CSP Level 3 §2.3.1
    private static func hash(_ text: String) -> String {
        "sha256-" + Base64Text.encoded(SHA256Digest.of(Array(text.utf8)))
    }
}

/// Spec: RFC 4648 §4
private enum Base64Text {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
