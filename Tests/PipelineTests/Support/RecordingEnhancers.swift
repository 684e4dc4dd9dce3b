import MessageWire
import Pipeline
import TestSupport

/// What every recording enhancer does: says that it runs, and throws where it is told to.
struct Stage: Sendable {
    let name: String
    let recorder: Recorder
    /// The stage that throws.
    var failing: String?

    func pass(_ part: String = "") throws {
        let name = part.isEmpty ? name : name + " " + part
        recorder.note(name)
        if name == failing { throw RPCError(name) }
    }
}

struct RecordingGuard: Guard {
    let stage: Stage

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        try stage.pass()
        return true
    }
}

/// Notes what it does before, after, and with each value of a stream.
struct RecordingInterceptor: Interceptor {
    let stage: Stage

    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        try stage.pass("before")
        let result = try await next.handle()
        try stage.pass("after")
        guard result.isStream else { return result }
        return try await result.map { value in
            stage.recorder.note("\(stage.name) value \(value.serialized())")
            return value
        }
    }
}

struct RecordingPipe: PipeTransform {
    let stage: Stage

    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        try stage.pass()
        return value
    }
}

/// Passes, unless its name is that of the filter which handles.
struct RecordingFilter: ExceptionFilter {
    let stage: Stage
    var handling: String?

    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        try stage.pass()
        return stage.name == handling ? .value(.string("handled by " + stage.name)) : nil
    }
}

extension Enhancers {
    /// Every list filled twice.
    static func recording(
        _ scope: String, _ recorder: Recorder, failing: String? = nil, handling: String? = nil
    ) -> Enhancers {
        func stages(_ kind: String) -> [Stage] {
            (1...2).map { Stage(name: "\(scope) \(kind) \($0)", recorder: recorder, failing: failing) }
        }
        return Enhancers(
            guards: stages("guard").map { RecordingGuard(stage: $0) },
            interceptors: stages("interceptor").map { RecordingInterceptor(stage: $0) },
            pipes: stages("pipe").map { RecordingPipe(stage: $0) },
            filters: stages("filter").map { RecordingFilter(stage: $0, handling: handling) })
    }
}
