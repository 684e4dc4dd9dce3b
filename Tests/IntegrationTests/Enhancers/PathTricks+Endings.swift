extension PathTrickFamily {
    /// What a server may cut off, add or resolve at the end of a path.
    static let endings = [
        PathTrickFamily("endings", in: ["/admin/panel{}"], slashes + blanks + parameters + suffixes + escapes),
        PathTrickFamily(
            "endings of a route that ignores the last slash", in: ["/admin/settings{}"], slashes + parameters),
        PathTrickFamily("endings of a public path", in: ["/public{}", "/public/x{}"], slashes + blanks),
        PathTrickFamily(
            "a guarded rest and its root", in: ["/admin/users{}", "/files/private{}"],
            [
                "", "/", "//", "/.", "/..", "/%2e", "/%20", "/%00", "/;", "/x", "/x/", "/x//y", "/x/../y",
                "/x/%2e%2e/y",
                "/../x", "/../../panel", "/x/..", "/x/../../panel", "/%2e%2e/panel", "/..%2fpanel", "/..;/panel",
                "/x%2fy",
                "/x%5cy", "/x\\y", "/x;y", "/x%3by", "/x/%252e%252e/panel", "/x?y", "/?x", "?x", "/x#y", "/*rest",
                "/:id", "/%ff",
            ]),
    ]

    private static let slashes = [
        "/", "//", "///", "/.", "/./", "/..", "/../", "/%2e", "/%2e/", "/%2e%2e", "/%2e%2e/", "/../panel", "/../public",
        "/..//public", "/.//", "//.", "//..", "%2f", "%2F", "%2f/", "%252f", "%5c", "%5C", "%255c", "\\", "/\\", "\\/",
        "/%5c",
        "%c0%af", "%ef%bc%8f", "/~", "/-", "/*", "/%2a", "/:id", "/x", "/public", "/index.html", "/%20", "/%00",
    ]

    // RFC 9110 §5.5 knows of OWS only; Windows and some frameworks trim more, such as Java's String.trim (<= U+0020).
    private static let blanks = [
        "%20", "%20%20", "+", "%2b", "%09", "%0a", "%0b", "%0c", "%0d", "%0d%0a", "%1c", "%1f", "%01", "%08", "%7f",
        "%80",
        "%85", "%a0", "%c2%85", "%c2%a0", "%ad", "%c2%ad", "%e1%9a%80", "%e2%80%8b", "%e2%80%a8", "%e2%81%a0",
        "%e3%80%80",
        "%ef%bb%bf", "%fe%ff", "%ff", "%f3%a0%80%a0", "«00»", "«09»", "«0B»", "«1F»", "«7F»", "«85»", "«A0»", "«C2A0»",
        "\u{200B}", "\u{3000}", "«0D»", "«0A»", " ",
    ]

    // Jetty CVE-2021-28164, CVE-2021-34429; Spring CVE-2022-22978; Shiro CVE-2020-1957, CVE-2020-11989, CVE-2020-13933.
    private static let parameters = [
        ";", ";/", ";x", ";x=1", ";x=1/", ";x=1;y=2", ";jsessionid=1", ";.css", ";a.js", ";/../", ";/..;/", ";//", "/;",
        "/;/",
        "/;x=1", "/..;", "/..;/", "/.;/", "/.;", "%3b", "%3B", "%3bx=1", "%3b.css", "/%3b", "/%3b/", "/%3bx", "%253b",
        ";%00",
        ";%2f..", ";%09", ";?", ";#", "?;", ".;", "%20;", "+;", "\u{037E}", "%cd%be", "%ef%bc%9b",
    ]

    // Suffix matching (Spring MVC before 5.3), extension rules of caches (Omer Gil 2017), IIS "::$DATA" and 8.3 names.
    private static let suffixes = [
        ".", "..", "...", ".json", ".html", ".css", ".js", ".php", ".xml", ".txt", ".asp", ".do", ".action", ".ico",
        ".png", "/.json",
        "/.css", "/x.css", "%2ejson", "%2e", "%2e%2e", "%2e%2e%2e", ".%20", "%20.", "./", "../", "~", ".bak", "~1",
        "::$DATA",
        "%3a%3a$DATA", ":$i30:$INDEX_ALLOCATION", "*", "%2a", "**", "'", "%27", "\"", "%22", "(", ")", "!", "$", "@",
        "=", ":", ",", "&", "%26",
        "|", "%7c", "^", "`", "%60", "<", "%3c", ">", "{x}", "[x]", "-", "_", "%5f", "%2d", "%c2%b4", ".%e2%80%8b",
        "%e2%80%a4", "%ef%bc%8e",
        "?", "??", "?x", "?/", "?.css", "?/../public", "?#", "#", "#x", "#/../public", "#?", "%23", "%23/", "%23x",
        "%3f", "%3fx", "%3f.css", "%3f/",
    ]

    // CWE-172, CWE-176: bad and unfinished escapes, NUL (Poison NULL byte, Phrack 55).
    private static let escapes = [
        "%", "%%", "%2", "%z", "%zz", "%2g", "%g2", "%-1", "%+1", "% 2", "%0x", "%u", "%u0", "%u0020", "%u0000",
        "%U0000", "%00", "%00/",
        "%00.html", "%00%00", "%0", "%2500", "%252500", "%25", "%2525", "%25%30%30", "%%30%30", "%%00", "%c0%80",
        "%c0%81", "%c1%80",
        "%e0%80%80", "%ed%a0%80", "%ed%bf%bf", "%f4%90%80%80", "%f5%80%80%80", "%c3", "%c3x", "%e2%82", "%80%80", "\\0",
        "\\x00", "\\u0000",
        "%252e", "%252e%252e", "%252f..%252fpublic",
    ]
}
