import Testing

@testable import Routing

@Suite struct ProxyProtocolSettingsTests {
    private func load(listener: String) -> (file: RouteFile?, errors: [String]) {
        let result = RoutingTests.load(
            """
            version: 1
            gateway: { listen: [{ address: "127.0.0.1:8080", \(listener) }] }
            services: { s: { endpoints: ["127.0.0.1:3000"] } }
            """)
        return (result.file, result.errors)
    }

    @Test func `a listener names the balancers that may speak for clients`() {
        let file = load(listener: "proxyProtocol: { from: [10.0.0.0/8, \"fd00::/8\"] }").file
        let ranges = file?.gateway.listen.first?.proxyProtocol?.from
        #expect(ranges?.count == 2)
        #expect(IPAddress("10.1.2.3").map { ranges?.first?.contains($0) == true } == true)
    }

    @Test func `without the key there is no PROXY protocol`() {
        #expect(load(listener: "protocols: [http1]").file?.gateway.listen.first?.proxyProtocol == nil)
    }

    @Test(arguments: [
        ("proxyProtocol: { }", "from"), ("proxyProtocol: true", "proxyProtocol"),
        ("proxyProtocol: { from: [] }", "\"from\" names no address"),
        ("proxyProtocol: { from: [balancer] }", "no range of addresses"),
        ("proxyProtocol: { from: [10.0.0.0/8], version: 2 }", "version"),
    ])
    func `what would trust anybody is refused`(_ text: String, _ part: String) {
        let (file, errors) = load(listener: text)
        #expect(file == nil)
        #expect(errors.contains { $0.contains(part) }, "\(errors)")
    }
}
