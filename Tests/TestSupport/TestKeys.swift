/// Key pairs made with another library, for tests only: nothing trusts them.
public enum TestKeys {
    /// RSA, 2048 bits.
    public static let rsa = TestKey(
        privatePEM: rsaPrivate, publicPEM: rsaPublic, jwk: rsaJWK)
    /// For ES256.
    public static let p256 = TestKey(
        privatePEM: p256Private, publicPEM: p256Public, jwk: p256JWK)
    /// For ES384.
    public static let p384 = TestKey(
        privatePEM: p384Private, publicPEM: p384Public, jwk: p384JWK)
    /// For ES512.
    public static let p521 = TestKey(
        privatePEM: p521Private, publicPEM: p521Public, jwk: p521JWK)
    /// For EdDSA.
    public static let ed25519 = TestKey(
        privatePEM: ed25519Private, publicPEM: ed25519Public, jwk: ed25519JWK)
    /// For ES256, of somebody whom nobody trusts.
    public static let attacker = TestKey(
        privatePEM: attackerPrivate, publicPEM: attackerPublic, jwk: attackerJWK)
    /// RSA, of somebody whom nobody trusts.
    public static let attackerRSA = TestKey(
        privatePEM: attackerRSAPrivate, publicPEM: attackerRSAPublic, jwk: attackerRSAJWK)

    private static let rsaPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDGiLb41V9TlCIe
        XRPQKHPtsPraCuRpPB4+M5Wi+jrcDknoMF0AcytWv8kgJ+jSeIe0XfqXfdmaFD5C
        uU8dgoUIhlJLrs+WHnOvw8fuPCKqzXbrRnJnooV3TRQmY18y3JsROxCYFZK8K2f+
        etAT4plHw1ozA5e1DrwzFaEqCHRCAobVzdH4mUBagqdxnfwLi7EOtwamqpVlxc4O
        yz3oFN72huMK9RBdzgq6RZ8UIMLqezonJHJDgUznxlDWw789Ao7NV4k/RVs6IKBo
        fDf9/HmiDueJXsoKzTAVOF/nV/UfxW4QN2R+7HENiuOUSLM8LKPAF4NR9Co2zM15
        f19FFMP9AgMBAAECggEABK/YkKJKPakLGdK9CNZ+T3e0oa4ie0uEiUJi1MtPKr/E
        ReYnuT7UIJhRfAqv0pGEM/azV503JGM4Sbn3NgKiol4Na6T6WJhqcb/6Tyj98TCo
        OeCwCxCepv+GVhZVeoK+acHjtTtuezZpHkGxpNkzdiq/TTdXVFpp3f4zj6WjHPsd
        5XyyenQlzm76XQQBJdQKLfUNrJlB0YjYtYtv4fRdXIiIKwG4hVOjIhOL1nqWKGmM
        l7KQYh1oLLRJg2Fc+FJGH03cdFRbM73bY5mEjUnixCkgXLAMc+NjNcuYVAczfelh
        iBrnPxviMk90yGj9LDnpf9twj6r5v4gS8NoGf5HKrwKBgQD/Ms0aeqPPqc2c/KPD
        siTVYPMfYu0coRJA3locCIB5dY+z/A/fhozfAg2SzLZEWQkr/PSOGP50J9wtHyNs
        NwAH7lFMipSX5VOGKe4o/BXYOcwgCoCYqeZHQL2wXZ0HP4FF+l/WNYQc8q74kLUb
        VGPzUYu5O10a75dd7H4/Wv+INwKBgQDHKFnhPyT3zjkWQtYRG1l0SsB2SGl8KtIC
        /WZVhBeq0od9dDuO7TwvmalEVuY9GY9zsO5v3t+t2Tykcq0I3Xxtg8YazzItkgNT
        TxbRIOFoyI0KigYhEC6fKxqrMCBwGtyHzvOZUM3mew0LmtkhLVjvrVmAfoXWd78i
        PIMJ3UtTawKBgBX3QHI8BieUvQ77K/lnNwZqzuJvuGsTbifJO8ZX8P8DYHgkhRU/
        VpbHbXWqSzH82+4+Wqp0ekpzN99mY70nysfj+nl1IC8m3RaaO1apxBOVff1wCfuZ
        /Ck76Ffq5t492Bm24FLmzlVTij347q3IiMXjyfwKoQv1fXjnJ0K6yW3nAoGAMxSF
        YQFaEPjiqXQBBag3HF2j2XKfI4q0DLJDkgFsNJMEz0eFkxYDzs2hnXaQXPF2Wpzx
        ut22Dxfdtuv2t4RfSpN2tx+XZhrCIZbyajb9uWteyWo3QjmtS4O5tliEqVwqXebV
        kegot0muQeC4egrweaDDiPJqj2RtMHHGxjvs+vsCgYEA1QJNtvDE8nrdnpj835BQ
        yr7L3XWkTLgagCf5FFcrqek/6UT63nLvaGV2Ok6hFbZYhSAhkA3IJl33cpM1fI0L
        E8ZMYiTKN51CKLIkgeMmBwABRxK+4N0O7ORSRJbj/pVPqzsUBsuifz6B9GqrYJlt
        gz1grkEH0NIlF33xfoHPq2c=
        -----END PRIVATE KEY-----
        """

    private static let rsaPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxoi2+NVfU5QiHl0T0Chz
        7bD62grkaTwePjOVovo63A5J6DBdAHMrVr/JICfo0niHtF36l33ZmhQ+QrlPHYKF
        CIZSS67Plh5zr8PH7jwiqs1260ZyZ6KFd00UJmNfMtybETsQmBWSvCtn/nrQE+KZ
        R8NaMwOXtQ68MxWhKgh0QgKG1c3R+JlAWoKncZ38C4uxDrcGpqqVZcXODss96BTe
        9objCvUQXc4KukWfFCDC6ns6JyRyQ4FM58ZQ1sO/PQKOzVeJP0VbOiCgaHw3/fx5
        og7niV7KCs0wFThf51f1H8VuEDdkfuxxDYrjlEizPCyjwBeDUfQqNszNeX9fRRTD
        /QIDAQAB
        -----END PUBLIC KEY-----
        """

