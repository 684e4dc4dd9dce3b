/// How letters join their neighbours in cursive scripts: a zero width non-joiner is allowed only where they would.
///
/// Of the scripts that join, Arabic and Syriac are known; in the others a non-joiner is refused unless a virama is
/// before it.
///
/// Spec: RFC 5892 appendix A.1; Unicode, ArabicShaping.txt
enum JoiningType {
    /// Whether `(Joining_Type:{L,D})(Joining_Type:T)* ZWNJ (Joining_Type:T)*(Joining_Type:{R,D})` is there.
    static func isBetweenJoining(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        guard let before = scalars[..<index].last(where: { !isTransparent($0) }), joinsNext(before),
            let after = scalars[(index + 1)...].first(where: { !isTransparent($0) })
        else { return false }
        return joins(after)
    }

    private static func isTransparent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
    }

    /// Letters that join at least the one before them.
    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.properties.generalCategory == .otherLetter else { return false }
        switch scalar.value {
        case 0x621, 0x674, 0x6D5: return scalar.value == 0x6D5
        case 0x620...0x64A, 0x66E...0x6D3, 0x6EE...0x6EF, 0x6FA...0x6FC, 0x6FF, 0x710...0x72F, 0x74D...0x77F,
            0x8A0...0x8AC, 0x8AE...0x8B4, 0x8B6...0x8C8:
            return true
        default: return false
        }
    }

    /// Letters that join both neighbours.
    private static func joinsNext(_ scalar: Unicode.Scalar) -> Bool {
        guard joins(scalar) else { return false }
        switch scalar.value {
        case 0x622...0x625, 0x627, 0x629, 0x62F...0x632, 0x648, 0x671...0x673, 0x675...0x677, 0x688...0x699, 0x6C0,
            0x6C3...0x6CB, 0x6CD, 0x6CF, 0x6D2...0x6D3, 0x6D5, 0x6EE...0x6EF, 0x710, 0x715...0x719, 0x71E, 0x728,
            0x72A, 0x72C, 0x72F, 0x74D, 0x759...0x75B, 0x76B...0x76C, 0x771, 0x773...0x774, 0x778...0x779,
            0x8AA...0x8AC, 0x8AE, 0x8B1...0x8B2, 0x8B9:
            return false
        default: return true
        }
    }
}
