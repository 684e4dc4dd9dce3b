extension PathTrickFamily {
    /// Other spellings of the slash, and slashes where none belongs.
    static let separators = [
        PathTrickFamily("a slash that is none", in: ["/admin{}panel", "/files/private{}x"], slashes),
        PathTrickFamily("empty and odd segments", in: ["/admin{}panel", "/files{}private/x"], between),
        PathTrickFamily("what stands before the path", in: ["{}admin/panel"], before),
        PathTrickFamily(
            "many segments",
            [
                "/public" + String(repeating: "/..", count: 40) + "/admin/panel",
                "/public/" + String(repeating: "x/", count: 40) + String(repeating: "../", count: 41) + "admin/panel",
                "/files/" + String(repeating: "x/", count: 32) + "x",
                "/files/" + String(repeating: "x/", count: 200) + "x",
                "/files/" + String(repeating: "x/", count: 40) + "%2e%2e/private/x",
                "/files/" + String(repeating: "x/", count: 40) + "/private/x",
                "/files/private/" + String(repeating: "x/", count: 40) + "x",
                "/admin/users/" + String(repeating: "x/", count: 40) + "x",
                "/admin/panel/" + String(repeating: "x/", count: 40),
                "/admin" + String(repeating: "/", count: 100) + "panel",
                "/" + String(repeating: "./", count: 100) + "admin/panel",
                "/" + String(repeating: "x", count: 7000) + "/../admin/panel",
                "/files/" + String(repeating: "x", count: 7000), "/admin/" + String(repeating: "x", count: 7000),
                "/admin/users/" + String(repeating: "%61", count: 2500),
                "/public/" + String(repeating: "%25", count: 2500),
                "/admin/panel?" + String(repeating: "x", count: 7000),
                "/admin/panel?" + String(repeating: "x", count: 9000),
                "/public/" + String(repeating: "x", count: 9000) + "/../../admin/panel",
                "/admin/panel" + String(repeating: "/.", count: 4500),
            ].map { PathTrick(target: $0) }),
    ]

    // Apache's AllowEncodedSlashes, Tomcat's ALLOW_ENCODED_SLASH, nginx's merge_slashes; IIS and "\".
    private static let slashes = [
        "%2f", "%2F", "%252f", "%252F", "%25252f", "%%32%66", "%25%32%66", "%5c", "%5C", "%255c", "%%35%63", "\\",
        "\\\\", "/\\",
        "\\/", "%c0%af", "%C0%AF", "%c0%2f", "%c1%9c", "%e0%80%af", "%f0%80%80%af", "%f8%80%80%80%af", "%25c0%25af",
        "%ef%bc%8f", "%ef%bc%bc", "%e2%88%95", "%e2%81%84", "%e2%a7%b8", "%e2%88%96", "%e1%9c%b5", "\u{FF0F}",
        "\u{2215}",
        "«C0AF»", "«AF»", "%af", "%u2215", "%u2044", "%uff0f", "%u002f", "%u005c", "&#47;", "&sol;", "+AC8-", "=2F",
        "\\x2f",
        "\\u002f", "%2f%2f", "%2f/", "/%2f", "%5c/", "/%5c", "%2f%5c", "%00/", "%00", "%0a", "%0d", "%09", "%20", "%23",
        "%3f",
        "%3b", ";", ":", "|", ",", "%2e%2f", "%2f%2e", "%2f.", ".%2f", "¥",
    ]

    // Merged slashes: CVE-2021-21311-like filters, Spring's StrictHttpFirewall, nginx's merge_slashes.
    private static let between = [
        "//", "///", "////", "/./", "/.//", "//./", "/././", "/;/", "/;x=1/", ";/", ";x=1/", ";x=1;y=2/", "/%3b/",
        "%3b/", "/%20/",
        "%20/", "/%00/", "%00/", "/%09/", "%09/", "/%0a/", "%0a/", "/%0d%0a/", "/%2e/", "/%252e/", "/%c2%a0/",
        "/%e2%80%8b/",
        "/%ef%bb%bf/", "./", "../", ".;/", "/.;/", "/*/", "/~/", "/-/", "/ /", "/«09»/", "/?/", "?/", "/#/", "#/",
        "%2e/", "%2e%2e/",
        "/%2f/", "/%5c/", "/\\/", "//%2e//", "/%/", "%/", "/%2/", "/%25/", "+/", "/+/", "$/", "!/", "&/", "=/", ",/",
    ]

    private static let before = [
        "//", "///", "/./", "/.//", "/%2e/", "/%2f", "/%2f/", "/%5c", "/%5c/", "/\\", "\\", "\\/", "/;/", "/;x=1/",
        "/.;/", "/..;/",
        "/%3b/", "/%20/", "/%20", "/%09/", "/%09", "/%00/", "/%00", "/%0a", "/%0d%0a", "/%ef%bb%bf", "/%e2%80%8b",
        "//t/", "//t//",
        "///t/", "//t:80/", "//user@t/", "/http://t/", "/http:/t/", "/http:%2f%2ft/", "/t/", "/~/", "/*/", "/x//",
        "/x/../",
        "/%2e%2e/", "/../", "/.%2e/", "/%252e%252e/", "/ ", "/ /", "/?/", "/#/", "/?", "/#", "/%3f", "/%23", "/%",
        "/%%", "/%25",
        "/:/", "/./.;/./", "/\u{FF0F}", "/%ef%bc%8f", "/\u{FEFF}",
    ]
}
