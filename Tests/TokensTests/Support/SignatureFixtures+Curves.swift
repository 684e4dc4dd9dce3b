@testable import Tokens

extension SignatureFixtures {
    /// What must be refused: ECDSA and EdDSA.
    static let badCurves: [SignatureFixture] = [
        SignatureFixture(
            "ES256: DER", .p256, .ES256,
            """
            MEQCIB6NL34u4sohEaKO3P7rT8n0PV-_gUNitoXf9MmGP1EBAiBYNZlNuZ-OY78A1sRUi9k-1bHk4Yn1roySGtFjA4BpAQ
            """),
        SignatureFixture(
            "ES256: s and r changed over", .p256, .ES256,
            """
            WDWZTbmfjmO_ANbEVIvZPtWx5OGJ9a6MkhrRYwOAaQEejS9-LuLKIRGijtz-60_J9D1fv4FDYraF3_TJhj9RAQ
            """),
        SignatureFixture(
            "ES256: hashed otherwise", .p256, .ES256,
            """
            WCCke0Ypm1REeCYGHGK5EzNu0iBQAYIxd_-hpZ6BSiFzRTJsVypzh80tnuqnqAqlBaqYypenSt_JTu8Qm7aYPA
            """),
        SignatureFixture(
            "ES256: a zero in front of each number", .p256, .ES256,
            """
            AB6NL34u4sohEaKO3P7rT8n0PV-_gUNitoXf9MmGP1EBAFg1mU25n45jvwDWxFSL2T7VseThifWujJIa0WMDgGkB
            """),
        SignatureFixture(
            "ES384: DER", .p384, .ES384,
            """
            MGUCMQChaX39ofLdwGGv0bXG1_5ISiBrQ6PA-g7dGzbmYbajoWAV1St-GWlJoIoW2tNIR50CMBuQk3D7FFDUmm7crGzP8yMi\
            4k5vZ112CmojHmfwhy-psHP7qp8ZENwgUpJLgYnlEw
            """),
        SignatureFixture(
            "ES384: s and r changed over", .p384, .ES384,
            """
            G5CTcPsUUNSabtysbM_zIyLiTm9nXXYKaiMeZ_CHL6mwc_uqnxkQ3CBSkkuBieUToWl9_aHy3cBhr9G1xtf-SEoga0OjwPoO\
            3Rs25mG2o6FgFdUrfhlpSaCKFtrTSEed
            """),
        SignatureFixture(
            "ES384: hashed otherwise", .p384, .ES384,
            """
            eTc-jzIhIku7TCqt12HiDyN7IlBlhAlWq3JirDuKvTAYcKENqU3PFIioBp86V0hgqKhoF5ESJcxItfG-sHx_FnftMwv8mGgj\
            nLhAFFqKn8ttaOx3lg5Ar21sxlO1xcoh
            """),
        SignatureFixture(
            "ES384: a zero in front of each number", .p384, .ES384,
            """
            AKFpff2h8t3AYa_RtcbX_khKIGtDo8D6Dt0bNuZhtqOhYBXVK34ZaUmgihba00hHnQAbkJNw-xRQ1Jpu3Kxsz_MjIuJOb2dd\
            dgpqIx5n8IcvqbBz-6qfGRDcIFKSS4GJ5RM
            """),
        SignatureFixture(
            "ES512: DER", .p521, .ES512,
            """
            MIGHAkIA036_CWxQ1kofPfOCXJq4cMc4V0Q8Zv1FP2metW9DkWbDWFKtHyCqgjhNZvztkjtY-jI2F-gWf7t9F90RSZ3K3xQC\
            QSPR1gBqWt25rNprTDq66_x6Pj9BVxzcaMbWm-ZdSD1DCU7X4kdC65KUQWZZKv8XVjLXdZL74hS8KH1voZU7Dpam
            """),
        SignatureFixture(
            "ES512: s and r changed over", .p521, .ES512,
            """
            ACPR1gBqWt25rNprTDq66_x6Pj9BVxzcaMbWm-ZdSD1DCU7X4kdC65KUQWZZKv8XVjLXdZL74hS8KH1voZU7DpamANN-vwls\
            UNZKHz3zglyauHDHOFdEPGb9RT9pnrVvQ5Fmw1hSrR8gqoI4TWb87ZI7WPoyNhfoFn-7fRfdEUmdyt8U
            """),
        SignatureFixture(
            "ES512: hashed otherwise", .p521, .ES512,
            """
            AIT7XxqdQ0FNcsFYNtvPbPnNFc1GLo0eoJAoyLN3zt9Y_BMFCj46h-waLCjhsC7mcMbaFwObvYGc0yhZHcBIDxuNAZCMAsEh\
            mYwcCaCB2mIW19uAvzkQINf1fbkh9yDA-vWUYLnKthx3e3JWqPn4d9W4cxmiP_WeCd5DIklCnQ2-MXXs
            """),
        SignatureFixture(
            "ES512: a zero in front of each number", .p521, .ES512,
            """
            AADTfr8JbFDWSh8984JcmrhwxzhXRDxm_UU_aZ61b0ORZsNYUq0fIKqCOE1m_O2SO1j6MjYX6BZ_u30X3RFJncrfFAAAI9HW\
            AGpa3bms2mtMOrrr_Ho-P0FXHNxoxtab5l1IPUMJTtfiR0LrkpRBZlkq_xdWMtd1kvviFLwofW-hlTsOlqY
            """),
        SignatureFixture(
            "ES256: by another key", .p256, .ES256,
            """
            mL5rP7d9eUsTmLIw3c0Dcn3UYwrljd_4EOzw5xGt3tja6KIVlztdD7Q2Hg7KxQyWZEndyvwoR9e_cm3PhI8-Gg
            """),
        SignatureFixture(
            "ES256: a key on P-384", .p256, .ES256,
            """
            Ic5Wg-fekDtHQmMIGkX-BUFQ2-AgAv0AK8c1xXdOfH-1BN1waairy53WSVPXst2S4zKRo1c5AFWgQiPvavV716rt5sXOTLwe\
            pTPtT5z9Phg9lTyH5H-Gj1c6YYNMmRIU
            """),
        SignatureFixture(
            "ES256: minus r", .p256, .ES256,
            """
            1tB6ZbykYI5R1TlKVXFDRF62gVoQoXZ4MridZIyk4rWGncDzBEu71_uGaP18YvPFrNTiAwkRIrrofvcn_gB50A
            """),
        SignatureFixture(
            "EdDSA: S plus L", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kIhoKCR28DGgyySAARAQBEnBaGQNBe46npgsM5GTSrMFg
            """),
        SignatureFixture(
            "EdDSA: the high bit of S", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kI0zKo0wV20K1b1CGFhRjISBaGQNBe46npgsM5GTSrMhg
            """),
        SignatureFixture(
            "EdDSA: S is zero", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            """),
        SignatureFixture(
            "EdDSA: S is L", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kLt0_VcGmMSWNac96Le-d4UAAAAAAAAAAAAAAAAAAAAEA
            """),
        SignatureFixture(
            "EdDSA: zeros", .ed25519, .EdDSA,
            """
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            """),
        SignatureFixture(
            "EdDSA: the identity", .ed25519, .EdDSA,
            """
            AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            """),
        SignatureFixture(
            "EdDSA: halves changed over", .ed25519, .EdDSA,
            """
            NMyqNMFdtCtW9QhhYUYyEgWhkDQXuOp6YLDORk0qzAY_xk5SLhGhbCQ_lhoPz-0Sg23jnocKt4ZKlsqrFnH2Qg
            """),
        SignatureFixture(
            "EdDSA: backwards", .ed25519, .EdDSA,
            """
            BswqTUbOsGB66rgXNJChBRIyRmFhCPVWK7RdwTSqzDRC9nEWq8qWSoa3Coee422DEu3PDxqWPyRsoREuUk7GPw
            """),
        SignatureFixture(
            "EdDSA: the sign of R", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9sI0zKo0wV20K1b1CGFhRjISBaGQNBe46npgsM5GTSrMBg
            """),
        SignatureFixture(
            "EdDSA: of a hash", .ed25519, .EdDSA,
            """
            gN9abLbhjh0UQcCq2nCQMmkIqypb_h8fXjKaDcvtt5iZ_cECfDjV1MTUYGaaoygK3jW5ZaJb-Jhq6ZbtbI9SCQ
            """),
        SignatureFixture(
            "EdDSA: with the hash behind", .ed25519, .EdDSA,
            """
            P8ZOUi4RoWwkP5YaD8_tEoNt456HCreGSpbKqxZx9kI0zKo0wV20K1b1CGFhRjISBaGQNBe46npgsM5GTSrMBgA
            """),
    ]
}
