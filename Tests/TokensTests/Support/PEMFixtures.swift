/// Keys in PEM, made with OpenSSL.
enum PEMFixtures {
    /// RSAPublicKey of `TestKeys.rsa`.
    static let rsaPKCS1 = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAxoi2+NVfU5QiHl0T0Chz7bD62grkaTwePjOVovo63A5J6DBdAHMr
        Vr/JICfo0niHtF36l33ZmhQ+QrlPHYKFCIZSS67Plh5zr8PH7jwiqs1260ZyZ6KF
        d00UJmNfMtybETsQmBWSvCtn/nrQE+KZR8NaMwOXtQ68MxWhKgh0QgKG1c3R+JlA
        WoKncZ38C4uxDrcGpqqVZcXODss96BTe9objCvUQXc4KukWfFCDC6ns6JyRyQ4FM
        58ZQ1sO/PQKOzVeJP0VbOiCgaHw3/fx5og7niV7KCs0wFThf51f1H8VuEDdkfuxx
        DYrjlEizPCyjwBeDUfQqNszNeX9fRRTD/QIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    /// A certificate of `TestKeys.rsa`.
    static let rsaCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIC/zCCAeegAwIBAgIUBN8EK2a/H7NujP4ETbCh28CXpakwDQYJKoZIhvcNAQEL
        BQAwDzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjgyMDA4MDFaFw0zNjExMjUyMDA4
        MDFaMA8xDTALBgNVBAMMBHRlc3QwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK
        AoIBAQDGiLb41V9TlCIeXRPQKHPtsPraCuRpPB4+M5Wi+jrcDknoMF0AcytWv8kg
        J+jSeIe0XfqXfdmaFD5CuU8dgoUIhlJLrs+WHnOvw8fuPCKqzXbrRnJnooV3TRQm
        Y18y3JsROxCYFZK8K2f+etAT4plHw1ozA5e1DrwzFaEqCHRCAobVzdH4mUBagqdx
        nfwLi7EOtwamqpVlxc4Oyz3oFN72huMK9RBdzgq6RZ8UIMLqezonJHJDgUznxlDW
        w789Ao7NV4k/RVs6IKBofDf9/HmiDueJXsoKzTAVOF/nV/UfxW4QN2R+7HENiuOU
        SLM8LKPAF4NR9Co2zM15f19FFMP9AgMBAAGjUzBRMB0GA1UdDgQWBBTfQPCjn/zG
        OjAN8g/GdeOo5cbIpjAfBgNVHSMEGDAWgBTfQPCjn/zGOjAN8g/GdeOo5cbIpjAP
        BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQCRhMsTRXQbe6ZGUvlN
        sC6inVU+uFLMB14dPC1ZhstXTvWOySDck/e3dKokfxRujSjdSjr0vkl+e2G2pIy/
        MIMstZ9BwePiEYeWpqewCNAJGKwAUhcFmA1ivjH8I1mMkDgVuayieO4EJ74xfNVd
        PftZXmzphK40tzXGdXlHLC1ItviKL3PQKarvouiyjHSAIaq8NEy/Wts9hgkPLMbj
        Kl3Ox+ZsBJstApfenMHGd83AWjbXe44fHjKtMzuD5dMNkDmHuMGqYxg55yyKFfou
        UgWw7o7YA/v/01OD3eLJ/Sg9n+6NDZgiISj/U6tDjCRWuQSvpcH6//g/L3fI7KxY
        mO5d
        -----END CERTIFICATE-----
        """

    /// A certificate of `TestKeys.p256`.
    static let p256Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdDCCARmgAwIBAgIUPcZuD7KMULWVzha3S774VExlLEowCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjgyMDA4MDFaFw0zNjExMjUyMDA4MDFa
        MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASt5ZVp
        H8MIuvcJzkdjvR1idVIikpuGTZqV1M8hJEJgON3y7OU7HGmP/4qJXkI5+fJ+lVeQ
        HVT21+isOeb+oFaAo1MwUTAdBgNVHQ4EFgQUzowIDHQjXrSPBmVjUjL48g2/CcYw
        HwYDVR0jBBgwFoAUzowIDHQjXrSPBmVjUjL48g2/CcYwDwYDVR0TAQH/BAUwAwEB
        /zAKBggqhkjOPQQDAgNJADBGAiEA5BXqaXWfi7xYXtpc3OAnWUMkPIN0mT+kKmOS
        fsaUXQ8CIQDApXHC4vuj22wHLbfvUzuji43mNK+EEx/lRLeDuxf/Ug==
        -----END CERTIFICATE-----
        """

