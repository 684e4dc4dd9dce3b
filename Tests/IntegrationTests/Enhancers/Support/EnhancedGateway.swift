import Logging
import MartletGateway
import TestSupport

/// A gateway with enhancers of a test's own, a service that answers whatever it is told to, and what both note.
struct EnhancedGateway {
    let recorder: Recorder
    let gateway: TestGateway
    private let service: Task<Void, any Error>

    /// Starts both; the service notes `packet` and its payload.
    ///
    /// - Parameters:
    ///   - routes: See ``TestGateway``.
    ///   - top: See ``TestGateway``.
    ///   - drain: See ``TestGateway``.
    ///   - recorder: Gets the notes, the gateway's log lines from errors on among them.
    ///   - answer: The service's answer to a packet; `nil` for none.
    ///   - register: Registers the test's enhancers.
    /// - Throws: What starting throws.
    init(
        routes: String, top: String = "", drain: String = "5s", recorder: Recorder = Recorder(),
        answer: @escaping @Sendable (_ packet: String, _ id: String) -> String? = { value("1", $1) },
        _ register: (inout EnhancerRegistry) -> Void
    ) async throws {
        let server = try await ScriptedServer()
        self.recorder = recorder
        service = answering(server) { packet, id in
            recorder.note("packet " + Packet.payload(packet))
            return answer(packet, id)
        }
        var enhancers = EnhancerRegistry()
        register(&enhancers)
        gateway = try await TestGateway(
            routes: routes, servicePorts: [server.port], top: top,
            files: [
                "number.json": #"{ "type": "object", "required": ["n"], "properties": { "n": { "type": "string" } } }"#
            ],
            enhancers: enhancers, log: RecordingLog(recorder: recorder), drain: drain)
    }

    /// The answer to a request on a connection of its own.
    func ask(_ request: String) async throws -> ParsedResponse? { try await gateway.exchange(request).first }

    /// How many packets the service got.
    var packets: Int { recorder.notes.count { $0.hasPrefix("packet ") } }

    func stop() async {
        await gateway.stop()
        service.cancel()
    }
}

/// Notes log lines.
struct RecordingLog: LogHandler {
    let recorder: Recorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.error

    init(recorder: Recorder) { self.recorder = recorder }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        recorder.note("log \(event.message) \(event.metadata.map { "\($0)" } ?? "")")
    }
}

extension EnhancerRegistry {
    /// Registers guards, interceptors and pipes that note the text of their option `name`: `Note`, `Around`, `See`.
    mutating func addNoting(_ recorder: Recorder) {
        addGuard("Note") { options in Stage(name: options["name"]?.stringValue ?? "guard", recorder: recorder).guard }
        addInterceptor("Around") { options in
            Stage(name: options["name"]?.stringValue ?? "around", recorder: recorder).interceptor
        }
        addPipe("See") { options in
            let name = options["name"]?.stringValue ?? "pipe"
            return AnyPipe { value in
                recorder.note("\(name) \(value?.serialized() ?? "nothing")")
                return value
            }
        }
    }
}
