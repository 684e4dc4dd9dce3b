/// `proxyProtocol:` of a listener: connections come through a balancer that says first who the client is.
package struct ProxyProtocolSettings: Sendable, Hashable {
    /// Where the balancers are. Everybody else is refused: whoever may say who the client is may say anything.
    package var from: [AddressRange]

    package init(from: [AddressRange]) { self.from = from }
}