    /// A certificate of `TestKeys.ed25519`.
    static let ed25519Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBMjCB5aADAgECAhRYN05+CKaAbIM67W2ayOo/mOAuzzAFBgMrZXAwDzENMAsG
        A1UEAwwEdGVzdDAeFw0yNjExMjgyMDA4MDFaFw0zNjExMjUyMDA4MDFaMA8xDTAL
        BgNVBAMMBHRlc3QwKjAFBgMrZXADIQA0Ll6tXYeWCy4fml9rkfc9mWYKpHLD4JWo
        0bOn8vDBJ6NTMFEwHQYDVR0OBBYEFOqnZL24WP2vNXSA19QOSYrkCYwqMB8GA1Ud
        IwQYMBaAFOqnZL24WP2vNXSA19QOSYrkCYwqMA8GA1UdEwEB/wQFMAMBAf8wBQYD
        K2VwA0EAitKWO34iICGo6xZJtr/syGauJg+hW7m9nNRGaj5ls4cXyeW+vkqTWpgI
        lj+66FsC4RtPjRQrsNHBkNZR265RCQ==
        -----END CERTIFICATE-----
        """

    /// Too weak.
    static let rsa1024 = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDS3Adf63G0IBIz0QoRXABVbPO6
        89Iz0GWuVQ6F1tWsu/y2CQJeScrtyAXEe19Ot7qepspYBgvq3+oi11TIv0ShTydI
        TKO8e+hhs9i0y1j/O9/ED65Y684U/ctHg9SjpIShYzn/xrsqeXBvPzIAf185fOTK
        CC7Fwh61fzDgniob1QIDAQAB
        -----END PUBLIC KEY-----
        """

    /// An RSA key that its identifier reserves for PSS.
    static let pss = """
        -----BEGIN PUBLIC KEY-----
        MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBANIq/lVN3Vfiw4RbPdBIPwAb
        1Zcq4RCe1EAIGJSBw7P4jsfzCQv7S90XasbQW+N6aDEV7E25PF6zRnkytn56PdTB
        pqVh5LjU+LMEp2m0gkz1vUPSGQb86etRlLBmRmncT6N+aobWy/2uZYop/ZBi6NE7
        qG4BN4HVCHJyBURhTzS9YdPtP3aJxXWffIwYfeVjKgJH6gC45l6BxzC4OIyc5s3L
        DK5Ezow0SPZV1EjtpxGD3SvEU0sBUd6nR4tdL75OzAHFE5DSfW6RbVr9xFc0CKan
        ZBI3/w73uBX5OfhdZswFOZ8cgW1WAxvkzFHmMHlQshi0qDu4u2DuALohrYVKkd8C
        AwEAAQ==
        -----END PUBLIC KEY-----
        """

    /// The same with parameters.
    static let pssWithParameters = """
        -----BEGIN PUBLIC KEY-----
        MIIBVjBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcN
        AQEIMA0GCWCGSAFlAwQCAQUAogMCASADggEPADCCAQoCggEBANT5IGmlT4MNNkAI
        hWgncPwGnOC2ZNWXICj+VVWWI4GgZKFjeRT6RKUH9d3xRwmvOos2a2Yp0ABkAAI5
        /1mFOQDKELHupllkt/yLxmA9jcsPrUw+6aeIc5LCF/dFREaXrYuDohtM6epmohaM
        4OpykNZdiRGuYKb215ADJpzSU3zdH3k9HXpCLJqCHS9znuR4DDdt0D9+IANnA0Yz
        4C9TUAI06tTj0EWN1Oid/4MF31PWvysbDqa7CNRhKVSbTO0v7UpMTcNChbmBM7x0
        wNqGr12sY9iw/cn2GbaqOIsuexA0pW94Nbz52SzF9pTOfcERC7mzn3bT8ptBt13Q
        ZMgHwVUCAwEAAQ==
        -----END PUBLIC KEY-----
        """

