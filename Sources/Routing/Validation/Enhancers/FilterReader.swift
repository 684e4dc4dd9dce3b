import MessageWire

/// Understands the options of the exception filters.
struct FilterReader {
    /// The filters that there are, by the names they have in the file.
    enum Kind: String, CaseIterable {
        case rpcToProblem = "RpcToProblem"
        case mapError = "MapError"
    }

    let sink: DiagnosticSink

    func read(_ kind: Kind, _ reader: MappingReader) -> FilterSettings? {
        let errors = ErrorsReader(sink: sink)
        switch kind {
        case .rpcToProblem:
            return .rpcToProblem(
                statusFrom: reader.texts("statusFrom").map { $0.map(\.text) },
                map: reader.take("map").map { errors.map($0) } ?? [:],
                otherwise: reader.take("otherwise").flatMap { sink.integer($0, named: "otherwise", in: 400...599) })
        case .mapError:
            let isEmpty = reader.remaining.isEmpty
            let cases = errors.cases(reader)
            if isEmpty {
                sink.error(
                    reader.place, "\"MapError\" needs a status and when it applies: { 409: { when: { code: TAKEN } } }")
            }
            return cases.isEmpty ? nil : .mapError(cases)
        }
    }
}
