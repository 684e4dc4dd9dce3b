@testable import Tokens

extension SignatureFixtures {
    /// What must be refused: RSA.
    static let badRSA: [SignatureFixture] = [
        SignatureFixture(
            "PKCS #1: no NULL in the digest info", .rsa, .RS256,
            """
            JVVYI-jHUMtORU7W7DaWOKe0Fs6CrHO76P0Rt5AI-Yq1myDt7ADv6FqDmdZeywerAKGzAv8gDUUnmSMlR71T_awdp2u0b5Md\
            s5skOOkGVelUZ3aCwq6QmhAWdKw5mU4w-5NO06ojlA-JL20p732VTdTllXPtbREplkTt6gJnk9sqDIYKRPpAMHPEJNa3tbZ-\
            2u5Li2VnXebFG3Jsxn_gU7K0esRyc_h4vxgShKCb9ZZlCc8Q14EJQlpnY4aNFb72QrjNlo2p8j37k0xX1jzu2EUJNtFPuJV6\
            v_v2URSa5GCZUYqU6ti6nR_GtpoFDlMY94gKYyapatOpYTnBqepdcw
            """),
        SignatureFixture(
            "PKCS #1: digest info of SHA-512 with a hash of SHA-256", .rsa, .RS256,
            """
            BRcBiWd7JiN6XZx3r8bQ_cDTIZFmoRsD4M_cXAIuaGBUoN4kdPicjggvuBySJEWvCmvwaWPxJK87vMsMppnSVOfbzhlG3dXT\
            jDCodzeCoZz0G28HXltvYMWuiH6gSZPACjZniEX1Hi5tBJiZg9YaD7oZ_MTYQbvarVUKgDto5_wogtEeF3-AyN75Ai4UV6Dj\
            2YByomPIpXvYKM_feRqc5eUlOmhcc9Bo5tEV7FTI5oYY2Zw9nkqpeBtkWxiK9D9ZaS2qmnsPUC11TrfKNgI2GbHvT-BTeBEQ\
            GKo_xLcakXkiWBY1WnGIImFQA94_cLzvlwQBULgNK01rLPrhg3CIFQ
            """),
        SignatureFixture(
            "PKCS #1: a hash of SHA-1", .rsa, .RS256,
            """
            CXMGQjX3IHKUTxb29l0P8pb73islgrDm2lx9fP7b5MONmmiBMjs4jU7Lu-XVKXHqTXaSdfSDlFwnN-O0WcmIQo8X3QnlKmH0\
            jBQ19bZE37ei7ZQdYBGn2AKkAlPeuiyF0_ztuz_YbCiX_IT2GqWwzvrMFfOkvaWFw-9hwl6oCcbx9eWy86KqxzG6b-mLZKw7\
            QQI4e3QkQam5lQBvvlRni0XNlKmESOZ8uu91CApGdhR_adypcuVBd4M7laC4mZetow3woZhLFvHWHW8CQI6E6u3zuGeEoKJt\
            jdHYwl44pLEqYx1VUxqqMdeIlkQMEbdYwsRkcs98bcFGyyQjOZTPjQ
            """),
        SignatureFixture(
            "PKCS #1: the hash alone", .rsa, .RS256,
            """
            wVEc2-uSemoXuZGxwYN4fQvP0Gbn9b5FrG1mqM9RMSRPr4fU2GqX0IYbttBRJXUVim3WbQ0M0fbgNTqhFEMZcuNV35dGFfUd\
            U6jHc3IBx1YW0QNA12rQbCJkkuwoa6OBiRLq1zHU3TlAZWTnI2TVq0DB1tak0Ef4YSo8Z4XpdBHjDNu89eZhMY6y575eKj4_\
            Yv-WqGNBu-U6NPEpQHIStxIKOWHP43KohsZHjWqrV3GbGK9rRfrBkCU0n2HlL0mgYlmiCB-ChVqrQr9k4YXYqM-9c-TMcPto\
            OJMpzsk-2RXfVcxmstjVtRqV7UuKI2iWLZhekYMFZSAoi4fKTvwAvw
            """),
        SignatureFixture(
            "PKCS #1: block type 2", .rsa, .RS256,
            """
            G2S7FzGhszvh7gQTmRGlvYEXWakdYJ15v0dNS95DmE8AvrTfpk3USzwko0R5AY8Xosd05IdQb_W3yIC0pFYQNQH8ujNYK_fu\
            zn6xNNqeaZ8b1wC67MXAJQLJzLtQF0muJkrWwB-Ad8AHhso3iSW9kHoCdz_mF_PElyqS-PXz-2pbRheBFIowJTd25JbQOkK4\
            gEVjiBla_1pRtl7jiqIoDqGpory9wMzYSnJ4WXCyVSV1YtqBbEGj3mDDMfor_6AS_FJ3aw8sMOSjgWLuS14V0SSkV7XT-y11\
            4ffADG-XXTQ2Sa8GA259k4JIkXIGIYWilVqSXJuQv5XsKD-kOWNN8A
            """),
        SignatureFixture(
            "PKCS #1: padding of zeros", .rsa, .RS256,
            """
            fAm_itdBg3JTCGX2rNPy1M27j6vI5UXguewFu3LpDKTqblaq5s4IJTUbcfdjCXn-3sbyFXhgMjjxwVA-5I301BpNClt5S9wA\
            Fy49atV2QXxl1cUppsSA7EnoJcXdEE-GkcpwP1RRADAsKVzY5NW507kxp4ZLVJuAc4qmAzPAQ30g2OUBiCo6xdqPhmRZHgdv\
            4gEUUX7Ixklmp6SlPDKJAvluO1bReXxJsN53FRDXpYZuq7D4x_H9e5exv1B3Wf8f3VAzbJQk38xtyAn_oJXYF2W57W7jAOcD\
            0DrkUcxv2fyyX4_CJuXioDR2d-9TuolLUPBa38W9tQzv6BgX43C1lw
            """),
        SignatureFixture(
            "PKCS #1: short padding with something behind the hash", .rsa, .RS256,
            """
            md4uepxUJx0Vi1IRm7-Zgdnlom3nYXNBDPfp0EkHvPUHAO-eVGDeba1jYHF-LOvLRvywUq7f24Si6BkkoeZDSJIM59npfJwY\
            IA99QqhwDXGHnGwGPbSt0JyaNeJIPZGFpWGCF92wj-UfFacvi8jdozxr_YPvMUr_IXyPCYDWM6MbiJd4O59vTIipIekmLWBP\
            IisOrws-DmyJnD6IzQvDTAcrnZlAf77AULOzbMLkt__a44Xs23N5GAmrz-0EF5vItbrWLj1vhzOldR4YRxfgnWzFD8HPNKVi\
            1LQH5rnEh5M9k_vFe6oQIS8jX3Mh9qNLwC7_L8qQKmcwYkf9deGR2A
            """),
        SignatureFixture(
            "PKCS #1: a length in the long form", .rsa, .RS256,
            """
            v4ihwbifMaYjK5rMIr3f5Tbpw75MfZfKRSVdgM66BnxtWNeNxSP0OTVsPAs5UAXA1Thh0VFZi9qKRyNj7cQeAfdbmlFOT9Ae\
            kuoUQ7-mEMuZ2jxhfaUQ0eFMFu4K2k9nBIijbFl9o-LwPB5xaU70plfFmtm6rLMdMcGHqFKMDF80oon-v9L8dl1hkf2QUGQK\
            NBHdTmYDz4MEl-jX2XMm4DLkRHgO9Fe3TsD5l_bTGyIcaYsdVViqaW0ls423Ho17Ax3PUckifOl3DDsz-Gv1Pw1asQtk1RaU\
            3TMX-ewE5xDW_KIu2XWiuStultT0bXe36X9WlLxe4gdlD5NeHBCwew
            """),
        SignatureFixture(
            "PKCS #1: something inside the digest info", .rsa, .RS256,
            """
            dQrfumpfe-y1kK3lEuvxO-anv6Yv-psHhI-V_uEjxxxt-vbszqnmQHF_hPH08mFTJqZac4PJMTmeYXvmYqGl1HOCHL_2M7Fb\
            -J1iRxPhqeU3HUnRM0OQ4czoA8nIAju5aDwAXQdQQEtD_bs-RhlLOTWyg4m1cj4YPMAJ0M2fH_T0mF8iX_xqaxOVdlStXU0J\
            p9R5C7l3kaXduanP4Q3_Wf__pB-xSnD463-gGCkS7B8hn487HP7GnfM6PTQ13JJ2dVYsIknD4jB-JteyyJWxNHVDfHblg9BP\
            0HAG0DuPdRkn46KlYajijZWw8omDKhBdpmgSCCzjqBjrSmQIsT3SPg
            """),
        SignatureFixture(
            "PKCS #1: padding that does not start with zero", .rsa, .RS256,
            """
            N1ygqGqf72S6_jBIhf4UE-LQPjleidvid7__TCISH_KVKmAK7JuLTbiqJYXBpbI_otpQ0DEpuW7QqXGbAbtAiGjhEi051x_0\
            50V8LlE0QINgeAX50IAVKx_6LN8ZMjdLLaB9BO3SD9VSbdmOeilGVQnqgdtjQLtSy47DJ6R8adHd-m8PGfTaVu4lDR1Vy2bn\
            q0dcKYB_PlIublm35tnM5GI7rAC0NJWJrfEuWj3T5abLPGoAZARoa_0cBWOL-3WHRSnWqw52gupwngqUYbEJrTI0__p932Hh\
            wTzfsRgcGQBolle_NtK3LTf9udxCtEMTzQZesStBQcfsn8d9G9ABfw
            """),
        SignatureFixture(
            "RSA: the signature plus the modulus, 257 bytes", .rsa, .RS256,
            """
            APwgR91P-9AJMDlexdlBCLle9M5mYa9KrdiK5fw8T3uC-Uwyc_2hge98s2IQQOpJr4jwZEkr2C2al4JzuEujMqJv8O5kK9qz\
            VQqV0CZoX6nM3u56tozRy84zrVTaBmotw8u01lQZdFWZ-c2-y7lUnEEtC5DEAMOzPfja58V1_Ph5Dr0IVGNRBFZxlTe9mVBt\
            EKtu_bg6JhP7gYTUmGqkaYHdimwjJpS9GHDHqGcfnQAlMsJHmVWv25OMtFHnYVAwMop9JbHHgeQit1ObhltBPRkRJc12ICrB\
            V8Jp4OWehxmNfAcrgVMRwwaMriSMuRBPmw5QYUh_ndeIMZ4Xqkj0rKc
            """),
        SignatureFixture(
            "RSA: zero", .rsa, .RS256,
            """
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            """),
        SignatureFixture(
            "RSA: one", .rsa, .RS256,
            """
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ
            """),
        SignatureFixture(
            "RSA: the modulus", .rsa, .RS256,
            """
            xoi2-NVfU5QiHl0T0Chz7bD62grkaTwePjOVovo63A5J6DBdAHMrVr_JICfo0niHtF36l33ZmhQ-QrlPHYKFCIZSS67Plh5z\
            r8PH7jwiqs1260ZyZ6KFd00UJmNfMtybETsQmBWSvCtn_nrQE-KZR8NaMwOXtQ68MxWhKgh0QgKG1c3R-JlAWoKncZ38C4ux\
            DrcGpqqVZcXODss96BTe9objCvUQXc4KukWfFCDC6ns6JyRyQ4FM58ZQ1sO_PQKOzVeJP0VbOiCgaHw3_fx5og7niV7KCs0w\
            FThf51f1H8VuEDdkfuxxDYrjlEizPCyjwBeDUfQqNszNeX9fRRTD_Q
            """),
        SignatureFixture(
            "RSA: the modulus less one", .rsa, .RS256,
            """
            xoi2-NVfU5QiHl0T0Chz7bD62grkaTwePjOVovo63A5J6DBdAHMrVr_JICfo0niHtF36l33ZmhQ-QrlPHYKFCIZSS67Plh5z\
            r8PH7jwiqs1260ZyZ6KFd00UJmNfMtybETsQmBWSvCtn_nrQE-KZR8NaMwOXtQ68MxWhKgh0QgKG1c3R-JlAWoKncZ38C4ux\
            DrcGpqqVZcXODss96BTe9objCvUQXc4KukWfFCDC6ns6JyRyQ4FM58ZQ1sO_PQKOzVeJP0VbOiCgaHw3_fx5og7niV7KCs0w\
            FThf51f1H8VuEDdkfuxxDYrjlEizPCyjwBeDUfQqNszNeX9fRRTD_A
            """),
        SignatureFixture(
            "RSA: a zero in front", .rsa, .RS256,
            """
            ADWXkOR6nHx1DhsBsgkYlMut-fRbfUYOj5pXUFlCFJ90r2QCFv0uVpi86kHoWBfRJ9SSabGt_pOGWT-6aS4grZnpnqK1XESU\
            4VrSCDgsPP7_aAM0RCUvRlbmmS52pzdRKLp5xbwD4Zlukc9D-6VyAvlpsV3AaQ6kgcXFRpttiLZ2h-c6gmq3w_vu7cYfnUTh\
            X5y39xGPkK41s3YJWoKPiotWp2EuFjbvDbaCCVL-2hWp-JsjJxIujqvGY3sjohMto70lnHKCJqoCFusfTl1Ew3cCPkQXVh_0\
            J60xgP5GkfnIDfb0HNQlUfkBypBEBdQi90443faLc6C7ZCSYSwPf6Ko
            """),
        SignatureFixture(
            "RSA: a zero behind", .rsa, .RS256,
            """
            NZeQ5HqcfHUOGwGyCRiUy6359Ft9Rg6PmldQWUIUn3SvZAIW_S5WmLzqQehYF9En1JJpsa3-k4ZZP7ppLiCtmemeorVcRJTh\
            WtIIOCw8_v9oAzREJS9GVuaZLnanN1EounnFvAPhmW6Rz0P7pXIC-WmxXcBpDqSBxcVGm22ItnaH5zqCarfD--7txh-dROFf\
            nLf3EY-QrjWzdglago-Ki1anYS4WNu8NtoIJUv7aFan4myMnEi6Oq8ZjeyOiEy2jvSWccoImqgIW6x9OXUTDdwI-RBdWH_Qn\
            rTGA_kaR-cgN9vQc1CVR-QHKkEQF1CL3Tjjd9otzoLtkJJhLA9_oqgA
            """),
        SignatureFixture(
            "RSA: a signature of PSS", .rsa, .RS256,
            """
            lOShwfmZrRdvuPrpe-P625WWU0gUdZs1RLY7luQLx94AmGNeTP-hJJSTDye5lzATBME-6PnNjtUBaDb0aKjYDNG6xe9VnvqN\
            WL9WD447f9cIGWIKviKLh1v9qVkzoYZsLphWzxcVofcD10oe69zTerI5s3mFWLNx3Cz6z0mJpPVQVB-5Ib1Z1E4xqkjkjuym\
            7uVVIE5z3ln-X4trZ9dYttWCgun-q_lynexMg4VWfO6QejKWbsaBuXgpP18jfqDVVTSTGfl1TmKdJXJQBrNJyegwydiqc673\
            Tk6X9E5SwSarqsWw9kHRhOL6ZWFgWLHlH0yBOVcfIrzCnFKuFgMGaQ
            """),
        SignatureFixture(
            "RSA: by another key", .rsa, .RS256,
            """
            U6HpmEsfPab311ztYkm51ZtQj3kux9YTKWEtvzE3dSZrEeLujzOmpNT4C1WEeuFxOmrMQdAP0MB2EewD-03tAVJ5ZW58tu5s\
            oLvz6JO0S0iszmhebgHUzi5aQ6Afh9vSt_M0Aa4M8-G42951Lx9Lf0wM1cRAYaoT9pdq7mEHlujFJfLwFUR1Ns2DmMuDztww\
            Yls32WRZTmTfvCzJoud1iCSL-Iy4d79nhwNJcvQy98cjunGTHFYfIboBUEj7VBcK7tkqxtC_H-N_BfHkpe_bwLTqV1clBIZ9\
            _6gTErukq59qqT2PbdRnI3QKW0tIA0mMK0LkjaTGcfyzlueypT7TXA
            """),
        SignatureFixture(
            "PSS: no salt", .rsa, .PS256,
            """
            T4a5_sUKcwzKVrI9IBspwgYoWu12woPRECKHpglGMfcEx4EegdnMjiv9JhAWsx3N8MRFOpmSxtYGnhOeXk8A_wQcakhRBbiG\
            kYXCD8EHr72xE-5FvYHK45xahzYBEnLSK9BQCZ8yKMXytFuwhiTxfa6s6P185B-zR4qqqEEx_Nd2g_uLPC8H5WAW5ltkd9rO\
            O3xdgXkWyun1zxZHEG1SZApMxttDgf0RlKI0MeVMe8qwjbnSEoTpG1jr93YUR7JeeapvrkrDQ4g8MsW94Yt8gx9oxiKngiBH\
            r7bxIW-7dAF7bhLvLatAuAgv6oaBtxFi_FR6sGMmA83bBdarhZ-b-Q
            """),
        SignatureFixture(
            "PSS: a salt of 20 bytes", .rsa, .PS256,
            """
            cXHOIbhOVK0GLbQopD11A36ffTrZDZ-dASL076vfUD-wX9xVntsA-E02pWQVKc_cFSyKcSQsRiD5Ce8bxOuFqdDzLvB08ate\
            U-Cus7_BKt2QDJezL38577qKlQl-c1VJrMc0VtiJ1yfO38kJQI_gNksYT-q23CZqbdxOi8ADTXY_IRoYU2XuOGrA7wIWeKOs\
            0Ypi-Nc0MvX6m3xHbCw8MFHU_6wJSlc-leO6HV-8DZ8d5fuqo0_kjEKaPNXp-YUMBPm7bll0myMcCFVJktQq4qrB8JR2aA8y\
            whekP8xjEY2rreapnFYDGGtdtzda_Qcj8ULKunSZ3ZoCFf0INcAQag
            """),
        SignatureFixture(
            "PSS: the longest salt", .rsa, .PS256,
            """
            JoY9PPnUtKaJAY5Vq5-ZOA82fFwZJumLMzea2v88ptnmR6v1ZI6-6RIpLKuX6XYbxbZ6rrWcUkxAFhXEdyGc5viMQekgE7Xu\
            LhYvxEofVJ5045CYdTGrPr2NovEp3aPSVcCvsUKeyAQLqQiIzrB3JT6d95Hr0-x2dqr8oczdJLcul2ZQpo58ogkQIhhxKK8-\
            9D7hErJy-A-GPsSw-KvG3D6UYRtAexgek0j-D3Od7DIp92o6r5eFzByEZ3I4RwTR-4_rD-tNEsqVJIdn4rFfz_lnj5KOy-qr\
            Jj_kFTUw3TSC4GZQRdt8SL853el7cDLOW94kx7KHrYAoDwHbU1WQSw
            """),
        SignatureFixture(
            "PSS: another hash in the mask", .rsa, .PS256,
            """
            PNiWwJqwqTJPWiOnxU_uVax1RCrO6qKZeWbsvueeLTfX_9pz5tSV0m9BTeP2MNTFyzuRwbW_BnEQwHliKKFHqqx9bvc7W9YC\
            P2aulCZq8CT2RmAMgecy1ntwqDlF_PSZr54kw1cv5z4C0XLVb2ryz6ZYNYv7320XvGMPeJJxT2FWSh_1o0JXdESXa3gVfhkD\
            B2BGGUMmeJDxifZhSDaFpFvGkVMlqYK_5WVa8AA3wGU626INF0xL-VgjQawKLxwKzOyGuWxOqIZD8xWPMaFlIRjr-AC6xcQg\
            bnE9ZrycRj9mILfs6r5wlGgIV4epwh0efhJByxH8V5K_Ehbf8x5Pvw
            """),
        SignatureFixture(
            "PSS: another hash", .rsa, .PS256,
            """
            bw44IFNZO8UNDaZ4g_fi1NzwPFZDDsuggyw62jplm-9m5kunXPq7gFRaJj3DVJRcPYlrcP2l0m8NQVOswppCXISwEvJZIsFn\
            1aahDUHUVv_esyVtN8kasOvYobOJjirMjLRxi2uiQcFqNh4coReUDrlpHfDXc5qE04onCcZ0P8iNii3elvR0f4_EXIMLOgKM\
            V19ZoY13gaIaFs3YQK19Bod50m4R5Pphv7QNpYuWd04VMCyHfmbfkKXr26TrD30g-DdFD7CcXNV3C37yK8tjKAc_flgKFEZO\
            eypI_xhf0Tj0m9SYVAVV0Uu6PVykt5_ZJLLKUd4Cnr7s0vF_f8d5Tg
            """),
        SignatureFixture(
            "PSS: a signature of PKCS #1", .rsa, .PS256,
            """
            GvOp62lfKWci4-ac1xX2xS2xJePqGK0f6gW46FEksi2k9mdDLdRrJWxhmJIOnDx8xFBx_nGyQW2GZ1B2S1MClKMZSMYkAtWo\
            Y_TJ3QEgScc1ZC7s50A2BP40-Cc6Aiy1yBkZZw-FNoFrvBiPezyXR_tM7njVk_1qbN4vau2yubh52RYPrLcFlCZdPbACiys7\
            w7V_GaPdrgeRbyDokgg4E1291X5i3zyZ3sOGQn3FgY51EwxJ_j6XY40JU0d8LPkvDew7lMrfS2cdYONo4pHBFy__V2DASRMB\
            PaET0zRgIdrT-adSkb6ycu5x-Nd0yke4qHDqREAAbsUJBimNynJvEA
            """),
    ]
}
