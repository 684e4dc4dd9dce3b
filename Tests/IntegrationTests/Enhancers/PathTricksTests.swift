import TestSupport
import Testing

/// No request reaches a service unless the guards of its route ran: every publicly known way to get a path past a check
/// that we could find, over HTTP/1.1 and HTTP/2.
///
/// The oracle is what the service got. Each trick must also be answered as ``TrickReading`` says.
@Suite(.timeLimit(.minutes(5))) struct PathTricksTests {
    @Test func `there are thousands of tricks, each of them once`() {
        let tricks = PathTrickFamily.all.flatMap(\.tricks)
        #expect(Set(tricks.map(\.identity)).count == tricks.count)
        #expect(tricks.count >= 2000)
    }

    @Test(arguments: TrickArrangement.guarded)
    func `over HTTP 1 no trick reaches a guarded route`(arrangement: TrickArrangement) async throws {
        let tricks = try await TrickGateway(arrangement)
        let reading = TrickReading(version: .http1, arrangement: arrangement)
        for family in PathTrickFamily.all {
            let judged = family.tricks.map { (trick: $0, outcome: reading.outcome($0)) }
            // Pipelined, up to one after which the connection ends: had it another length than the gateway believes, the next
            // one would tell.
            for batch in judged.batches(of: 24, endingAfter: { $0.outcome.endsConnection }) {
                let bytes = batch.flatMap { TrickGateway.http1($0.trick) } + Array(TrickGateway.marker.utf8)
                let heads = batch.indices.filter { batch[$0].trick.method == "HEAD" }
                var statuses = try await tricks.http1(bytes, bodiless: Set(heads))[...]
                for (trick, outcome) in batch { #expect(statuses.popFirst() == outcome.answer, "\(trick)") }
                #expect(statuses == (batch.last?.outcome.endsConnection == true ? [] : [200]))
            }
            try await judge(tricks, family, judged.map(\.outcome))
        }
        await tricks.stop()
    }

    @Test(arguments: TrickArrangement.guarded)
    func `over HTTP 2 no trick reaches a guarded route`(arrangement: TrickArrangement) async throws {
        let tricks = try await TrickGateway(arrangement)
        let reading = TrickReading(version: .http2, arrangement: arrangement)
        for family in PathTrickFamily.all {
            let client = try await HTTP2TestConnection.open(port: tricks.gateway.port)
            let judged = family.tricks.map { (trick: $0, outcome: reading.outcome($0)) }
            var stream = 1
            for batch in judged.batches(of: 24, endingAfter: { _ in false }) {
                let statuses = try await TrickGateway.http2(batch.map(\.trick), on: client, first: stream)
                for (status, (trick, outcome)) in zip(statuses, batch) { #expect(status == outcome.answer, "\(trick)") }
                stream += 2 * batch.count
            }
            try await client.send(.request(stream, "GET", "/marker"))
            #expect(await client.answer(stream)?.status == 200, "the connection is over after \(family)")
            try await client.close()
            try await judge(tricks, family, judged.map(\.outcome))
        }
        await tricks.stop()
    }

    @Test func `nothing that is hidden in the bytes of HTTP 1 reaches a guarded route`() async throws {
        let tricks = try await TrickGateway(.routes)
        for trick in HTTP1Trick.all {
            let statuses = try await tricks.http1(trick.bytes)
            #expect(statuses == trick.statuses, "\(trick)")
        }
        try await judge(tricks, sent: HTTP1Trick.all.flatMap(\.bytes))
        await tricks.stop()
    }

    @Test func `nothing that only HTTP 2 can say reaches a guarded route`() async throws {
        let tricks = try await TrickGateway(.routes)
        let client = try await HTTP2TestConnection.open(port: tricks.gateway.port)
        var stream = 1
        for trick in HTTP2Trick.all {
            try await client.send(trick.frames(stream))
            let answer = try #require(await client.answer(stream), "the connection is over after \(trick)")
            #expect((answer.status == 0 ? nil : answer.status) == trick.status, "\(trick)")
            stream += 2
        }
        try await client.send(.request(stream, "GET", "/marker"))
        #expect(await client.answer(stream)?.status == 200)
        try await client.close()
        try await judge(tricks, sent: HTTP2Trick.all.flatMap { $0.fields.flatMap { RawText.bytes($0.value) + [0] } })
        await tricks.stop()
    }

    /// Nothing came but the messages of public routes, each with what its path says.
    private func judge(
        _ tricks: TrickGateway, _ family: PathTrickFamily, _ outcomes: [TrickReading.Outcome]
    ) async throws {
        let packets = try await judge(tricks, sent: family.tricks.flatMap { RawText.bytes($0.target) + [0] })
        #expect(packets == outcomes.compactMap(\.packet), "\(family)")
    }

    /// What came is explained by what was sent.
    @discardableResult private func judge(_ tricks: TrickGateway, sent: [UInt8]) async throws -> [TrickPacket] {
        let packets = try await tricks.packets()
        for packet in packets {
            if let fault = packet.fault(sent: sent) { Issue.record("\(fault): \(packet)") }
        }
        return packets
    }
}

extension Array {
    /// Cuts it up: into pieces of so many elements at most, and after each element that ends one.
    fileprivate func batches(of count: Int, endingAfter isLast: (Element) -> Bool) -> [[Element]] {
        var result: [[Element]] = [[]]
        for element in self {
            result[result.count - 1].append(element)
            if isLast(element) || result[result.count - 1].count == count { result.append([]) }
        }
        return result.filter { !$0.isEmpty }
    }
}
