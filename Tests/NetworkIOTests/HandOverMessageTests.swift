import Testing

@testable import NetworkIO

@Suite struct HandOverMessageTests {
    @Test(arguments: [
        HandOverMessage.take, .sockets(total: 0), .sockets(total: 16_384), .ready, .leaving,
        .refused(reason: "the process is stopping"),
    ])
    func `every message is read as it was written`(_ message: HandOverMessage) {
        #expect(HandOverMessage(message.text) == message)
        #expect(message.text.utf8.count <= HandOverMessage.maxBytes)
    }

    @Test(arguments: [
        "", "take", "martlet-handover/1", "martlet-handover/2 take", "martlet-handover/1 take now",
        "martlet-handover/1 sockets",
        "martlet-handover/1 sockets -1", "martlet-handover/1 sockets 05", "martlet-handover/1 sockets 16385",
        "martlet-handover/1 sockets 1 2", "martlet-handover/1  ready", "martlet-handover/1 refused",
        "martlet-handover/1 go",
    ])
    func `anything else is no message`(_ text: String) {
        #expect(HandOverMessage(text) == nil)
    }

    @Test func `a long reason is cut`() {
        let text = HandOverMessage.refused(reason: String(repeating: "ü", count: 1000)).text
        #expect(text.utf8.count <= HandOverMessage.maxBytes)
    }
}
