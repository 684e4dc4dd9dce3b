extension DecimalNumber {
    /// Whether this is an integer times `divisor`, exactly. The divisor must not be zero.
    ///
    /// The divisor's digits are the schema's to pay for; this number's digits are read once.
    func isMultiple(of divisor: DecimalNumber) -> Bool {
        guard !isZero else { return true }
        // Neither number ends in zeros, so a finer last place can never be a multiple.
        guard exponent >= divisor.exponent, !divisor.isZero else { return false }
        // More tens than the divisor has factors of 2 and 5 change nothing.
        let tens = min(exponent - divisor.exponent, 4 * divisor.digitCount)
        return divisor.digits.isEmpty
            ? isMultiple(ofSmall: divisor.mantissa, tens: tens) : isMultiple(ofLarge: divisor.digits, tens: tens)
    }

    private func isMultiple(ofSmall divisor: UInt64, tens: Int) -> Bool {
        var rest: UInt64 = 0
        if digits.isEmpty {
            rest = mantissa % divisor
        } else {
            for digit in digits { rest = (rest * 10 + UInt64(digit)) % divisor }
        }
        for _ in 0..<tens where rest != 0 { rest = rest * 10 % divisor }
        return rest == 0
    }

    /// Long division, digit by digit.
    private func isMultiple(ofLarge divisor: [UInt8], tens: Int) -> Bool {
        // One digit longer than the divisor, as the rest times ten is.
        let divisor = [0] + divisor
        var rest = [UInt8](repeating: 0, count: divisor.count)
        for index in 0..<(digitCount + tens) {
            rest.removeFirst()
            rest.append(digit(index))
            while !rest.lexicographicallyPrecedes(divisor) { Self.subtract(divisor, from: &rest) }
        }
        return rest.allSatisfy { $0 == 0 }
    }

    /// Subtracts digits of the same number, the result being at least zero.
    private static func subtract(_ digits: [UInt8], from rest: inout [UInt8]) {
        var borrow: UInt8 = 0
        for index in rest.indices.reversed() {
            let taken = digits[index] + borrow
            borrow = rest[index] < taken ? 1 : 0
            rest[index] = rest[index] + borrow * 10 - taken
        }
    }
}
