import Microservices
import Testing

@testable import OrderService

/// The example service, `swift run OrderService`, in this process.
@Suite(.timeLimit(.minutes(1)))
struct OrderServiceTests {
    @Test func `an order is placed, found, watched and paid`() async throws {
        try await ServerHarness.run {
            $0.add(OrderController())
        } _: { harness in
            let placed = #"{"id":1,"item":"book","state":"placed"}"#
            let paid = #"{"id":1,"item":"book","state":"paid"}"#
            let place = #"{"pattern":{"cmd":"place"},"data":{"item":"book"},"id":"1"}"#
            let answer = try await harness.answer(to: place)
            #expect(answer == #"79#{"response":\#(placed),"isDisposed":true,"id":"1"}"#)

            let watcher = try await ServerPeer.connect(port: harness.port)
            try await watcher.send(frame: #"{"pattern":{"cmd":"watch"},"data":{"id":1},"id":"1"}"#)
            let expected = #"61#{"response":\#(placed),"id":"1"}"#
            #expect(await watcher.received(count: expected.utf8.count).text == expected)
            try await watcher.send(frame: #"{"pattern":"order_paid","data":{"id":1}}"#)
            // The end comes with the last state or behind it.
            let states = await watcher.received(upTo: #""isDisposed":true,"id":"1"}"#).text
            #expect(states.hasPrefix(expected))
            #expect(states.contains(paid))
            await watcher.close()

            let late = try await harness.answer(
                to: #"{"pattern":{"cmd":"watch"},"data":{"id":1},"id":"1"}"#,
                endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(late.contains(paid))

            let find = #"{"pattern":{"cmd":"order"},"data":{"id":1},"id":"1"}"#
            let found = try await harness.answer(to: find)
            #expect(found == #"77#{"response":\#(paid),"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `an order that is not there is a 404`() async throws {
        try await ServerHarness.run {
            $0.add(OrderController())
        } _: { harness in
            let find = #"{"pattern":{"cmd":"order"},"data":{"id":-9223372036854775808},"id":"1"}"#
            let error = #"{"statusCode":404,"message":"No such order"}"#
            let answer = try await harness.answer(to: find)
            #expect(answer == #"79#{"err":\#(error),"isDisposed":true,"id":"1"}"#)
        }
    }
}
