extension PathTrickFamily {
    /// Names that somebody may take for `admin`, `panel` or `private`: upper case, escapes, lookalikes, other normal forms.
    static let spellings = [
        PathTrickFamily(
            "upper and lower case",
            in: ["{}"],
            [
                "/Admin/panel", "/ADMIN/PANEL", "/aDmIn/pAnEl", "/admin/Panel", "/admin/PANEL", "/admin/paneL",
                "/Admin/1", "/ADMIN/1",
                "/Admin/users/1", "/admin/Users/1", "/admin/USERS/1", "/files/Private/x", "/files/PRIVATE/x",
                "/Files/private/x", "/PUBLIC",
                "/Public/x", "/%41dmin/panel", "/admin/%50anel", "/files/%50rivate/x", "/%41%44%4d%49%4e/panel",
            ]),
        PathTrickFamily(
            "letters as escapes",
            in: ["{}"],
            [
                "/%61dmin/panel", "/%61%64%6d%69%6e/panel", "/%61%64%6D%69%6E/%70%61%6e%65%6c", "/admin/%70anel",
                "/admin/pane%6c",
                "/admin/pane%6C", "/adm%69n/panel", "/%61dmin/1", "/admin/%75sers/1", "/admin/users/%31",
                "/files/%70rivate/x",
                "/files/privat%65/x", "/files/private/%78", "/%66iles/private/x", "/%2561dmin/panel",
                "/%61%2564min/panel", "/admin/%2570anel",
                "/files/%2570rivate/x", "/%252561dmin/panel", "/%%361dmin/panel", "/%6%31dmin/panel",
                "/%25%36%31dmin/panel", "/%u0061dmin/panel",
                "/%U0061dmin/panel", "/%uff41dmin/panel", "/\\u0061dmin/panel", "/\\x61dmin/panel", "/&#97;dmin/panel",
                "/&#x61;dmin/panel",
                "/+AGE-dmin/panel", "/=61dmin/panel", "/0x61dmin/panel", "/%0061dmin/panel",
                "/%00a%00d%00m%00i%00n/panel", "/a%00dmin/panel",
                "/a%0admin/panel", "/a%09dmin/panel", "/a%20dmin/panel", "/a%08dmin/panel", "/adminx%08/panel",
                "/%7f/admin/panel",
            ]),
        // CWE-176; Spotify 2013: other letters became "a" under NFKC. Bytes after NFKC, NFKD, case mapping or best fit.
        PathTrickFamily("letters that normalise to others", in: ["/{}/panel"], lookalikes),
        PathTrickFamily(
            "lookalikes deeper in the path",
            in: ["{}"],
            [
                "/admin/%ef%bd%90anel", "/admin/p%c3%a0nel", "/admin/pa%cc%80nel", "/admin/pane%e2%85%bc",
                "/admin/u%c5%bfers/1", "/admin/%e1%b5%98sers/1",
                "/files/%e2%92%ab/x", "/files/%f0%9d%97%89rivate/x", "/files/pr%e2%85%b0vate/x",
                "/files/pri%e2%85%b4ate/x", "/files/private%cc%b8/x",
                "/%ef%ac%81les/private/x", "/f%c4%b1les/private/x", "/f%c4%b0les/private/x", "/files/pr%c4%b1vate/x",
                "/files/private%e2%80%8b/x",
                "/files/%e2%80%aeetavirp/x", "/public/caf%c3%a9", "/public/cafe%cc%81", "/public/%ef%ac%81",
                "/public/%ef%bd%86%ef%bd%89", "/public/%c4%b1",
                "/public/%c5%bf", "/public/%e2%84%aa", "/public/%e2%84%ab", "/public/%c3%85", "/public/A%cc%8a",
                "/public/%ea%b0%80",
                "/public/%e1%84%80%e1%85%a1", "/public/%ef%bc%8e%ef%bc%8e", "/public/%f0%9f%98%80", "/public/%cc%81",
                "/public/%e2%80%8d", "/public/%ef%bf%bf",
                "/public/%ef%bf%bd", "/public/%f4%8f%bf%bf",
            ]),
    ]

    private static let lookalikes = [
        "%ef%bd%81dmin", "%ef%bd%81%ef%bd%84%ef%bd%8d%ef%bd%89%ef%bd%8e",
        "%ef%bc%a1%ef%bc%a4%ef%bc%ad%ef%bc%a9%ef%bc%ae", "%c2%aadmin", "%e1%b5%83dmin",
        "%e1%b4%ac%e1%b4%b0min", "%e2%82%90dmin", "%e2%93%90dmin", "%e2%92%b6dmin", "%f0%9d%90%9admin",
        "%f0%9d%9a%8admin", "%f0%9d%94%b8dmin",
        "%d0%b0dmin", "%ce%b1dmin", "%c3%a0dmin", "a%cc%80dmin", "a%cc%b6dmin", "%c3%a1dmin", "%c4%83dmin",
        "%c7%8edmin", "adm%c4%b1n", "adm%c4%b0n",
        "ADM%c4%b0N", "admi%cc%87n", "adm%e2%85%b0n", "adm%e2%81%b1n", "adm%d1%96n", "adm%ce%b9n", "a%e2%85%beMIN",
        "a%e2%85%bemin", "ad%e2%85%bfin",
        "admi%e1%b4%ba", "admi%e2%81%bf", "admi%ef%bd%8e", "admi%c3%b1", "admin%cc%83", "admi%c5%88", "ad%e2%80%8bmin",
        "ad%e2%80%8cmin", "ad%e2%80%8dmin",
        "ad%c2%admin", "ad%cd%8fmin", "ad%e2%81%a0min", "ad%ef%bb%bfmin", "ad%e1%a0%8emin", "%ef%bb%bfadmin",
        "%e2%80%aenimda", "%e2%80%8eadmin",
        "admin%e2%80%8e", "admin%f3%a0%81%a1", "admin%ef%b8%8f", "%f3%a0%81%a1admin", "%c1%a1dmin", "%e0%81%a1dmin",
        "%f0%80%81%a1dmin", "%c1%81dmin",
        "%e1dmin", "%e4dmin", "%aadmin", "«C1A1»dmin", "«E1»dmin", "\u{FF41}dmin", "\u{430}dmin", "adm\u{131}n",
        "a\u{300}dmin", "ad\u{200B}min",
        "%81dmin", "%f8%80%80%81%a1dmin", "%ed%a0%b5%ed%b0%9admin", "%ff%fea%00d%00m%00i%00n", "xn--admin", "adm1n",
        "@dmin",
    ]
}
