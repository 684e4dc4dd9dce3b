@testable import Tokens

/// A signature over one payload, with a header that holds nothing but `alg`.
struct SignatureFixture: Sendable, CustomStringConvertible {
    /// What is special about it.
    let name: String
    let key: KeyKind
    let algorithm: TokenAlgorithm
    /// In base64url.
    let signature: String

    init(_ name: String, _ key: KeyKind, _ algorithm: TokenAlgorithm, _ signature: String) {
        self.name = name
        self.key = key
        self.algorithm = algorithm
        self.signature = signature
    }

    var description: String { name }

    static let payload = #"{"sub":"u1","exp":2000000000}"#

    /// The whole token.
    var token: String {
        Base64URL.encode(#"{"alg":"\#(algorithm)"}"#.utf8) + "." + Base64URL.encode(Self.payload.utf8) + "." + signature
    }
}

/// Signatures made with another library and, where no library makes such, from bare numbers.
enum SignatureFixtures {
    /// What must be taken.
    static let good: [SignatureFixture] = [
        SignatureFixture(
            "RS256", .rsa, .RS256,
            """
            NZeQ5HqcfHUOGwGyCRiUy6359Ft9Rg6PmldQWUIUn3SvZAIW_S5WmLzqQehYF9En1JJpsa3-k4ZZP7ppLiCtmemeorVcRJTh\
            WtIIOCw8_v9oAzREJS9GVuaZLnanN1EounnFvAPhmW6Rz0P7pXIC-WmxXcBpDqSBxcVGm22ItnaH5zqCarfD--7txh-dROFf\
            nLf3EY-QrjWzdglago-Ki1anYS4WNu8NtoIJUv7aFan4myMnEi6Oq8ZjeyOiEy2jvSWccoImqgIW6x9OXUTDdwI-RBdWH_Qn\
            rTGA_kaR-cgN9vQc1CVR-QHKkEQF1CL3Tjjd9otzoLtkJJhLA9_oqg
            """),
        SignatureFixture(
            "RS384", .rsa, .RS384,
            """
            nSOzSIxmeyu-IHI9jXkc2A1XX4yXsLtAaDZo7FgIk8oV3yhFtgDm-6q6dhzZTFGwP3_ro2KRCM9-djluwUNtAI8H1BWqkMt-\
            -FBF8HXSK3N4R38NG2SOhfMOSRiqN-w0kA2STiM0epEwtu2-mzy3kUl9h8XfdTfqha0r5w7hnYxwZiS-nTYj0FfeUJ37CuC-\
            arSRip5S8tHFUSyQ-mrz4HszpG_0yxZ4UQt9_1G_SUc_SbWKq5jDYH9g1jT5o0fXdliLbFEGhYuL6PY5jX-LXyu1m5a4NcOO\
            o01rnHxVkxLVBxD-tbNKJm-uyelQOvivEnpoZX4KpSpYzPEQOQHjaQ
            """),
        SignatureFixture(
            "RS512", .rsa, .RS512,
            """
            ja-ubFeygBtHNrVcBL12b6AbLbaOhQ9NjLY2LPN3s7X_tD1WyOAlYe0oPFL58zqrSNlzal-erY0kOMjEUE0JgCrR9S1OYuXV\
            3n72zgV7BHcEqAE3ZeJbmos9kiu8YGGeiSROLRBVT_WW76MbdownHUthuiG2Z-ZEG3IUPrxU1DW65Ux76rdkXElW5ssIIXh-\
            FqKxs1G8bYVSLuty-98kKn4cdcq9hi_WufUAudMrvjNkYGGWeeusXtQpTv0R07N3EF3SjJO2IasH14v_p3Rxh5fMWZqEjKhK\
            3P9Wpwp5Ucpmg3d8tRGYTeBtKSOq5qQoLz8gB8NM2XhBMME0K2wdJw
            """),
        SignatureFixture(
            "PS256", .rsa, .PS256,
            """
            Ncc9PaYJOLB7HTX87Fk1pweSzF6aqY83I_uwqkhSD0O108Iq6T4-JSro6hbqx5zIVfCT_QqfHDQGTSWNq0QqQy2Trlrz6Gl3\
            4h_so5d_yIeA5mgQh8VBxh1Hl15vtQiU_T75zr0-Qf1I2pg_e-V7iwNcCgcKdJpn_pZKyUwJA0dPrePIpKgUgGktkV5RiDOz\
            klZlTrSzNGMdmHDgqIYNhIz5fdQWBhhLks4QFH4h42_dNjQz5w8Eno_EvFA1sSD_ETcBJNdJAvOa2cRsHLVDA0kq52H1zuW6\
            3KQjQ_q0MmPG9fEbDD3PK2Q55LY03MIt9sR4NuOF-sJ0IFivN0sY_Q
            """),
        SignatureFixture(
            "PS384", .rsa, .PS384,
            """
            BBHDw6PxD18_7nxXptRhifUqFnbYH7dTTlvhAKZVC5zYDe7dNttu4tRPDeVwsyu0XH2GvFIFCalm6A_u5oIgE6SrbV2n7voK\
            gyXKwW6wKzGTuNGIoHvEY1heCJqUvtWJRdgAUGj_J6peM9RR6Df1oGl4yZcYa3bRFa7R97EMq_Pjyyy0ClBSiH5lQOHF3j95\
            6i6YGO0nGBFc6PuruD9xfru7FtRW5_ijzk0kbiNWs6GgzO9s64Df2H4MZCrkA0Wgc2oi4yvGxFNZ348_NqCiTZi6UVLap8wU\
            xuj8dkZQbagKU-ADvoWyajUd_ikZs5-77l70JadD5wTqpyO0rVaEqA
            """),
        SignatureFixture(
            "PS512", .rsa, .PS512,
            """
            EERMjkuLucPK4Sr-SlCcI0IN2OLgyr_KSeS8bDlc5BBTVA8ET8-pq2xDXhBkcs8YUbKmIGxhkYbVj1qR03d4se2BQOU7VQcC\
            gOJuL2e8q_KyfCZRO9OB5Z8PGugiNAIja3cBpEnDgcBuaO1o5cD0K2LzvVyOZdikNVN-7Ms-mUBrRoehDuC1AylNCzM1QcGg\
            MzWFFOcy73ITgsEB6Glmq6OHXFsVNiIGx6ZmZFcw3L2jmp_hPlounIRGZkvyOpyo2c4Mg5sdsfq2ZG--Ao3II3C00NAYFIfZ\
            wlU0GHI7HUnszvf8pg_6ene7bqDNuXDrpgBxeIfysSD6DJ1RGef-Xw
            """),
        SignatureFixture(
            "ES256", .p256, .ES256,
            """
            Ho0vfi7iyiERoo7c_utPyfQ9X7-BQ2K2hd_0yYY_UQFYNZlNuZ-OY78A1sRUi9k-1bHk4Yn1roySGtFjA4BpAQ
            """),
        SignatureFixture(
            "ES384", .p384, .ES384,
            """
            oWl9_aHy3cBhr9G1xtf-SEoga0OjwPoO3Rs25mG2o6FgFdUrfhlpSaCKFtrTSEedG5CTcPsUUNSabtysbM_zIyLiTm9nXXYK\
            aiMeZ_CHL6mwc_uqnxkQ3CBSkkuBieUT
            """),
        SignatureFixture(
            "ES512", .p521, .ES512,
            """
            ANN-vwlsUNZKHz3zglyauHDHOFdEPGb9RT9pnrVvQ5Fmw1hSrR8gqoI4TWb87ZI7WPoyNhfoFn-7fRfdEUmdyt8UACPR1gBq\
            Wt25rNprTDq66_x6Pj9BVxzcaMbWm-ZdSD1DCU7X4kdC65KUQWZZKv8XVjLXdZL74hS8KH1voZU7Dpam
            """),
        SignatureFixture(
            "ES256, minus s", .p256, .ES256,
            """
            KS-FmUNbn3KuKsa1qo68u14weVOWdigMwQEtXm--Qpx5Yj8L-7REKQR5lwKDnQw6EBIYqp4Ge8oLOtOa_mKrgQ
            """),
        SignatureFixture(
            "EdDSA", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kI0zKo0wV20K1b1CGFhRjISBaGQNBe46npgsM5GTSrMBg
            """),
    ]

    /// A key with the exponent 3.
    static let exponent3 = #"""
        {"kty":"RSA","n":"3g070AwCFTKe9DjF0mnJn6OnEccM1Fb_z105vE98j8JyMnZK0B9Ug_9eUj7C0VJ-T8uBNgL7jNfYao\#
        12Q0rPuq9BcOB7d6uGGsYkWzfGcRtHXJqEKARJXQ1BGQbEkAWQ35Wl9kmVzFBTH27tCyzGbNXIko42Ds4VkVnY0efSXKtA2k\#
        qW5OWrDn6pc50tqF3SPa03btTCM-g5FOu14MXaHmHYjNubo69eLOQzX8_YywU3yf1wLL8S4rxlrze8LIACM_CiSrAVKYEhxZ\#
        ntbMVnH5WmLDfZWYD5NME3fY-LM76QWCyOwgsFO-UzF5zsBpbLrTzHxz6ZyQ1joovkHkiJ5w","e":"Aw"}
        """#

    /// Right.
    static let cubed = SignatureFixture(
        "exponent 3", .rsa, .RS256,
        """
        RFE5hyKCX4ubs8rDdYC45q9UA9czFCYd8DbcZRufZO3YF4Zvwh9bE6eY-OsVHlmpFaQB6QDXwuTOWblpW_6H1_6hAZdu2I0e\
        DCnoqdJXcjxpEN0r8MnG0l-x1fNf-Gg5uEecsY1r19CClia6FepxLpoguFMLZhs-wsCBtlPjZ02uM4ZbY7EveXOuA9UWwfW5\
        zwp2E93zGtD7DZqIFZOcasB7ZJjRjPU9S_UoCWRAFeGeVD37m5fbLaKqpDaK9Wn_5KZqvEXHC_iRLWOHvztSzp_1AovdOdek\
        7qPGkq8i2cJWcvUkSdqe9AD7-piJ4bk4vyJ6eknTX0PoyrHvEzBW4A
        """)

    /// Made without the private key, for whoever does not look behind the hash (CVE-2006-4339).
    static let cubeRoot = SignatureFixture(
        "cube root", .rsa, .RS256,
        """
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMsv9SnrceQVYPXZ1IPUWQHWRdtN4JvLvY649x6Y3npf1LEOoDQCfFwXQ4Zlk\
        YEyN7JAJ_q7nS14xJ1KbDyldAKYNk2z1vn9OdWZ3LM1vysfE39b5Yw
        """)
}
