extension Duration {
    /// Whole nanoseconds; about 146 years at most, so that the present can be added.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isTooLong || isOver ? Int64.max / 2 : min(sum, Int64.max / 2)
    }
}
