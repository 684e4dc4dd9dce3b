/// The Unicode properties of `\p{…}`, as PCRE2 has them.
///
/// Spec: ECMA-262 §22.2.2.10, tables 67-70; UAX #44 (aliases of general categories)
enum UnicodeProperty {
    /// What stands inside of a PCRE2 class for a property such as `Lu`, `Script=Greek` or `Emoji`; nil if there is none.
    static func written(_ text: String) -> String? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, parts.allSatisfy({ isName($0) }) else { return nil }
        guard parts.count == 2, let value = parts.last else {
            if let category = category(String(first)) { return category }
            switch first {
            case "Any", "ASCII": return "\\p{\(first)}"
            case "Assigned": return "\\P{Cn}"
            default: return binary.contains(String(first)) ? "\\p{\(first)}" : nil
            }
        }
        switch first {
        case "gc", "General_Category": return category(String(value))
        case "sc", "Script": return "\\p{sc:\(value)}"
        case "scx", "Script_Extensions": return "\\p{scx:\(value)}"
        default: return nil
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    private static func category(_ name: String) -> String? {
        guard let short = shortNames[name] else { return nil }
        return short == "LC" ? "\\p{L&}" : "\\p{\(short)}"
    }

    private static let shortNames: [String: String] = {
        let table = """
            C Other|Cc Control cntrl|Cf Format|Cn Unassigned|Co Private_Use|Cs Surrogate|L Letter|LC Cased_Letter\
            |Ll Lowercase_Letter|Lm Modifier_Letter|Lo Other_Letter|Lt Titlecase_Letter|Lu Uppercase_Letter\
            |M Mark Combining_Mark|Mc Spacing_Mark|Me Enclosing_Mark|Mn Nonspacing_Mark|N Number\
            |Nd Decimal_Number digit|Nl Letter_Number|No Other_Number|P Punctuation punct|Pc Connector_Punctuation\
            |Pd Dash_Punctuation|Pe Close_Punctuation|Pf Final_Punctuation|Pi Initial_Punctuation\
            |Po Other_Punctuation|Ps Open_Punctuation|S Symbol|Sc Currency_Symbol|Sk Modifier_Symbol|Sm Math_Symbol\
            |So Other_Symbol|Z Separator|Zl Line_Separator|Zp Paragraph_Separator|Zs Space_Separator
            """
        var names: [String: String] = [:]
        for row in table.split(separator: "|") {
            let words = row.split(separator: " ").map(String.init)
            for word in words { names[word] = words[0] }
        }
        return names
    }()

    private static let binary = Set(
        """
        ASCII_Hex_Digit AHex Alphabetic Alpha Bidi_Control Bidi_C Bidi_Mirrored Bidi_M Case_Ignorable CI Cased \
        Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM Changes_When_Lowercased CWL \
        Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash Default_Ignorable_Code_Point DI Deprecated Dep \
        Diacritic Dia Emoji Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase Emoji_Presentation \
        EPres Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext Hex_Digit Hex \
        IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS Ideographic Ideo \
        Join_Control Join_C Logical_Order_Exception LOE Lowercase Lower Math Noncharacter_Code_Point NChar \
        Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical Regional_Indicator RI \
        Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Upper \
        Variation_Selector VS White_Space space XID_Continue XIDC XID_Start XIDS
        """.split(separator: " ").map(String.init))
}