    private static let rsaJWK = #"""
        {"kty":"RSA","n":"xoi2-NVfU5QiHl0T0Chz7bD62grkaTwePjOVovo63A5J6DBdAHMrVr_JICfo0niHtF36l33ZmhQ-Qr\#
        lPHYKFCIZSS67Plh5zr8PH7jwiqs1260ZyZ6KFd00UJmNfMtybETsQmBWSvCtn_nrQE-KZR8NaMwOXtQ68MxWhKgh0QgKG1c\#
        3R-JlAWoKncZ38C4uxDrcGpqqVZcXODss96BTe9objCvUQXc4KukWfFCDC6ns6JyRyQ4FM58ZQ1sO_PQKOzVeJP0VbOiCgaH\#
        w3_fx5og7niV7KCs0wFThf51f1H8VuEDdkfuxxDYrjlEizPCyjwBeDUfQqNszNeX9fRRTD_Q","e":"AQAB"}
        """#

    private static let p256Private = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtXUd6/Yh4U+xi4DM
        LKSGy6AesJaS7qEuSQAmNzcm+ByhRANCAASt5ZVpH8MIuvcJzkdjvR1idVIikpuG
        TZqV1M8hJEJgON3y7OU7HGmP/4qJXkI5+fJ+lVeQHVT21+isOeb+oFaA
        -----END PRIVATE KEY-----
        """

    private static let p256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEreWVaR/DCLr3Cc5HY70dYnVSIpKb
        hk2aldTPISRCYDjd8uzlOxxpj/+KiV5COfnyfpVXkB1U9tforDnm/qBWgA==
        -----END PUBLIC KEY-----
        """

    private static let p256JWK = #"""
        {"kty":"EC","crv":"P-256","x":"reWVaR_DCLr3Cc5HY70dYnVSIpKbhk2aldTPISRCYDg","y":"3fLs5TscaY__iol\#
        eQjn58n6VV5AdVPbX6Kw55v6gVoA"}
        """#

    private static let p384Private = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBh+eIEOwLdMmYiuGyi
        aUDHhOmvn9QX8i/1tmVFxZueeyL12SNVV++2ItOlIBZQHCmhZANiAATnuVDev7tY
        QoWGrwqdZbDdbcT4YuoOYaSoG5UgFJGvZ0vF+E05gjYTMjSub5aw4oJK+CdBFVVv
        QVdOtawwyVRHTjJzDcEaikggXIotP85KZKqoQCc8MNsxY7moB8kAZh8=
        -----END PRIVATE KEY-----
        """

    private static let p384Public = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE57lQ3r+7WEKFhq8KnWWw3W3E+GLqDmGk
        qBuVIBSRr2dLxfhNOYI2EzI0rm+WsOKCSvgnQRVVb0FXTrWsMMlUR04ycw3BGopI
        IFyKLT/OSmSqqEAnPDDbMWO5qAfJAGYf
        -----END PUBLIC KEY-----
        """

    private static let p384JWK = #"""
        {"kty":"EC","crv":"P-384","x":"57lQ3r-7WEKFhq8KnWWw3W3E-GLqDmGkqBuVIBSRr2dLxfhNOYI2EzI0rm-WsOKC"\#
        ,"y":"SvgnQRVVb0FXTrWsMMlUR04ycw3BGopIIFyKLT_OSmSqqEAnPDDbMWO5qAfJAGYf"}
        """#

    private static let p521Private = """
        -----BEGIN PRIVATE KEY-----
        MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIB73ZseXHx6pUqs4rM
        +DS8m5eHZaQys4AIYkjoOlj09ifzxuncnAE6zOQQ8VmCo+mCxO+OhFyg9q2JHxOV
        DYIK2bmhgYkDgYYABABohZKGlcyXn6IdilRwfj+YVJHezEcTGxra93qVaYGAaGYa
        TnUtAonaGZnzcwHHNnveMObTKAAZluC15jlP91LGmgDSZNKqTMdDn7qbYp3Md3E1
        sIb6nua66XGx6SBuX2vLSWeS0MdrwHMa47YQ9OSajcScOKks9yPxC+U6GlEkpClb
        0Q==
        -----END PRIVATE KEY-----
        """

    private static let p521Public = """
        -----BEGIN PUBLIC KEY-----
        MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAaIWShpXMl5+iHYpUcH4/mFSR3sxH
        Exsa2vd6lWmBgGhmGk51LQKJ2hmZ83MBxzZ73jDm0ygAGZbgteY5T/dSxpoA0mTS
        qkzHQ5+6m2KdzHdxNbCG+p7muulxsekgbl9ry0lnktDHa8BzGuO2EPTkmo3EnDip
        LPcj8QvlOhpRJKQpW9E=
        -----END PUBLIC KEY-----
        """

    private static let p521JWK = #"""
        {"kty":"EC","crv":"P-521","x":"AGiFkoaVzJefoh2KVHB-P5hUkd7MRxMbGtr3epVpgYBoZhpOdS0CidoZmfNzAcc2e\#
        94w5tMoABmW4LXmOU_3Usaa","y":"ANJk0qpMx0Ofuptincx3cTWwhvqe5rrpcbHpIG5fa8tJZ5LQx2vAcxrjthD05JqNxJ\#
        w4qSz3I_EL5ToaUSSkKVvR"}
        """#

    private static let ed25519Private = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIN1flPf8RuAAdg+OxPUsXKJxOSFUtYnFs/4w/99BnhRd
        -----END PRIVATE KEY-----
        """

    private static let ed25519Public = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEANC5erV2HlgsuH5pfa5H3PZlmCqRyw+CVqNGzp/LwwSc=
        -----END PUBLIC KEY-----
        """

    private static let ed25519JWK = #"""
        {"kty":"OKP","crv":"Ed25519","x":"NC5erV2HlgsuH5pfa5H3PZlmCqRyw-CVqNGzp_LwwSc"}
        """#

    private static let attackerPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+JIMgej7wSpJBCn6
        OOaZLT/fVLiB5U9/nFjGVq0h1JahRANCAAQZc3nJ54PtaRFVCYaMn72qisjZguFI
        o6IY0Gg+adS5FwSqrTMrmN/YVRemUQM9KfMTBUN5we9+vtW+PG6v5Uay
        -----END PRIVATE KEY-----
        """

    private static let attackerPublic = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGXN5yeeD7WkRVQmGjJ+9qorI2YLh
        SKOiGNBoPmnUuRcEqq0zK5jf2FUXplEDPSnzEwVDecHvfr7Vvjxur+VGsg==
        -----END PUBLIC KEY-----
        """

    private static let attackerJWK = #"""
        {"kty":"EC","crv":"P-256","x":"GXN5yeeD7WkRVQmGjJ-9qorI2YLhSKOiGNBoPmnUuRc","y":"BKqtMyuY39hVF6Z\#
        RAz0p8xMFQ3nB736-1b48bq_lRrI"}
        """#

    private static let attackerRSAPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDYslwizH8neQe5
        WTuj3hE7kyUjcnqZzoX/WqOk7NKTqhgcYrmkDQAu8eD/YMYFk1a0Ex3qWu8+lGvK
        Gh12zu7rRNB06yvnR2JTvdWtrZ3ERAg687j1vGH4CNhHyVCkuU5WeUrl6o5SeDxW
        +rN3b695iHfcSfcJeVAYiHE+zYIqKDd4H1dzB45BdEzRrT6BBEpWr/NtuQD52kCP
        9PhuKye3+fAGYxPAmOaGRqc5EUarpOMKWKbmikWAtXAfePJ+bQxSSw7Sm/LKbnRJ
        eKqmMgW98DBeGoncTXV8wTR+V29O23V45RvKJZrjO4aj6zksRpGrqTUn2wsF4APV
        kmp5n2tPAgMBAAECggEAAm1M9t7PdcO3QG4tatJr4vzs5466rMpRWeDMAGbenOTE
        zFyWs62pmN0AphuRXDKgP/gO17cZAtxqsKLGPbRnnJ7yrryLi1WTVljD8eQF5lLU
        vMRKCAaKGlsPAQ7SJmYk6HcHTbfozCeolVjNdcL8diH/Jap2Z9bB/ORaUFfA43P2
        lBMG1nHjPSKwbFq8s4RW9Q5u3CqUAvzGQrn5nehXkkzqLKhq5Lr9HJrrpoOrd7Pp
        bATtMg7eT7zco4V44wH6ywIfp2RL512XAM6Pw61b53VGsBJ0KE34EvRoHXNeEVb+
        kPPGfTMrvjDYucTZgYV/b0ULj43m8sTg+ZONkBYn8QKBgQDxOq70CFfa+zTIIF0i
        VhRBmv6yiIOUHfm11ZWoB3O4l35JLhFBYkzJq67DBAULCcLEgOkC4cKEMjP/vqcy
        Neot3zJkUkYdYBU1H7Fu+k5GjiCN/oLSgzEabfFwdP7zW4UOMAWUWU9xvYMAG/vQ
        Lq01jMXVdFz7wyLU5SRdPHa0AwKBgQDl9x/aLyRNE1ot1S5Ccbl1wuFp13Qkdyf0
        O1YgT7Y4fnt8cZLZpBfaB+w0n0/mwBgivwaVuWw/WfRnLSl/8QP8GX2UWUo4lcXv
        gR+fVmWi//dX9o/2j3mx7dvy0mt8ZsKOXa4ysoZPvC98jPdWBwPATMJMqITcGwoA
        vgW4Q4j3xQKBgQDgwQFiwydAEw+Bao37wOHMomGt6/1UEn2nSmHOlWrfUN7Lxg0z
        syfCOqBweJ1ORIDgXw86rSdzzeae4H6dDJistqkXyYQkOHJp9aZ2tOYbXK6+PaSc
        CLnGWys50Pf9u4aDyoBYUMHxQlX80xXSSLr/CrMEhw9fTtd0Li6sY/phCwKBgFod
        13uW0bDqjoI7ch9TlYvSTKc/aSIJF70bq4qJ8ix9VELV9ugW58nnJOcSLyuLx2mG
        VjxCJ2tEAwSTrBmZByi5jH6f5vf5qVFL1mqIXtfbWsA7vPqwCs5xGao0Ty62zjMf
        /u2bDAsfAbTbQOmTYiLvcYy81SOz7N2RmYg13uzJAoGAU+Z2b2QzKFjtZN0knv80
        PhefDrtjgTraBoL1rpulpOSEDOo4q3rylm3HsqEP6rSEByA8qM8R+PWQEz38Q1TV
        ybZ/va8PX5tXUtdaPUmMvNVbvioP7OWuVBGUTCWDaV+OntaVfpoReOhCiGDXQuJ6
        3UqdpuMCh/T5FYFCRrp43IM=
        -----END PRIVATE KEY-----
        """

    private static let attackerRSAPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2LJcIsx/J3kHuVk7o94R
        O5MlI3J6mc6F/1qjpOzSk6oYHGK5pA0ALvHg/2DGBZNWtBMd6lrvPpRryhodds7u
        60TQdOsr50diU73Vra2dxEQIOvO49bxh+AjYR8lQpLlOVnlK5eqOUng8Vvqzd2+v
        eYh33En3CXlQGIhxPs2CKig3eB9XcweOQXRM0a0+gQRKVq/zbbkA+dpAj/T4bisn
        t/nwBmMTwJjmhkanORFGq6TjClim5opFgLVwH3jyfm0MUksO0pvyym50SXiqpjIF
        vfAwXhqJ3E11fME0fldvTtt1eOUbyiWa4zuGo+s5LEaRq6k1J9sLBeAD1ZJqeZ9r
        TwIDAQAB
        -----END PUBLIC KEY-----
        """

    private static let attackerRSAJWK = #"""
        {"kty":"RSA","n":"2LJcIsx_J3kHuVk7o94RO5MlI3J6mc6F_1qjpOzSk6oYHGK5pA0ALvHg_2DGBZNWtBMd6lrvPpRryh\#
        odds7u60TQdOsr50diU73Vra2dxEQIOvO49bxh-AjYR8lQpLlOVnlK5eqOUng8Vvqzd2-veYh33En3CXlQGIhxPs2CKig3eB\#
        9XcweOQXRM0a0-gQRKVq_zbbkA-dpAj_T4bisnt_nwBmMTwJjmhkanORFGq6TjClim5opFgLVwH3jyfm0MUksO0pvyym50SX\#
        iqpjIFvfAwXhqJ3E11fME0fldvTtt1eOUbyiWa4zuGo-s5LEaRq6k1J9sLBeAD1ZJqeZ9rTw","e":"AQAB"}
        """#
}

/// A key pair in the writings that the tests need.
public struct TestKey: Sendable {
    /// PKCS #8.
    public let privatePEM: String
    /// SubjectPublicKeyInfo.
    public let publicPEM: String
    /// The public half, without `kid`, `use` and `alg`.
    public let jwk: String
}