    /// A curve that no algorithm here uses.
    static let secp256k1 = """
        -----BEGIN PUBLIC KEY-----
        MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEhBhPAdD+H7I0ln0XstGZAaD2D6N2LXuo
        lDANvMpj4jdlNkXhVryGhBdF9kOBNFT1q6/fg+uBKm4U5OJlFTuLSQ==
        -----END PUBLIC KEY-----
        """

    /// A key for agreement, not for signatures.
    static let x25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VuAyEAz7kI/Huf7Ml/zU10xgU7Sw+KFK/OyVlxhZH1LEE9rSA=
        -----END PUBLIC KEY-----
        """

    /// Another curve of EdDSA.
    static let ed448 = """
        -----BEGIN PUBLIC KEY-----
        MEMwBQYDK2VxAzoAUa8hm2Mmch8R5XZ98JthD+KnECUxMTRePNi4MNTf/NWtHBo6
        lwJG2rp0On3hT9FQfg8qI4mgmUkA
        -----END PUBLIC KEY-----
        """

    /// `TestKeys.p256` with a compressed point.
    static let compressed = """
        -----BEGIN PUBLIC KEY-----
        MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACreWVaR/DCLr3Cc5HY70dYnVSIpKb
        hk2aldTPISRCYDg=
        -----END PUBLIC KEY-----
        """

    /// `TestKeys.p256` with the curve spelled out instead of named.
    static let explicit = """
        -----BEGIN PUBLIC KEY-----
        MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
        AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
        ///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
        NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
        RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
        //////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABK3llWkfwwi69wnOR2O9HWJ1
        UiKSm4ZNmpXUzyEkQmA43fLs5TscaY//ioleQjn58n6VV5AdVPbX6Kw55v6gVoA=
        -----END PUBLIC KEY-----
        """

    /// A private key in the writing of SEC 1, behind its parameters.
    static let ecPrivate = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEILV1Hev2IeFPsYuAzCykhsugHrCWku6hLkkAJjc3JvgcoAoGCCqGSM49
        AwEHoUQDQgAEreWVaR/DCLr3Cc5HY70dYnVSIpKbhk2aldTPISRCYDjd8uzlOxxp
        j/+KiV5COfnyfpVXkB1U9tforDnm/qBWgA==
        -----END EC PRIVATE KEY-----
        """

    /// An encrypted private key.
    static let encryptedPrivate = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgA/LbedIoxRAICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENlwL9k7rvzBm0DbZAI+nz0EgZAi
        ncnmCzaHi6CUrJPuLkZ+K4V/u46KjYHnoeYyUcsFhsY2NLehKKbzBWyxla8fep8p
        svw2+jCgmHKg44djKzg6z0+0ocAeYkTTD2gqbMwfqiflkNAqRDfTMpRN++3vXS32
        e92SxaCv2bUSvYmnjnyiNjCYAxpTYU9Uh+di6rsY/cjzPvNxyC5KGt+/UmtM/9g=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// A certificate request.
    static let request = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIHIMHECAQAwDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABK3llWkfwwi69wnOR2O9HWJ1UiKSm4ZNmpXUzyEkQmA43fLs5TscaY//iole
        Qjn58n6VV5AdVPbX6Kw55v6gVoCgADAKBggqhkjOPQQDAgNHADBEAiBmKnaGTxRe
        sOPGSqCriZMJ9trBp2kamtIRM8rFeVXR0wIgeFpaDSlaYSjJFEV+W5BPWYCsaHgE
        tpmmllO6WiB7SSE=
        -----END CERTIFICATE REQUEST-----
        """
}
